"""Governance as a process: `python -m services.governance.app`."""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from libs.service.database import Pool
from libs.service.process import Service
from libs.settings import ServiceSettings
from services.governance.commands import HANDLERS
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.projections import governance
from services.governance.queries import QUERIES
from services.governance.reactions import reactions

KEY_BYTES = 32

_REMEMBER = "INSERT INTO pseudonyms_key (sha256) VALUES ($1) ON CONFLICT DO NOTHING"

_REMEMBERED = "SELECT sha256 FROM pseudonyms_key"


class KeyIsAnother(Exception):
    """The key of the pseudonyms is not the one that this node's electors were named with."""


def pseudonyms_key(folder: Path) -> bytes:
    """Return the key in *folder*; whichever replica comes first makes it."""
    path = folder / "pseudonyms.key"
    if not path.exists():
        new = folder / f".pseudonyms.key.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole, and only if nobody made the key meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(new)
        new.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyIsAnother(f"{path} does not hold {KEY_BYTES} bytes; restore it from a backup.")
    return key


async def pseudonyms(pool: Pool, settings: ServiceSettings) -> tuple[Pseudonyms]:
    """
    Return what makes this node's pseudonyms.

    Raises:
        KeyIsAnother: It is not the key of this node's first start, so all its members would be strangers.
    """
    if settings.secrets_dir is None:
        raise KeyIsAnother("PLAANET_SECRETS_DIR says where the key of the pseudonyms is kept, and is not set.")
    key = pseudonyms_key(settings.secrets_dir)
    digest = hashlib.sha256(key).hexdigest()
    await pool.execute(_REMEMBER, digest)
    if await pool.fetchval(_REMEMBERED) != digest:
        raise KeyIsAnother(
            f"The key in {settings.secrets_dir} is not the one that this node's electors were named with;"
            f" restore pseudonyms.key from a backup."
        )
    return (Pseudonyms(key),)


SERVICE = Service(
    name="governance",
    folder=Path(__file__).parent,
    commands=HANDLERS,
    queries=QUERIES,
    projection=governance,
    reactions=reactions,
    resources=pseudonyms,
    query_resources=pseudonyms,
)

if __name__ == "__main__":
    SERVICE.run()
