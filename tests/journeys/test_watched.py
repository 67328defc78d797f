"""A node that is watched: one trace from a request to who hears of it, and nothing anywhere that names somebody."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from libs.node.embedded import EmbeddedNode
from libs.node.metrics import MEASURED, read_targets
from tests.journeys.people import PASSWORD, Person, found_group, open_poll
from tests.libs.telemetry.collector import Collector, collecting

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the node's traces go."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def watched(node_folder: Path, collector: Collector) -> Iterator[EmbeddedNode]:
    """A node that records a trace of every request."""
    settings = {"PLAANET_OTLP_ENDPOINT": collector.url, "PLAANET_TRACES_RATIO": "1"}
    with EmbeddedNode(node_folder / "watched", settings=settings) as node:
        yield node


async def until(found: Callable[[], bool], *, timeout_s: float = 60) -> None:
    """Wait until something has been found, which the collector gets every few seconds."""
    deadline = time.monotonic() + timeout_s
    while not found():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


class Heard:
    """Who listens to the public vote log."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.names: set[str] = set()
        self.listens = asyncio.Event()

    async def listen(self) -> None:
        """Listen for ever."""
        async with (
            httpx.AsyncClient(timeout=None) as http,  # noqa: S113
            http.stream("GET", f"{self._url}/api/v1/live") as stream,
        ):
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    self.names.add(line.removeprefix("event: "))
                    self.listens.set()


async def vote(node: EmbeddedNode) -> list[str]:
    """Somebody signs up, joins and votes; return every word that names them."""
    async with Person(node.url) as ana, Person(node.url) as bo:
        await ana.sign_up()
        await bo.sign_up()
        group_id = await found_group(ana)
        await bo.put(f"/groups/{group_id}/members/me", expect=None)
        poll_id = await open_poll(ana, group_id)
        await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier"]})
        # What is refused, makes no sense, or is nobody's, is spoken of as well.
        await bo.http.put(f"/polls/{poll_id}/ballot", json={"choices": ["Baobab"]})
        await bo.http.post("/members", json={"handle": bo.handle, "password": PASSWORD, "manifesto_sha256": "0" * 64})
        await bo.http.post("/sessions", json={"handle": ana.handle, "password": "ana@exemple.fr"})
        await bo.http.get(f"/polls/{uuid4()}", headers={"X-Forwarded-For": "203.0.113.7"})
        await bo.delete("/me", body={"password": PASSWORD}, expect=None)
        return [ana.handle, ana.id, bo.handle, bo.id, PASSWORD, "exemple.fr", "203.0.113.7", "Figuier", "Baobab"]


async def test_one_trace_from_the_request_to_who_hears_of_it(watched: EmbeddedNode, collector: Collector) -> None:
    """The request, the decision, the append, the read models and the live event of a ballot are one trace."""
    heard = Heard(watched.url)
    listening = asyncio.create_task(heard.listen())
    await heard.listens.wait()
    await vote(watched)
    await until(lambda: "BallotCast" in heard.names)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    def chain() -> list[tuple[str, Span]]:
        spans = collector.spans
        sent = [span for _, span in spans if span.name == "send BallotCast"]
        return [(process, span) for process, span in spans if sent and span.trace_id == sent[0].trace_id]

    expected = {
        ("plaanet-gateway", "PUT /api/v1/polls/{poll_id}/ballot"),
        ("plaanet-gateway", "governance.CastBallot"),
        ("plaanet-governance", "governance.CastBallot"),
        ("plaanet-governance", "decide CastBallot"),
        ("plaanet-governance", "append governance"),
        ("plaanet-governance", "project BallotCast"),
        ("plaanet-gateway", "send BallotCast"),
    }
    await until(lambda: expected <= {(process, span.name) for process, span in chain()})

    by_id = {span.span_id: span for _, span in chain()}
    [append] = [span for span in by_id.values() if span.name == "append governance"]
    names = [append.name]
    while append.parent_span_id:
        append = by_id[append.parent_span_id]
        names.append(append.name)
    assert names == [
        "append governance",
        "decide CastBallot",
        "governance.CastBallot",
        "governance.CastBallot",
        "PUT /api/v1/polls/{poll_id}/ballot",
    ]
    for reader in [span for span in by_id.values() if span.name in ("project BallotCast", "send BallotCast")]:
        assert by_id[reader.parent_span_id].name == "append governance"
        assert [link.span_id for link in reader.links] == [reader.parent_span_id]


