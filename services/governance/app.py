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

_REMEMBER = "INSERT INTO {name}_key (sha256) VALUES ($1) ON CONFLICT DO NOTHING"

_REMEMBERED = "SELECT sha256 FROM {name}_key"


class KeyIsAnother(Exception):
    """A key is not the one that this node's log was written with."""


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
        KeyIsAnother: A key is not that of this node's first start. All its members would be strangers, or nobody could
            open what is sealed in its log.
    """
    folder = _folder(settings)
    key = secret(folder, "pseudonyms.key")
    await _check_is_the_same(pool, folder, key, name="pseudonyms", use="this node's electors were named with")
    ballots_key = secret(folder, "ballots.key")
    await _check_is_the_same(pool, folder, ballots_key, name="ballots", use="this node's ballots are sealed with")
    return (Secrets(Pseudonyms(key), PollKeys(ballots_key)),)


async def _check_is_the_same(pool: Pool, folder: Path, key: bytes, *, name: str, use: str) -> None:
    digest = hashlib.sha256(key).hexdigest()
    await pool.execute(_REMEMBER.format(name=name), digest)
    if await pool.fetchval(_REMEMBERED.format(name=name)) != digest:
        raise KeyIsAnother(
            f"{folder / name}.key is not the one that {use}; restore it from a backup, and do not delete anything."
        )


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
