"""
What can go wrong, as the caller should see it.

    Problem                400   the request cannot be honoured
    ├── NotSignedIn        401   who asks is not known
    ├── NotAllowed         403   the actor may not do this
    ├── NotFound           404   there is no such thing
    ├── Conflict           409   the rules forbid it in the present state
    ├── TooLarge           413   more than this node takes at once
    ├── Unprocessable      422   the request is well formed and makes no sense
    ├── TooMany            429   more often than this node takes
    └── NotYet             503   the read model is still behind; try again

A subclass is named for the state of affairs; its name is the stable `type` of the problem document, its message is
one sentence for a person.
"""

from typing import ClassVar


class Problem(Exception):
    """The request cannot be honoured; *args[0]* says why in one sentence."""

    status: ClassVar[int] = 400

    @property
    def detail(self) -> str:
        """The sentence for a person."""
        return str(self.args[0]) if self.args else type(self).__name__


class NotSignedIn(Problem):
    """Who asks is not known, or no longer."""

    status = 401


class NotAllowed(Problem):
    """The actor may not do this."""

    status = 403


class NotFound(Problem):
    """There is no such thing."""

    status = 404


class Conflict(Problem):
    """The rules forbid it in the present state."""

    status = 409


class TooLarge(Problem):
    """More than this node takes at once."""

    status = 413


class Unprocessable(Problem):
    """The request is well formed and makes no sense."""

    status = 422


class TooMany(Problem):
    """More often than this node takes."""

    status = 429


class NotYet(Problem):
    """The read model, or a service, is still behind; the same request may succeed a moment later."""

    status = 503


class Refused(Problem):
    """A service refused; carries the name and the status that the service gave."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.refused_status = status
        self.kind = kind


class LogFault(Exception):
    """The log is not what it promises to be; whoever reads it stops rather than go on wrongly."""


class LogHasGap(LogFault):
    """A position is missing: entries were lost or hidden."""


class LogIsShort(LogFault):
    """The log ends before a position that was read from it earlier: it was cut or rolled back."""


class UnknownEntry(LogFault):
    """An entry has no contract here, or not the shape of its contract."""
