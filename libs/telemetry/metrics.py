"""
What is counted and measured: every instrument of every process, and nothing with a person in a label.

Instruments are Prometheus's own (prometheus-client): half the cost of OpenTelemetry's in Python, and they can name an
example trace (exemplar). A process exports those that it uses, each with the label `process`.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from libs.telemetry import traces

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_QUICK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
"""For what a person waits for; 150 ms is an aim."""

_SLOW_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)
"""For what comes behind; 2 s and 3 s are aims."""


def _histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...] = _QUICK_S) -> Histogram:
    return Histogram(f"plaanet_{name}", text, labels, registry=REGISTRY, buckets=buckets)


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"plaanet_{name}", text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(f"plaanet_{name}", text, labels, registry=REGISTRY)


# The gateway.
HTTP_SECONDS = _histogram(
    "http_seconds", "From a request's first byte to its answer's last.", "method", "route", "status"
)
LIVE_CLIENTS = _gauge("live_clients", "Clients that listen to live events.", "audience")
LIVE_DELAY_SECONDS = _histogram(
    "live_delay_seconds", "From a decision to the live event that tells of it.", "log", buckets=_SLOW_S
)

# A service's desk.
COMMAND_SECONDS = _histogram("command_seconds", "How long a command took at the desk.", "command", "outcome")
REFUSALS = _counter("refusals", "Commands and queries refused, by the type of the refusal.", "request", "type")
QUERY_SECONDS = _histogram("query_seconds", "How long a query took at the desk.", "query")
IN_PROGRESS = _gauge("requests_in_progress", "Commands and queries at the desk at this moment.", "way")

# The logs, as a process sees them.
APPEND_SECONDS = _histogram("append_seconds", "How long the log took to keep what was appended.", "log", "outcome")
LOG_REACHABLE = _gauge("log_reachable", "Whether the log answers (1) or not (0).", "log")
LOG_ENTRIES = _gauge("log_entries", "The position of the log's last entry.", "log")
LOG_BYTES = _gauge("log_bytes", "What the log's stream occupies.", "log")
LOG_MISSING = _gauge("log_missing_entries", "Positions of the log that the server no longer has: a gap.", "log")
LOG_READ_AGAIN = _counter(
    "log_read_again", "Readings that met a gap in one server's copy of the log, and none in another's.", "log"
)
LAG_POSITIONS = _gauge(
    "reader_lag_positions",
    "Entries that a reader (projection, reactions, live, sealer) is behind.",
    "log",
    "reader",
)
LAG_SECONDS = _gauge("reader_lag_seconds", "For how long a reader has not been level with the log.", "log", "reader")
PROJECTED_ENTRIES = _counter("projected_entries", "Entries that the read models took.", "log")
PROJECTION_DELAY_SECONDS = _histogram(
    "projection_delay_seconds", "From a decision to the read models that show it.", "log", buckets=_SLOW_S
)

# A service's database.
POOL_CONNECTIONS = _gauge(
    "pool_connections", "Connections to the database: used, idle, and as many as there may be (max).", "state"
)

# The sealer.
SEALED_ENTRIES = _gauge("sealed_entries", "Entries of the log that are signed.", "log")
PUBLISHED_ENTRIES = _gauge("published_entries", "Entries of the log that everybody sees sealed.", "log")
SEALING_DELAY_SECONDS = _histogram(
    "sealing_delay_seconds",
    "From the decision on an entry to the signature over it.",
    "log",
    buckets=_SLOW_S,
)
UNPUBLISHED_SECONDS = _gauge("unpublished_seconds", "For how long something signed has waited to be published.", "log")
WITNESS_LATE_SECONDS = _gauge("witness_late_seconds", "For how long a witness has been late (0: it is not).", "witness")
WITNESS_ENTRIES = _gauge("witness_entries", "The largest tree that a witness has cosigned.", "witness")


def observe(histogram: Histogram, seconds: float, *labels: str) -> None:
    """Measure *seconds*, with the current trace as an example where it is recorded."""
    histogram.labels(*labels).observe(seconds, traces.exemplar())


def age_s(moment: datetime) -> float:
    """Return how long ago *moment* was; 0 where another machine's clock is ahead."""
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())


def moment(text: object) -> datetime | None:
    """Return the moment that *text* names (ISO 8601, with its zone), or None."""
    with suppress(TypeError, ValueError):
        found = datetime.fromisoformat(text)  # type: ignore[arg-type]  # whatever it is
        return found if found.tzinfo else None
    return None


class Named(Collector):
    """The instruments, as the process of this name exports them."""

    def __init__(self, process: str, registry: CollectorRegistry = REGISTRY) -> None:
        self._process = process
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """Yield every metric that was used, each sample with the label `process`."""
        for metric in self._registry.collect():
            if metric.samples:
                metric.samples = [
                    sample._replace(labels={**sample.labels, "process": self._process}) for sample in metric.samples
                ]
                yield metric


def names() -> set[str]:
    """Return the name of every series that some process may export."""
    found = {"up"}
    for metric in REGISTRY.collect():
        found.add(f"{metric.name}_total" if metric.type == "counter" else metric.name)
        if metric.type == "histogram":
            found |= {f"{metric.name}_{part}" for part in ("bucket", "count", "sum")}
    return found
