"""How often one caller may ask: a bucket of tokens for each, refilled at a steady rate."""

import time
from collections import OrderedDict
from collections.abc import Callable

CALLERS_REMEMBERED_MAX = 50_000


class Limit:
    """
    Lets each caller through *rate_per_s* times a second for long, and *burst* times at once.

    The caller seen longest ago is forgotten first, with a full bucket: who floods the memory with names gains nothing
    that a new name would not give anyway.
    """

    def __init__(self, rate_per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def lets(self, caller: str) -> bool:
        """Take one token from the bucket of *caller*; return whether there was one."""
        now = self._clock()
        tokens, seen = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - seen) * self._rate_per_s)
        is_let = tokens >= 1
        self._buckets[caller] = (tokens - 1 if is_let else tokens, now)
        if len(self._buckets) > CALLERS_REMEMBERED_MAX:
            self._buckets.popitem(last=False)
        return is_let
