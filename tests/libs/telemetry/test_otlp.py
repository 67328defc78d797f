"""What a collector is sent is what Prometheus would have read."""

import subprocess
import sys
import textwrap

from tests.libs.telemetry.collector import collecting

PROCESS = """
    import sys
    from types import SimpleNamespace
    from libs import telemetry
    from libs.telemetry import metrics, traces

    telemetry.set_up("governance", SimpleNamespace(
        log_level="info", metrics_host="127.0.0.1", metrics_port=None,
        otlp_endpoint=sys.argv[1], otlp_metrics=True, traces_ratio=float(sys.argv[2]),
    ))
    for seconds in (0.002, 0.002, 7.0, 70.0):
        with traces.request("HTTP"):
            metrics.observe(metrics.COMMAND_SECONDS, seconds, "CastBallot", "done")
    metrics.REFUSALS.labels("CastBallot", "PollIsClosed").inc(3)
"""


def run(url: str, *, ratio: float) -> subprocess.CompletedProcess[str]:
    """A process that is told to send what it has to *url*."""
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), url, str(ratio)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)


def test_metrics_and_traces_arrive_by_the_end() -> None:
    """Counters, and histograms bucket by bucket with their examples, and the spans, are there when the process ends."""
    with collecting() as collector:
        run(collector.url, ratio=1)

    metrics = {metric.name: metric for metric in collector.metrics}
    [refusals] = metrics["plaanet_refusals"].sum.data_points
    [commands] = metrics["plaanet_command_seconds"].histogram.data_points
    at = {bound: count for bound, count in zip(commands.explicit_bounds, commands.bucket_counts, strict=False) if count}
    spans = [span for _, span in collector.spans]
    assert refusals.as_double == 3
    assert metrics["plaanet_refusals"].sum.is_monotonic
    assert (commands.count, commands.sum) == (4, 77.004)
    assert at == {0.0025: 2, 10.0: 1}
    assert commands.bucket_counts[-1] == 1
    assert not commands.HasField("max")
    assert {name for name, _ in collector.spans} == {"plaanet-governance"}
    assert {each.trace_id for each in commands.exemplars} <= {span.trace_id for span in spans}
    assert commands.exemplars


def test_nothing_is_recorded_of_none() -> None:
    """With a ratio of 0 no trace is recorded; metrics are sent all the same."""
    with collecting() as collector:
        run(collector.url, ratio=0)

    assert not collector.spans
    assert collector.metrics


def test_a_collector_that_is_away_stops_nothing() -> None:
    """The process does its work and ends with 0, though nobody takes what it sends."""
    with collecting() as collector:
        url = collector.url

    assert run(url, ratio=1).returncode == 0
