"""What the processes' metrics say at one moment, and what changed between two."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

TIMEOUT_S = 2.0

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """What was read at one moment: by metric's name, every sample's labels and value."""

    at: float
    """By the monotonic clock."""

    samples: Mapping[str, Sequence[tuple[Labels, float]]]
    silent: tuple[str, ...]
    """The processes whose metrics did not answer."""

    processes: tuple[str, ...]
    status: Mapping[str, Any] = field(default_factory=dict)
    """What the node wrote down of itself: name, address, processes; empty where only metrics are known."""

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.samples)

    def of(self, name: str, **labels: str) -> Iterator[tuple[Labels, float]]:
        """Yield the samples of a metric that bear these labels."""
        for found, value in self.samples.get(name, ()):
            if labels.items() <= found.items():
                yield found, value

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum over all that bear these labels."""
        return sum(value for _, value in self.of(name, **labels))

    def most(self, name: str, **labels: str) -> float | None:
        """Return the largest, None where there is none."""
        return max((value for _, value in self.of(name, **labels)), default=None)


def read(status: Mapping[str, Any] | None, targets: Mapping[str, str]) -> Reading:
    """Return what the processes at *targets* say now; who does not answer in time is silent."""
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as http, ThreadPoolExecutor(max(1, len(targets))) as pool:
        pages = dict(zip(targets, pool.map(lambda where: _page(http, where), targets.values()), strict=True))
    samples: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
    for process, text in pages.items():
        for metric in text_string_to_metric_families(text or ""):
            for sample in metric.samples:
                samples[sample.name].append(({"process": process, **sample.labels}, sample.value))
    silent = tuple(process for process, text in pages.items() if text is None)
    return Reading(time.monotonic(), samples, silent, tuple(targets), status or {})


def _page(http: httpx.Client, where: str) -> str | None:
    try:
        return http.get(f"http://{where}/metrics").raise_for_status().text
    except (httpx.HTTPError, httpx.InvalidURL):
        return None


@dataclass(frozen=True)
class Change:
    """What changed between two readings."""

    before: Reading
    now: Reading

    def rate(self, name: str, **labels: str) -> float:
        """Return by how much a counter grew a second; a process that began anew counts from nothing."""
        return self._grown(name, **labels) / max(0.001, self.now.at - self.before.at)

    def percentile_s(self, name: str, percent: float, **labels: str) -> float | None:
        """
        Return within how many seconds *percent* of a histogram's new observations lie, None where there are none.

        As Prometheus's `histogram_quantile` does: by linear interpolation within a bucket.
        """
        below: dict[float, float] = defaultdict(float)
        for found, _ in self.now.of(f"{name}_bucket", **labels):
            below[float(found["le"])] = 0.0
        for bound in below:
            le = next(each["le"] for each, _ in self.now.of(f"{name}_bucket") if float(each["le"]) == bound)
            below[bound] = self._grown(f"{name}_bucket", **labels, le=le)
        return percentile(below, percent)

    def _grown(self, name: str, **labels: str) -> float:
        grown = 0.0
        former = {frozenset(found.items()): value for found, value in self.before.of(name, **labels)}
        for found, value in self.now.of(name, **labels):
            was = former.get(frozenset(found.items()), 0.0)
            grown += value - was if value >= was else value
        return grown


def percentile(below: Mapping[float, float], percent: float) -> float | None:
    """Return where *percent* of what was observed lies; *below* says how many were at most each bound."""
    bounds = sorted(below)
    if not bounds or not below[bounds[-1]]:
        return None
    wanted = below[bounds[-1]] * percent / 100
    lower, before = 0.0, 0.0
    for bound in bounds:
        if below[bound] >= wanted:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - before) / max(below[bound] - before, 1e-9)
        lower, before = bound, below[bound]
    return lower
