"""
Reading again where a copy of the log has a gap.

On a cluster any server answers a reader. One whose disk has changed a byte leaves that entry out, because its checksum
is wrong, and the others have it (seen on nats-server 2.15.1). So a gap is believed when it was met so many times in a
row that every server will have answered. A log that is kept once shows its gap each time.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from libs.errors import LogHasGap
from libs.telemetry import metrics

ATTEMPTS_MAX = 12
"""Where one of three servers has the gap, one reading in 500,000 meets it so often."""

log = logging.getLogger(__name__)


class OfService(Protocol):
    """A log, as far as its name goes."""

    service: str


L = TypeVar("L", bound=OfService)
P = ParamSpec("P")
R = TypeVar("R")


def reads_again(
    read: Callable[Concatenate[L, P], Awaitable[R]],
) -> Callable[Concatenate[L, P], Coroutine[Any, Any, R]]:
    """
    Have *read* look again, and at once, where it meets a gap.

    What one copy lacks and another has is counted (`log_read_again`) and said.
    """

    @wraps(read)
    async def reading(of: L, /, *args: P.args, **kwargs: P.kwargs) -> R:
        gap: LogHasGap | None = None
        for _ in range(ATTEMPTS_MAX):
            try:
                found = await read(of, *args, **kwargs)
            except LogHasGap as fault:
                gap = fault
                continue
            if gap:
                metrics.LOG_READ_AGAIN.labels(of.service).inc()
                log.warning("a server's copy has a gap", extra={"reason": str(gap)})
            return found
        assert gap is not None
        raise gap

    return reading
