"""
How a process speaks of itself: one JSON line for each thing that happened, and traces where somebody collects them.

A line's `event` is a constant to search for; what varies are fields. Nothing in a line names a person.
"""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from opentelemetry import propagate, trace
from opentelemetry.context import Context

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: at, level, event, the fields, trace_id."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = format(context.trace_id, "032x")
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up(process: str, *, level: str, otlp_endpoint: str | None = None) -> None:
    """Send this process's log lines to standard error, and its traces to *otlp_endpoint* if there is one."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("faststream", "nats", "uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if otlp_endpoint:
        _send_traces(process, otlp_endpoint)


def _send_traces(process: str, endpoint: str) -> None:
    # Imported here: an idle small node has no collector, and these cost it memory.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"plaanet-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)


def tracer() -> trace.Tracer:
    """Return the tracer; without a collector its spans cost nothing."""
    return trace.get_tracer("plaanet")


def outgoing() -> dict[str, str]:
    """Return the headers that carry the current trace to another process."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


def incoming(headers: Mapping[str, str]) -> Context:
    """Return the trace context that *headers* brought."""
    return propagate.extract(headers)
