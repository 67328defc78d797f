"""Whoever replaces processes is told the truth about them, whatever is asked."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.health import REQUEST_BYTES_MAX, Health, Readiness


async def say_ready() -> Readiness:
    """Be ready, three entries behind."""
    return Readiness(True, {"behind": {"governance": 3}})


async def say_nothing() -> Readiness:
    """Never come back."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


@pytest.fixture
def health() -> Health:
    """The health of a process that has only begun."""
    return Health()


@pytest.fixture
async def port(health: Health) -> AsyncIterator[int]:
    """Where it is served."""
    async with health.served("127.0.0.1", 0) as port:
        assert port
        yield port


@pytest.fixture
async def http(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """Who probes."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client


class TestLive:
    async def test_from_the_beginning(self, http: httpx.AsyncClient) -> None:
        """A process that is starting lives already, and is not ready."""
        assert (await http.get("/health/live")).status_code == 200
        assert (await http.get("/health/ready")).status_code == 503


class TestReady:
    async def test_while_its_check_says_so(self, health: Health, http: httpx.AsyncClient) -> None:
        """Ready is what the check says, and what it stands on can be read."""
        health.check = say_ready

        answer = await http.get("/health/ready")

        assert answer.status_code == 200
        assert answer.json() == {"status": "ready", "behind": {"governance": 3}}

    async def test_not_while_stopping(self, health: Health, http: httpx.AsyncClient) -> None:
        """Who takes the check away is ready no longer, and lives on."""
        health.check = say_ready
        health.check = None

        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/health/live")).status_code == 200

    async def test_a_check_without_an_end_says_no(
        self, health: Health, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A check that hangs is an answer, too; and the process lives."""
        monkeypatch.setattr("libs.health.CHECK_TIMEOUT_S", 0.01)
        health.check = say_nothing

        answer = await http.get("/health/ready")

        assert answer.status_code == 503
        assert "reason" in answer.json()


class TestStrangers:
    async def test_nothing_else_is_served(self, http: httpx.AsyncClient) -> None:
        """It is no web server: other addresses and methods are unknown."""
        assert (await http.get("/")).status_code == 404
        assert (await http.get("/health/ready/../../etc/passwd")).status_code == 404
        assert (await http.post("/health/live", content=b"{}")).status_code == 404

    @pytest.mark.parametrize(
        "said", [b"", b"GET", b"\r\n\r\n", b"\xff\x00\r\n\r\n", b"GET " + b"a" * 2 * REQUEST_BYTES_MAX]
    )
    async def test_what_is_no_request_harms_nobody(self, port: int, http: httpx.AsyncClient, said: bytes) -> None:
        """Half a request, rubbish or one without an end is dropped, and the next is answered."""
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        writer.close()

        assert (await http.get("/health/live")).status_code == 200

    async def test_who_says_nothing_is_sent_away(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection on which nothing comes is closed in time."""
        monkeypatch.setattr("libs.health.REQUEST_TIMEOUT_S", 0.01)

        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()


async def test_without_a_port_it_is_not_served(health: Health) -> None:
    """A node on one machine needs none, and opens none."""
    async with health.served("127.0.0.1", None) as port:
        assert port is None
