"""The secrets of a backup alone, for a node whose servers must have them before anything else can be restored."""

from pathlib import Path

from libs.audit.sealer.disk import Disk
from libs.node.backup.chest import Opener
from libs.node.backup.manifest import Kept
from libs.node.belongings import SECRETS
from libs.node.restore.beside import check_is_empty
from libs.node.restore.build import check_is_inside
from libs.node.trouble import NodeTrouble


def restore_secrets(kept: Kept, folder: Path, *, opener: Opener) -> int:
    """
    Write the secrets of *kept* into *folder*, as `plaanet secrets` lays them out, and return how many there are.

    Raises:
        NodeTrouble: *folder* is not empty, the backup is damaged, or the key is another's.
    """
    check_is_empty(folder)
    names = [name for name in kept.manifest.files if name.startswith(f"{SECRETS}/")]
    contents = {}
    for name in names:
        check_is_inside(name)
        contents[name.removeprefix(f"{SECRETS}/")] = opener.open(name, kept.manifest.files[name])
    if not contents:
        raise NodeTrouble(f"The backup {kept.id} holds no secrets.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, content in contents.items():
        Disk((folder / name).parent, mode=0o600).put_now(folder / name, content)
    return len(contents)
