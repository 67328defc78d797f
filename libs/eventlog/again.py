"""
Reading again where a copy of the log has a gap.

On a cluster any server answers a reader. One whose disk has changed a byte leaves that entry out, because its checksum
is wrong, and the others have it (seen on nats-server 2.15.1). So a gap is believed when it was met so many times in a
row that every server will have answered. A log that is kept once shows its gap each time.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from libs.errors import LogHasGap

ATTEMPTS_MAX = 12
"""Where one of three servers has the gap, one reading in 500,000 meets it so often."""

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def reads_again(read: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Have *read* look again, and at once, where it meets a gap; what one copy lacks and another has is said."""

    @wraps(read)
    async def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        gap: LogHasGap | None = None
        for _ in range(ATTEMPTS_MAX):
            try:
                found = await read(*args, **kwargs)
            except LogHasGap as fault:
                gap = fault
                continue
            if gap:
                log.warning("a server's copy has a gap", extra={"reason": str(gap)})
            return found
        assert gap is not None
        raise gap

    return reading
