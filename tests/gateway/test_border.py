"""What every request passes: size, caller, rate, headers, ETag."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from joserfc.jwk import KeySet, OKPKey
from starlette.datastructures import Headers

from gateway import problems
from gateway.auth import Standing, Tokens
from gateway.border import SECURITY_HEADERS, Border, address_of
from libs.settings import GatewaySettings


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A small application behind the border: it echoes."""
    app = FastAPI()
    problems.add_to(app)

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/fixed")
    async def fixed() -> dict[str, str]:
        return {"answer": "the same"}

    settings = GatewaySettings(
        nats_url="nats://nowhere",
        nats_user="gateway",
        nats_password_file=tmp_path,
        request_bytes_max=1000,
        requests_per_address_s=10,
        files_per_address_s=100,
    )
    tokens = Tokens("node.example")
    tokens.use_keys(dict(KeySet([OKPKey.generate_key("Ed25519")]).as_dict(private=False)))
    app.add_middleware(Border, settings=settings, tokens=tokens, standing=Standing())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node.example") as client:
        yield client


class TestRate:
    async def test_an_auditor_reads_files_faster_than_anybody_asks(self, client: httpx.AsyncClient) -> None:
        """The sealed log is thousands of files: it has a rate of its own, and takes nothing from other requests."""
        files = [await client.get("/log/governance/tile/entries/000") for _ in range(100)]
        asked = [await client.get("/fixed") for _ in range(300)]

        assert {answer.status_code for answer in files} == {404}
        assert asked[0].status_code == 200
        assert 429 in {answer.status_code for answer in asked}


class TestSize:
    async def test_the_limit_itself_passes(self, client: httpx.AsyncClient) -> None:
        """A body of exactly the limit is taken; one byte more is refused with 413."""
        assert (await client.post("/echo", content=b"x" * 1000)).json() == {"bytes": 1000}

        refused = await client.post("/echo", content=b"x" * 1001)

        assert (refused.status_code, refused.json()["type"]) == (413, "/problems/TooLarge")

    async def test_a_body_that_hides_its_length_is_counted(self, client: httpx.AsyncClient) -> None:
        """A body sent in chunks, without a length, is stopped as well."""

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(11):
                yield b"x" * 100

        assert (await client.post("/echo", content=chunks())).status_code == 413

    @pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 20])
    async def test_a_length_that_is_no_number_is_refused(self, client: httpx.AsyncClient, length: str) -> None:
        """Lengths that are negative, huge or not digits do not pass."""
        response = await client.post("/echo", content=b"x", headers=[(b"Content-Length", length.encode())])

        assert response.status_code == 413


class TestCaller:
    async def test_a_token_that_is_not_good_is_refused_everywhere(self, client: httpx.AsyncClient) -> None:
        """A bad token is an error even where none is needed: a client should learn that it is signed out."""
        response = await client.get("/fixed", headers={"Authorization": "Bearer nonsense"})

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.headers["Content-Type"] == problems.MEDIA_TYPE

    async def test_too_often_is_429(self, client: httpx.AsyncClient) -> None:
        """Who asks more than the burst is told to slow down, and when to come back."""
        answers = [await client.get("/fixed") for _ in range(200)]

        assert {answer.status_code for answer in answers[:30]} == {200}
        refused = next(answer for answer in answers[30:] if answer.status_code != 200)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")

    @pytest.mark.parametrize(
        "peer, forwarded, trusted, address",
        [
            ("1.1.1.1", None, (), "1.1.1.1"),
            ("1.1.1.1", "6.6.6.6", (), "1.1.1.1"),
            ("1.1.1.1", "6.6.6.6", ("9.9.9.9",), "1.1.1.1"),
            ("9.9.9.9", "6.6.6.6, 1.1.1.1", ("9.9.9.9",), "1.1.1.1"),
            ("9.9.9.9", None, ("9.9.9.9",), "9.9.9.9"),
        ],
    )
    def test_a_forwarded_address_is_believed_from_a_trusted_proxy_alone(
        self, peer: str, forwarded: str | None, trusted: tuple[str, ...], address: str
    ) -> None:
        """And then only its last part, which the proxy itself added."""
        headers = Headers({"x-forwarded-for": forwarded} if forwarded else {})

        networks = [ip_network(each) for each in trusted]
        assert address_of({"client": (peer, 1)}, headers, networks) == address


class TestHeaders:
    async def test_every_answer_is_guarded(self, client: httpx.AsyncClient) -> None:
        """Answers and refusals alike forbid scripts, frames and sniffing."""
        for response in (await client.get("/fixed"), await client.get("/nowhere")):
            assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS

    async def test_the_same_answer_is_not_sent_twice(self, client: httpx.AsyncClient) -> None:
        """A client that has the answer already, by its ETag, gets 304 and no body."""
        first = await client.get("/fixed")

        again = await client.get("/fixed", headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.content) == (304, b"")
        assert (await client.get("/fixed", headers={"If-None-Match": '"other"'})).status_code == 200
