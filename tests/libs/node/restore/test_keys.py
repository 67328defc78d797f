"""The secrets of a backup alone: for servers that must have them first."""

from pathlib import Path

import pytest

from libs.node.backup.chest import new_key
from libs.node.restore.keys import restore_secrets
from libs.node.trouble import NodeTrouble
from tests.libs.node.backup.conftest import Village

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


async def test_they_are_there_again(village: Village, tmp_path: Path) -> None:
    """Each is where it was, to the byte, for its owner alone; nothing else of the node is."""
    kept = (await village.back_up()).kept
    count = restore_secrets(kept, tmp_path / "new", opener=village.opener)

    files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert count == len(files) == len([path for path in village.folder.secrets.rglob("*") if path.is_file()])
    for path in files:
        assert path.read_bytes() == (village.folder.secrets / path.relative_to(tmp_path / "new")).read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_nothing_is_written_over(village: Village, tmp_path: Path) -> None:
    """A folder that has anything in it keeps that alone."""
    kept = (await village.back_up()).kept
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "theirs").touch()

    with pytest.raises(NodeTrouble, match="is not empty"):
        restore_secrets(kept, tmp_path / "old", opener=village.opener)
    assert [each.name for each in (tmp_path / "old").iterdir()] == ["theirs"]


async def test_with_another_key(village: Village, tmp_path: Path) -> None:
    """Whoever has not the private key gets none, not even a folder."""
    kept = (await village.back_up()).kept
    village.key_file.write_text(new_key()[0])

    with pytest.raises(NodeTrouble, match="does not open"):
        restore_secrets(kept, tmp_path / "new", opener=village.opener)
    assert not (tmp_path / "new").exists()


async def test_one_that_would_stand_elsewhere(village: Village, tmp_path: Path) -> None:
    """A manifest that somebody wrote cannot put a key where it likes."""
    whole = (await village.back_up()).kept
    files = {"secrets/../../x": next(iter(whole.manifest.files.values()))}
    forged = whole._replace(manifest=whole.manifest.model_copy(update={"files": files}))

    with pytest.raises(NodeTrouble, match="would stand outside"):
        restore_secrets(forged, tmp_path / "new", opener=village.opener)
