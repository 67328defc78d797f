"""
One JSON line for each thing that happened, on standard error.

A line's `event` is a constant to search for; what varies are fields. Within a request it bears the trace's id.
"""

import logging
import sys
from datetime import UTC, datetime

import orjson
from opentelemetry import trace

from libs.telemetry.scrub import scrub

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}

_TALKATIVE = ("faststream", "nats", "uvicorn.access", "uvicorn.error", "httpx", "opentelemetry")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: at, level, event, the fields, trace_id, fault."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": scrub(record.getMessage()) if record.args else record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = format(context.trace_id, "032x")
        if record.exc_info:
            line["fault"] = scrub(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


def set_up(level: str) -> None:
    """Send this process's log lines of *level* and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
