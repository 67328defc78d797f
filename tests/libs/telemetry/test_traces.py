"""One trace goes from a request to what comes of it, and costs nothing where nobody records."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from libs.telemetry import traces


class Noted(NamedTuple):
    """An entry of a log, as far as traces go."""

    trace: str
    decided_at: datetime


def fresh(trace: str) -> Noted:
    """An entry of this moment."""
    return Noted(trace, datetime.now(UTC))


class TestUnrecorded:
    def test_every_request_has_an_id(self) -> None:
        """Without a collector a request has a trace id all the same, which goes with it to the services."""
        with traces.request("HTTP"):
            sent = traces.outgoing()
        with traces.served("governance.CastBallot", sent):
            passed_on = traces.outgoing()

        assert sent["traceparent"].endswith("-00")
        assert passed_on == sent

    def test_leaves_nothing_in_the_log(self) -> None:
        """What nobody records leaves no header in a log, no span behind an entry, and no example at a measurement."""
        with traces.request("HTTP"):
            assert traces.kept() == ""
            assert traces.exemplar() is None
            unsampled = traces.outgoing()["traceparent"]
        assert traces.behind("project", fresh(unsampled)) is None

    @pytest.mark.parametrize("header", ["", "ff", "00-0-0-0", "00-" + "g" * 32 + "-" + "1" * 16 + "-01", "é" * 55])
    def test_a_header_that_is_none_is_passed_over(self, header: str) -> None:
        """Whatever stands where a trace should is no trace, and no fault."""
        with traces.served("governance.CastBallot", {"traceparent": header}):
            assert traces.outgoing() == {}


class TestRecorded:
    def test_one_trace_across_processes_and_the_log(self, spans: InMemorySpanExporter) -> None:
        """Request, service, append and reader are one trace, each the child of the one before."""
        with traces.request("PUT /ballot"), traces.step("governance.CastBallot"):
            sent = traces.outgoing()
        with traces.served("governance.CastBallot", sent), traces.step("append governance"):
            kept = traces.kept()
        with traces.following("react to BallotCast", fresh(kept)), traces.step("decide"):
            pass

        by_name = [(span.name, span) for span in spans.get_finished_spans()]
        assert len({span.context.trace_id for _, span in by_name if span.context}) == 1
        append = next(span for name, span in by_name if name == "append governance")
        reader = next(span for name, span in by_name if name == "react to BallotCast")
        assert append.context
        assert reader.parent
        assert reader.parent.span_id == append.context.span_id
        assert [link.context.span_id for link in reader.links] == [append.context.span_id]

    def test_a_rebuild_makes_no_spans(self, spans: InMemorySpanExporter) -> None:
        """An entry that was made long ago is read again without a span."""
        with traces.request("HTTP"):
            kept = traces.kept()
        spans.clear()

        old = Noted(kept, datetime.now(UTC) - timedelta(seconds=traces.FRESH_S + 1))
        assert traces.behind("project BallotCast", old) is None
        with traces.following("react", old):
            assert not traces.is_recorded()
        assert spans.get_finished_spans() == ()

    def test_a_fault_is_marked_with_its_kind_alone(self, spans: InMemorySpanExporter) -> None:
        """A step that fails says so; the words of the fault, which may be somebody's, stay out."""
        with pytest.raises(ValueError, match="ana"), traces.request("HTTP"):
            raise ValueError("ana@exemple.fr")

        [span] = spans.get_finished_spans()
        assert span.status.status_code is StatusCode.ERROR
        assert "ana" not in span.to_json()
