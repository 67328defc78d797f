"""What identity's commands work with besides the log: the vault, the passwords' hashing, the tokens' key."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar
from uuid import UUID

from libs.errors import NotSignedIn, NotYet
from libs.service.aggregates import Aggregates
from libs.service.vault import Vault
from services.identity.domain.password import Passwords
from services.identity.domain.session import Signer

P = ParamSpec("P")
T = TypeVar("T")

HASHES_AT_ONCE = 2
"""Each takes a processor and 64 MiB for a while; the others wait their turn and the loop goes on."""

HASHES_WAITING_MAX = 48
"""Who would wait for longer than the gateway does is told so at once."""


class TooBusy(NotYet):
    """More people sign up or in at this moment than the node can hash passwords for."""


@dataclass(slots=True)
class Means:
    """The vault, and what turns a password into a session."""

    vault: Vault
    passwords: Passwords
    signer: Signer
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))
    _asked: int = 0

    async def hash(self, password: str) -> str:
        """
        Return what is kept of *password*; takes a while.

        Raises:
            TooBusy: Too many others wait.
        """
        return await self._in_turn(self.passwords.hash, password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """
        Return whether *password* is the one kept; takes as long where there is none.

        Raises:
            TooBusy: Too many others wait.
        """
        return await self._in_turn(self.passwords.is_right, password, kept)

    async def _in_turn(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._asked >= HASHES_AT_ONCE + HASHES_WAITING_MAX:
            raise TooBusy("Many people are signing in at this moment; please try again soon.")
        self._asked += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._asked -= 1


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
