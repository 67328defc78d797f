"""What is measured is exported by process, with an example trace, and names nobody."""

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.openmetrics.exposition import generate_latest

from libs.telemetry import metrics, traces

PERSONAL = {"member", "member_id", "actor", "handle", "address", "ip", "voter", "session", "email", "group_id", "path"}


class TestNamed:
    def test_each_sample_says_of_which_process_it_is(self) -> None:
        """Two processes on one page can be told apart; what a process does not use it does not export."""
        registry = CollectorRegistry()
        used = Counter("used", "Used.", ["what"], registry=registry)
        Counter("unused", "Not used.", ["what"], registry=registry)
        used.labels("it").inc()

        page = CollectorRegistry()
        page.register(metrics.Named("governance", registry))
        assert page.get_sample_value("used_total", {"what": "it", "process": "governance"}) == 1
        assert not any(metric.name == "unused" for metric in page.collect())


class TestObserve:
    def test_names_an_example(self, spans: InMemorySpanExporter) -> None:
        """A measurement within a recorded trace leads to it."""
        registry = CollectorRegistry()
        histogram = Histogram("wait_seconds", "Wait.", ["what"], registry=registry)
        with traces.request("HTTP") as span:
            metrics.observe(histogram, 0.02, "it")
            trace_id = format(span.get_span_context().trace_id, "032x")

        assert f'trace_id="{trace_id}"' in str(generate_latest(registry))  # type: ignore[no-untyped-call]


class TestMoment:
    @pytest.mark.parametrize("text", [None, 7, "", "yesterday", "2030-01-01T00:00:00"])
    def test_what_is_no_moment_is_none(self, text: object) -> None:
        """An entry that says no time, or one without a zone, is measured by nobody."""
        assert metrics.moment(text) is None


def test_no_label_is_a_person() -> None:
    """A label holds one of few words: a process, a log, a type; never who, where from, or which."""
    labels = {label for instrument in vars(metrics).values() for label in getattr(instrument, "_labelnames", ())}

    assert labels
    assert not labels & PERSONAL
