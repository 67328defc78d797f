"""
One trace from a request to what comes of it: through NATS, the decision, the append, and what reads the log behind it.

Every request has a trace id, which log lines bear; spans are recorded where somebody collects them (`otlp.py`), and
of so many requests as the operator asked for. The context travels as W3C `traceparent`, in the headers of a NATS
message. An entry's stands in the headers of its append: beside the entry, and never in the bytes that are hashed and
sealed. A reader's span is a child of the append's and linked to it, since what reads may be another process on another
day; what is older than `FRESH_S` is read without a span, so that a rebuild makes none.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from random import SystemRandom
from typing import Protocol

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

TRACEPARENT = "traceparent"
"""The header's name (W3C Trace Context, level 1)."""

FRESH_S = 60.0

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

_random = SystemRandom()


class Traced(Protocol):
    """An entry of a log, as far as traces go."""

    @property
    def trace(self) -> str: ...
    @property
    def decided_at(self) -> datetime: ...


def _tracer() -> trace.Tracer:
    return trace.get_tracer("plaanet")


@contextmanager
def request(name: str) -> Iterator[Span]:
    """
    Begin a trace for a request from outside.

    One that comes with it is passed over: a stranger's would decide what is recorded, and join what is none of theirs.
    """
    span = _tracer().start_span(name, Context(), kind=SpanKind.SERVER)
    if not span.get_span_context().is_valid:  # nobody collects: the lines bear an id all the same
        span = NonRecordingSpan(
            SpanContext(_random.getrandbits(128), _random.getrandbits(64), is_remote=False, trace_flags=TraceFlags(0))
        )
    with _current(span):
        yield span


@contextmanager
def step(name: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """Note a step of what is being done; a step that raises is marked with the kind of its fault."""
    span = _tracer().start_span(name, kind=kind) if is_recorded() else trace.get_current_span()
    if not span.is_recording():
        yield span  # it is the one that is current already
        return
    with _current(span):
        yield span


@contextmanager
def served(name: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """Go on with the trace that *headers* brought from another process."""
    parent = NonRecordingSpan(_read(headers.get(TRACEPARENT)))
    span = _tracer().start_span(name, trace.set_span_in_context(parent), kind=SpanKind.SERVER)
    with _current(span):
        yield span


@contextmanager
def following(name: str, entry: Traced) -> Iterator[None]:
    """Go on with the trace of a log's *entry*, where it has one and is fresh."""
    span = behind(name, entry)
    if span is None:
        yield
        return
    with _current(span):
        yield


def behind(name: str, entry: Traced, *, started_ns: int | None = None) -> Span | None:
    """Return a span behind a log's *entry*, to be ended by the caller; None where there is nothing to record."""
    if not entry.trace or not is_fresh(entry.decided_at):
        return None
    append = _read(entry.trace)
    if not append.trace_flags.sampled:
        return None
    return _tracer().start_span(
        name,
        trace.set_span_in_context(NonRecordingSpan(append)),
        kind=SpanKind.CONSUMER,
        links=[Link(append)],
        start_time=started_ns or time.time_ns(),
    )


def is_fresh(decided_at: datetime) -> bool:
    """Return whether an entry was made lately enough to be followed."""
    return abs((datetime.now(UTC) - decided_at).total_seconds()) < FRESH_S


def is_recorded() -> bool:
    """Return whether somebody records what is being done."""
    return trace.get_current_span().get_span_context().trace_flags.sampled


def outgoing() -> dict[str, str]:
    """Return the headers that carry the current trace to another process."""
    found = trace.get_current_span().get_span_context()
    return {TRACEPARENT: _written(found)} if found.is_valid else {}


def kept() -> str:
    """Return the current trace as an entry's append keeps it: nothing, unless it is recorded."""
    found = trace.get_current_span().get_span_context()
    return _written(found) if found.trace_flags.sampled else ""


def exemplar() -> dict[str, str] | None:
    """Return what leads from a measurement to the current trace, where that is recorded."""
    found = trace.get_current_span().get_span_context()
    if not found.trace_flags.sampled:
        return None
    return {"trace_id": format(found.trace_id, "032x"), "span_id": format(found.span_id, "016x")}


@contextmanager
def _current(span: Span) -> Iterator[None]:
    token = context.attach(trace.set_span_in_context(span))
    try:
        yield
    except BaseException as fault:
        # Its kind alone: the words of a fault may hold what was typed.
        if span.is_recording():
            span.set_status(Status(StatusCode.ERROR, type(fault).__name__))
        raise
    finally:
        context.detach(token)
        if span.is_recording():
            span.end()


def _written(found: SpanContext) -> str:
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def _read(traceparent: str | None) -> SpanContext:
    form = _FORM.fullmatch(traceparent or "")
    if form is None:
        return INVALID_SPAN_CONTEXT
    return SpanContext(int(form[1], 16), int(form[2], 16), is_remote=True, trace_flags=TraceFlags(int(form[3], 16)))
