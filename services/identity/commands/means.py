"""What identity's commands work with besides the log: the vault, the passwords' hashing, the tokens' key."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from libs.errors import NotSignedIn
from libs.service.aggregates import Aggregates
from libs.service.vault import Vault
from services.identity.domain.password import Passwords
from services.identity.domain.session import Signer

HASHES_AT_ONCE = 2
"""Each takes a processor and 64 MiB for a while; the others wait their turn and the loop goes on."""


@dataclass(frozen=True, slots=True)
class Means:
    """The vault, and what turns a password into a session."""

    vault: Vault
    passwords: Passwords
    signer: Signer
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))

    async def hash(self, password: str) -> str:
        """Return what is kept of *password*; takes a while."""
        async with self._turns:
            return await asyncio.to_thread(self.passwords.hash, password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Return whether *password* is the one kept; takes as long where there is none."""
        async with self._turns:
            return await asyncio.to_thread(self.passwords.is_right, password, kept)


def caller(aggregates: Aggregates) -> UUID:
    """
    Return the id of the member who gave the command.

    Raises:
        NotSignedIn: It was not a member.
    """
    try:
        return UUID(aggregates.actor)
    except ValueError as fault:
        raise NotSignedIn("Sign in first.") from fault
