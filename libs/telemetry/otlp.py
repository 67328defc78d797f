"""
OTLP over HTTP: traces and metrics for a collector, sent in batches by threads of their own.

Where the collector is away, the process goes on without it: nothing that watches may stop what is watched.
"""

import atexit
import threading
from collections.abc import Iterable, Sequence
from time import time_ns
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import Exemplar as OtlpExemplar
from opentelemetry.sdk.metrics import export as otlp
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Exemplar

from libs.telemetry.metrics import Named

_NOT_KNOWN: Any = None
"""Of a histogram of Prometheus's nobody knows the least and the most; OTLP leaves them out."""

PUSH_EVERY_S = 15.0
TIMEOUT_S = 5.0


def send_traces(process: str, endpoint: str, *, ratio: float) -> None:
    """Have every span of a *ratio* of the requests sent to *endpoint*, in batches, by a thread of its own."""
    provider = TracerProvider(resource=_resource(process), sampler=ParentBased(TraceIdRatioBased(ratio)))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def send_metrics(process: str, endpoint: str) -> None:
    """Have the metrics sent to *endpoint* every `PUSH_EVERY_S` seconds, and at the end, by a thread of its own."""
    exporter = OTLPMetricExporter(endpoint=f"{endpoint.rstrip('/')}/v1/metrics", timeout=TIMEOUT_S)
    resource, over, began = _resource(process), threading.Event(), time_ns()

    def push() -> None:
        exporter.export(_data(Named(process).collect(), resource, began))

    def keep_pushing() -> None:
        while not over.wait(PUSH_EVERY_S):
            push()

    thread = threading.Thread(target=keep_pushing, name="otlp-metrics", daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join(TIMEOUT_S)
        push()

    atexit.register(end)


def _resource(process: str) -> Resource:
    return Resource.create({"service.name": f"plaanet-{process}", "service.namespace": "plaanet"})


def _data(metrics: Iterable[Metric], resource: Resource, began: int) -> otlp.MetricsData:
    """Return Prometheus's *metrics* in OpenTelemetry's data model (its compatibility specification)."""
    now = time_ns()
    found = [otlp.Metric(each.name, each.documentation, "", _points(each, began, now)) for each in metrics]
    scope = otlp.ScopeMetrics(InstrumentationScope("plaanet"), found, "")
    return otlp.MetricsData([otlp.ResourceMetrics(resource, [scope], "")])


def _points(metric: Metric, began: int, now: int) -> otlp.Sum | otlp.Gauge | otlp.Histogram:
    cumulative = otlp.AggregationTemporality.CUMULATIVE
    if metric.type == "histogram":
        return otlp.Histogram(_histogram_points(metric, began, now), cumulative)
    points = [otlp.NumberDataPoint(sample.labels, began, now, sample.value) for sample in metric.samples]
    return otlp.Sum(points, cumulative, True) if metric.type == "counter" else otlp.Gauge(points)


def _histogram_points(metric: Metric, began: int, now: int) -> Sequence[otlp.HistogramDataPoint]:
    """Return one point for each set of labels: Prometheus's buckets hold what is below them, too."""
    points: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for sample in metric.samples:
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        point = points.setdefault(tuple(sorted(labels.items())), {"labels": labels, "below": [], "exemplars": []})
        if sample.name.endswith("_bucket"):
            point["below"].append((float(sample.labels["le"]), int(sample.value)))
            if sample.exemplar:
                point["exemplars"].append(_exemplar(sample.exemplar, now))
        else:
            point[sample.name.removeprefix(f"{metric.name}_")] = sample.value
    return [_histogram_point(point, began, now) for point in points.values()]


def _histogram_point(point: dict[str, Any], began: int, now: int) -> otlp.HistogramDataPoint:
    bounds, below = zip(*point["below"], strict=True)
    counts = [count - before for count, before in zip(below, (0, *below), strict=False)]
    return otlp.HistogramDataPoint(
        attributes=point["labels"],
        start_time_unix_nano=began,
        time_unix_nano=now,
        count=below[-1],
        sum=point["sum"],
        bucket_counts=counts,
        explicit_bounds=bounds[:-1],
        min=_NOT_KNOWN,
        max=_NOT_KNOWN,
        exemplars=point["exemplars"],
    )


def _exemplar(found: Exemplar, now: int) -> OtlpExemplar:
    at = int(float(found.timestamp) * 1e9) if found.timestamp else now
    trace_id, span_id = (int(found.labels[name], 16) for name in ("trace_id", "span_id"))
    return OtlpExemplar({}, found.value, at, span_id, trace_id)
