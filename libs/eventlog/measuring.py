"""
How the logs fare, and how far behind each reader in this process is, measured every few seconds.

A log's own server is asked how long it is and how much of that it has: a position that is missing is a gap, found here
also by who never reads so far back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from libs.eventlog.log import EventLog, LogUnreachable
from libs.telemetry import metrics

EVERY_S = 5.0


Readers = Mapping[str, Mapping[str, Callable[[], int]]]
"""By the name of a reader and of a log: how far it has read."""


class _End(NamedTuple):
    """Where a log ended, and when that was seen."""

    position: int
    seen_at: float


class Measures:
    """Measures *logs*, and how far behind them *readers* are."""

    def __init__(self, logs: Iterable[EventLog], readers: Readers) -> None:
        self._logs = tuple(logs)
        self._readers = readers
        self._not_reached: dict[tuple[str, str], deque[_End]] = {}
        for log in self._logs:
            metrics.LOG_READ_AGAIN.labels(log.service)  # is 0 from the beginning, so that the first one is an increase

    async def keep(self) -> None:
        """Measure, for ever."""
        while True:
            for log in self._logs:
                await self.measure(log)
            await asyncio.sleep(EVERY_S)

    async def measure(self, log: EventLog) -> None:
        """Measure one log; one that does not answer leaves the lengths as they were."""
        try:
            state = await log.state()
        except LogUnreachable:
            metrics.LOG_REACHABLE.labels(log.service).set(0)
            return
        metrics.LOG_REACHABLE.labels(log.service).set(1)
        metrics.LOG_ENTRIES.labels(log.service).set(state.last)
        metrics.LOG_BYTES.labels(log.service).set(state.bytes)
        metrics.LOG_MISSING.labels(log.service).set(state.missing)
        for reader, positions in self._readers.items():
            if position := positions.get(log.service):
                self._measure_reader(reader, log.service, position(), state.last)

    def _measure_reader(self, reader: str, log: str, position: int, last: int) -> None:
        """Note how far behind it is; so many seconds, as have gone since the log ended where it has not come yet."""
        now = time.monotonic()
        ends = self._not_reached.setdefault((reader, log), deque())
        if position < last and (not ends or ends[-1].position < last):
            ends.append(_End(last, now))
        while ends and ends[0].position <= position:
            ends.popleft()
        metrics.LAG_POSITIONS.labels(log, reader).set(max(0, last - position))
        metrics.LAG_SECONDS.labels(log, reader).set(now - ends[0].seen_at if ends else 0)
