"""Governance as a process: `python -m services.governance.app`."""

import hashlib
import secrets
from pathlib import Path

from libs.service.database import Pool
from libs.service.keys import kept_key
from libs.service.process import Service
from libs.service.vault import Vault
from libs.settings import ServiceSettings
from services.governance.commands import HANDLERS
from services.governance.commands.office import Office
from services.governance.domain.keys import PollKeys
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.secrets import Secrets
from services.governance.projections import governance
from services.governance.queries import QUERIES
from services.governance.reactions import reactions

KEY_BYTES = 32

_REMEMBER = "INSERT INTO pseudonyms_key (sha256) VALUES ($1) ON CONFLICT DO NOTHING"

_REMEMBERED = "SELECT sha256 FROM pseudonyms_key"


class KeyIsAnother(Exception):
    """The key of the pseudonyms is not the one that this node's electors were named with."""


def secret(folder: Path, name: str) -> bytes:
    """Return the key *name* in *folder*; whichever replica comes first makes it."""
    path = folder / name
    key = kept_key(path, lambda: secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise KeyIsAnother(f"{path} does not hold {KEY_BYTES} bytes; restore it from a backup.")
    return key


def poll_keys(settings: ServiceSettings) -> PollKeys:
    """Return what makes the keys of sealed entries."""
    return PollKeys(secret(_folder(settings), "ballots.key"))


async def query_resources(pool: Pool, settings: ServiceSettings) -> tuple[Secrets]:
    """
    Return what this service alone knows.

    Raises:
        KeyIsAnother: It is not the key of this node's first start, so all its members would be strangers.
    """
    folder = _folder(settings)
    key = secret(folder, "pseudonyms.key")
    digest = hashlib.sha256(key).hexdigest()
    await pool.execute(_REMEMBER, digest)
    if await pool.fetchval(_REMEMBERED) != digest:
        raise KeyIsAnother(
            f"The key in {folder} is not the one that this node's electors were named with;"
            f" restore pseudonyms.key from a backup."
        )
    return (Secrets(Pseudonyms(key), poll_keys(settings)),)


async def resources(pool: Pool, settings: ServiceSettings) -> tuple[Office]:
    """Return what handlers work with."""
    return (Office(*await query_resources(pool, settings), Vault(pool)),)


def _folder(settings: ServiceSettings) -> Path:
    if settings.secrets_dir is None:
        raise KeyIsAnother("PLAANET_SECRETS_DIR says where governance's keys are kept, and is not set.")
    return settings.secrets_dir


SERVICE = Service(
    name="governance",
    folder=Path(__file__).parent,
    commands=HANDLERS,
    queries=QUERIES,
    projection=governance,
    reactions=reactions,
    resources=resources,
    query_resources=query_resources,
    keys=poll_keys,
)

if __name__ == "__main__":
    SERVICE.run()
