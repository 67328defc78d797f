"""
Passwords: which are strong enough, and how they are kept (argon2id, RFC 9106).

A hash says by which parameters it was made, so they can be raised at any time: at the next log-in the password is
hashed anew.
"""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from libs.errors import NotAllowed, Unprocessable
from services.identity.domain.handle import fold

CHARACTERS_MIN = 10
CHARACTERS_MAX = 256
DIFFERENT_CHARACTERS_MIN = 5

_WELL_KNOWN = frozenset(
    {
        *("1234567890", "12345678910", "123456789a", "0123456789", "0987654321", "1q2w3e4r5t", "1qaz2wsx3edc"),
        *("abcdefghij", "azertyuiop", "azertyuiop123", "qwertyuiop", "qwertyuiop123", "qwerty123456", "password12"),
        *("password123", "password1234", "motdepasse", "motdepasse1", "motdepasse123", "iloveyou123", "jetaime123"),
    }
)


class PasswordIsWeak(Unprocessable):
    """The password is too easy to guess."""


class WrongPassword(NotAllowed):
    """This is not the member's password."""


def check_is_strong(password: str, *, handle: str) -> None:
    """
    Check that *password* may protect the member called *handle*.

    Raises:
        PasswordIsWeak: It may not.
    """
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        raise PasswordIsWeak(f"A password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters.")
    if len(set(password)) < DIFFERENT_CHARACTERS_MIN:
        raise PasswordIsWeak(f"A password has at least {DIFFERENT_CHARACTERS_MIN} different characters.")
    if fold(password) in _WELL_KNOWN:
        raise PasswordIsWeak("This password is among the first that anybody tries.")
    if fold(password).replace(fold(handle), "") in ("", "1", "12", "123", "1234", "!", "."):
        raise PasswordIsWeak("A password is not the handle.")


class Passwords:
    """Hashes passwords and compares them; each takes some 50 ms of a processor and 64 MiB, on purpose."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        """Return what is kept of *password*."""
        return self._hasher.hash(password)

    def is_right(self, password: str, kept: str | None) -> bool:
        """
        Return whether *password* is the one of which *kept* is kept.

        Without *kept* (nobody has that handle) it takes as long to say no.
        """
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except VerifyMismatchError:
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Return whether *kept* was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)