async def test_the_entry_does_not_know_of_it(watched: EmbeddedNode) -> None:
    """What is hashed and sealed has no trace in it, however much is recorded."""
    await vote(watched)
    async with httpx.AsyncClient() as http:
        entries = (await http.get(f"{watched.url}/log/governance/entries")).text.splitlines()

    assert entries
    for entry in entries:
        assert set(json.loads(entry)) == {
            "actor", "aggregate_id", "data", "decided_at", "group_id", "id", "name", "revision", "version",
        }  # fmt: skip


async def test_nothing_names_anybody(watched: EmbeddedNode, collector: Collector) -> None:
    """No log line, no span and no metric has a handle, an id of a member, an address, or what was typed."""
    words = await vote(watched)
    metrics = [_page(where) for where in read_targets(watched.folder.metrics).values()]
    said = {path.name: path.read_text(errors="replace") for path in watched.folder.logs.iterdir()}
    said |= {"metrics": "\n".join(metrics), "traces": str(collector.spans)}
    for word in words:
        where = [name for name, text in said.items() if word.casefold() in text.casefold()]
        assert not where, f"{word} stands in {where}"

    for name in MEASURED:
        addresses = set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", said[f"{name}.log"]))
        assert addresses <= {"127.0.0.1"}


async def test_one_line_a_command_with_its_trace(watched: EmbeddedNode) -> None:
    """Every command leaves one line, done or refused, with the trace of its request."""
    before = len(_commands(watched))
    async with Person(watched.url) as ana:
        await ana.sign_up()

    lines = _commands(watched)[before:]
    assert [line["command"] for line in lines] == ["identity.SignUp", "identity.LogIn"]
    for line in lines:
        assert len(line["trace_id"]) == 32
        assert line["event"] == "done"
        assert line["duration_ms"] > 0
    assert lines[0]["trace_id"] != lines[1]["trace_id"]


def _page(where: str) -> str:
    return httpx.get(f"http://{where}/metrics").text


def _commands(node: EmbeddedNode) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (node.folder.logs / "identity.log").read_text().splitlines()]
    return [line for line in lines if "command" in line and line["event"] in ("done", "refused")]


async def test_every_process_is_measured(watched: EmbeddedNode) -> None:
    """Prometheus finds all of them by the file in the node's folder, and none of them on the public door."""
    await vote(watched)
    targets = read_targets(watched.folder.metrics)
    pages = {name: _page(where) for name, where in targets.items()}

    assert tuple(pages) == MEASURED
    assert (
        'plaanet_command_seconds_count{command="CastBallot",outcome="done",process="governance"}' in pages["governance"]
    )
    assert 'plaanet_refusals_total{process="governance",request="CastBallot"' in pages["governance"]
    assert (
        'plaanet_http_seconds_count{method="PUT",process="gateway",route="/api/v1/polls/{poll_id}/ballot"'
        in pages["gateway"]
    )
    assert 'plaanet_sealed_entries{log="governance",process="sealer"}' in pages["sealer"]
    assert 'plaanet_reader_lag_positions{log="groups",process="governance",reader="reactions"}' in pages["governance"]
    for page in pages.values():
        assert re.search(r"plaanet_log_missing_entries\{[^}]*\} 0\.0", page)
    assert all(urlsplit(f"//{where}").hostname == "127.0.0.1" for where in targets.values())
    async with httpx.AsyncClient(base_url=watched.url) as http:
        assert (await http.get("/metrics")).status_code == 404
