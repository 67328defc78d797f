"""
How a process speaks of itself: log lines, traces and metrics. Nothing in any of them names a person.

    logs.py      one JSON line for each thing that happened
    scrub.py     takes out of a fault's words what may be a person's
    traces.py    one trace from a request to what comes of it, across NATS and the logs
    metrics.py   what is counted and measured
    endpoint.py  where Prometheus fetches it
    otlp.py      where a collector has traces and metrics sent to
"""

from typing import Protocol

from libs.telemetry import endpoint, logs


class Told(Protocol):
    """What a process is told about it; `libs.settings.Settings` says what each means."""

    @property
    def log_level(self) -> str: ...
    @property
    def otlp_endpoint(self) -> str | None: ...
    @property
    def otlp_metrics(self) -> bool: ...
    @property
    def traces_ratio(self) -> float: ...
    @property
    def metrics_host(self) -> str: ...
    @property
    def metrics_port(self) -> int | None: ...


def set_up(process: str, told: Told) -> None:
    """Have this process speak as it is *told*: lines to standard error, metrics and traces where wanted."""
    logs.set_up(told.log_level)
    if told.metrics_port is not None:
        endpoint.serve(process, told.metrics_host, told.metrics_port)
    if told.otlp_endpoint:
        # Imported here: an idle small node has nobody who collects, and this costs it memory.
        from libs.telemetry import otlp

        otlp.send_traces(process, told.otlp_endpoint, ratio=told.traces_ratio)
        if told.otlp_metrics:
            otlp.send_metrics(process, told.otlp_endpoint)
