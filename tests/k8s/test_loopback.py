"""From the manifests to an audited vote: what the overlay for a town says is run, and parts of it are replaced."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import nats
import orjson
import pytest

from libs.node.permissions import SERVICES
from libs.node.unprivileged import throwaway_folder
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll, outcome_of, until
from tests.k8s.loopback import Loopback, Pod, loopback
from tests.k8s.manifests import K8S, build

pytestmark = [pytest.mark.slow, pytest.mark.nats, pytest.mark.postgres, pytest.mark.node]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter."""
    with throwaway_folder("plaanet-k8s-") as folder:
        yield folder


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Loopback]:
    """The parts that keep something: three NATS servers, PostgreSQL, and what the Job makes in them."""
    with loopback(build(K8S / "overlays" / "production"), folder) as cluster:
        nodes = cluster.start_nats()
        for node in nodes:
            node.wait_until_ready()
        said = cluster.run("prepare")
        assert "The logs are ready" in said
        assert "The databases are ready" in said
        yield cluster


@pytest.fixture(scope="module")
def gateways(cluster: Loopback) -> list[Pod]:
    """Every process, ready; of the gateway two."""
    pods = [cluster.start(name) for name in (*SERVICES, "sealer", "gateway", "gateway")]
    return [pod.wait_until_ready() for pod in pods][-2:]


@pytest.fixture
async def people(gateways: list[Pod]) -> AsyncIterator[list[Person]]:
    """Two members, each at a gateway of their own."""
    async with Person(gateways[0].url) as ana, Person(gateways[1].url) as bo:
        yield [await ana.sign_up(), await bo.sign_up()]


async def live(url: str, last: str | None = None, listening: asyncio.Event | None = None) -> list[tuple[str, str]]:
    """The public live events from *last* on (id, name), until the stream ends or a poll is closed."""
    events, place, name = [], "", ""
    headers = {"Last-Event-ID": last} if last else {}
    client = httpx.AsyncClient(timeout=300, trust_env=False)
    async with client as http, http.stream("GET", f"{url}/api/v1/live", headers=headers) as answer:
        async for line in answer.aiter_lines():
            key, _, value = line.partition(": ")
            place, name = (value if key == "id" else place), (value if key == "event" else name)
            if key == "data":
                events.append((place, name))
                if listening:
                    listening.set()  # the first event says that it listens
                if name == "PollClosed":
                    break
    return events


async def test_logs_stand_three_times_behind_tls(cluster: Loopback) -> None:
    """Each log is on three servers, which let nobody in among them without a certificate of their own."""
    user, password = "admin", cluster.secret("admin", "nats-password")
    client = await nats.connect(cluster.url_of_nats(2), user=user, password=password, inbox_prefix=b"_INBOX.admin")
    for service in SERVICES:
        info = orjson.loads((await client.request(f"$JS.API.STREAM.INFO.{service}", b"", timeout=10)).data)
        assert info["config"]["num_replicas"] == 3
        assert len(info["cluster"]["replicas"]) == 2
    await client.close()
    for pod in cluster.pods[:3]:
        async with httpx.AsyncClient(base_url=pod.url, trust_env=False) as http:
            seen = (await http.get("/varz")).json()
        assert seen["cluster"]["tls_required"]
        assert seen["cluster"]["tls_verify"]
        assert seen["jetstream"]["config"]["sync_always"]


async def test_a_vote_goes_on_while_parts_are_replaced(cluster: Loopback, people: list[Person]) -> None:
    """
    A service, a gateway and a NATS server are drained, one after another, while members vote.

    Every ballot that was acknowledged is in the log, the live stream ends with its gateway and resumes at the other
    without a gap, and a stranger's audit finds nothing wrong.
    """
    ana, bo = people
    group = await found_group(ana)
    await bo.put(f"/groups/{group}/members/me", expect=None)
    poll = await open_poll(ana, group, method="single")
    gateways = [pod for pod in cluster.pods if pod.workload.name == "gateway"]
    listening = asyncio.Event()
    heard = asyncio.create_task(live(gateways[0].url, listening=listening))
    await asyncio.wait_for(listening.wait(), 60)
    acked: list[int] = []

    async def vote(number: int) -> None:
        """Ask again as the answer says, with the same key, while servers choose another leader: it is kept once."""
        body, key = {"choices": [OPTIONS[number % len(OPTIONS)]]}, {"Idempotency-Key": str(uuid4())}
        async with asyncio.timeout(120):
            while (answer := await bo.http.put(f"/polls/{poll}/ballot", json=body, headers=key)).status_code == 503:
                await asyncio.sleep(0.2)
        assert answer.status_code == 200, answer.text
        acked.append(answer.json()["position"])

    async def voting_until(done: asyncio.Task[bool]) -> None:
        while not done.done():
            await vote(len(acked))
        await vote(len(acked))
        assert done.result()

    for number in range(5):
        await vote(number)
    successor = await asyncio.to_thread(lambda: cluster.start("governance").wait_until_ready())
    former = next(pod for pod in cluster.pods if pod.workload.name == "governance" and pod is not successor)
    await voting_until(asyncio.create_task(asyncio.to_thread(former.drain)))
    await voting_until(asyncio.create_task(asyncio.to_thread(gateways[0].drain)))
    first = await asyncio.wait_for(heard, 300)
    cluster.lame_duck(1)
    await voting_until(asyncio.create_task(asyncio.to_thread(cluster.pods[1].process.wait, 300)))

    resumed = asyncio.create_task(live(gateways[1].url, last=first[-1][0]))
    async with Person(gateways[1].url) as ana_elsewhere:
        ana_elsewhere.http.headers["Authorization"] = ana.http.headers["Authorization"]
        await ana_elsewhere.put(f"/polls/{poll}/closing")
        result = await outcome_of(ana_elsewhere, poll, timeout_s=300)
        assert result["ballots_count"] == 1
    told = [*first, *(await asyncio.wait_for(resumed, 300))]
    ballots = [place for place, name in told if name in ("BallotCast", "BallotReplaced")]
    assert [int(place.split("governance:")[1].split(",")[0]) for place in ballots] == acked
    await until(lambda: asyncio.to_thread(audit, gateways[1].url), 0, timeout_s=300)
