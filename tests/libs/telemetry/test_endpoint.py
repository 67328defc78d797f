"""The Prometheus endpoint."""

import socket

import httpx

from libs.telemetry import endpoint, metrics


def test_serves_metrics_on_a_port_of_its_own() -> None:
    """Prometheus finds a process's metrics there, in its own format and in OpenMetrics, which has the examples."""
    metrics.REFUSALS.labels("CastBallot", "PollIsClosed").inc()
    served = endpoint.serve("governance", "127.0.0.1", 0)
    assert served
    with served:
        page = httpx.get(f"http://127.0.0.1:{served.port}/metrics")
        newer = httpx.get(
            f"http://127.0.0.1:{served.port}/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )

    assert 'plaanet_refusals_total{process="governance",request="CastBallot",type="PollIsClosed"}' in page.text
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


def test_a_port_that_is_taken_stops_nothing() -> None:
    """Where the port is another's the process goes on without an endpoint, and says so."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert endpoint.serve("governance", "127.0.0.1", other.getsockname()[1]) is None
