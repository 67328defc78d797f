"""How the sealer fares, as metrics: read from its status whenever somebody fetches them."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import orjson

from libs.audit.sealer.state import Status
from libs.telemetry import metrics


class Measured:
    """Follows the *status* of the sealing of *log*, which the sealer keeps."""

    def __init__(self, log: str, status: Status) -> None:
        self._log = log
        self._status = status
        self._waits_since: float | None = None
        """Since when something signed waits to be published, by the monotonic clock."""

        metrics.SEALED_ENTRIES.labels(log).set_function(lambda: status.size)
        metrics.PUBLISHED_ENTRIES.labels(log).set_function(lambda: status.published_size or 0)
        metrics.UNPUBLISHED_SECONDS.labels(log).set_function(self._unpublished_s)
        for witness in status.witnesses:
            self._follow_witness(witness.name)

    def signed(self, entries: Sequence[bytes]) -> None:
        """Take notice that the *entries* were signed just now."""
        if entries and (decided_at := _decided_at(entries[0])):
            metrics.SEALING_DELAY_SECONDS.labels(self._log).observe(metrics.age_s(decided_at))
        self._waits_since = self._waits_since or time.monotonic()

    def published(self) -> None:
        """Take notice that a checkpoint was published: what is newer was signed since the one before."""
        self._waits_since = None if self._status.published_size == self._status.size else time.monotonic()

    def _unpublished_s(self) -> float:
        return time.monotonic() - self._waits_since if self._waits_since else 0.0

    def _follow_witness(self, name: str) -> None:
        def late_s() -> float:
            since = next((each.late_since for each in self._status.witnesses if each.name == name), None)
            return metrics.age_s(since) if since else 0.0

        def entries() -> float:
            return next((each.size or 0 for each in self._status.witnesses if each.name == name), 0)

        metrics.WITNESS_LATE_SECONDS.labels(name).set_function(late_s)
        metrics.WITNESS_ENTRIES.labels(name).set_function(entries)


def _decided_at(entry: bytes) -> datetime | None:
    """Return when the *entry* was decided, where it says so: the sealer signs whatever bytes the log keeps."""
    with suppress(ValueError, AttributeError):
        return metrics.moment(orjson.loads(entry).get("decided_at"))
    return None
