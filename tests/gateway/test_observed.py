"""What is measured of a request: its route, never its address."""

from uuid import uuid4

import httpx
import pytest

from gateway.observed import NO_ROUTE, observed
from libs.telemetry.metrics import REGISTRY


def requests(route: str, status: int, method: str = "GET") -> float:
    """How many requests were measured so."""
    labels = {"route": route, "status": str(status), "method": method}
    return REGISTRY.get_sample_value("plaanet_http_seconds_count", labels) or 0


async def test_a_route_by_its_template(stranger: httpx.AsyncClient) -> None:
    """Whatever ids stand in an address, the route is one; no id becomes a label."""
    before = requests("/api/v1/polls/{poll_id}", 422)
    poll_ids = [f"no-{uuid4()}" for _ in range(2)]
    for poll_id in poll_ids:
        await stranger.get(f"/api/v1/polls/{poll_id}")

    page = str([sample for metric in REGISTRY.collect() for sample in metric.samples])
    assert requests("/api/v1/polls/{poll_id}", 422) == before + 2
    assert not any(poll_id in page for poll_id in poll_ids)


async def test_what_nobody_serves(stranger: httpx.AsyncClient) -> None:
    """Addresses that strangers make up are all one."""
    before = requests(NO_ROUTE, 404)
    await stranger.get(f"/api/v1/{uuid4()}")

    assert requests(NO_ROUTE, 404) == before + 1


async def test_a_method_that_somebody_made_up() -> None:
    """A method is one of few words, too."""
    before = requests(NO_ROUTE, 500, method="other")

    async def nowhere(_: object) -> None: ...

    with observed({"type": "http", "method": "BREW", "path": "/"}, nowhere):
        pass
    assert requests(NO_ROUTE, 500, method="other") == before + 1


async def test_a_request_that_breaks_is_counted_as_broken() -> None:
    """Where nothing is answered the client sees a fault, and so does the operator."""
    before = requests(NO_ROUTE, 500)

    async def nowhere(_: object) -> None: ...

    with pytest.raises(RuntimeError), observed({"type": "http", "method": "GET", "path": "/"}, nowhere):
        raise RuntimeError
    assert requests(NO_ROUTE, 500) == before + 1


async def test_a_live_stream_is_over_when_it_begins() -> None:
    """A stream lasts as long as somebody listens; that is not how long they waited."""
    before = requests("none", 200)

    async def nowhere(_: object) -> None: ...

    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    with observed({"type": "http", "method": "GET", "path": "/"}, nowhere) as seen:
        await seen.send({"type": "http.response.start", "status": 200, "headers": headers})
        assert requests("none", 200) == before + 1
    assert requests("none", 200) == before + 1
