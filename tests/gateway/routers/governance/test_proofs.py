"""The proof that a ballot is sealed: a file that outlives this node, and that other people's tools can check."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
from fastapi import FastAPI

from libs.audit.policy import Party, Policy
from libs.audit.proofs import TlogProof
from libs.audit.tiles import ENTRIES, Tile, TileFolder
from libs.contracts.base import Event
from libs.contracts.governance import (
    BallotCast,
    BallotReplaced,
    BallotWithdrawn,
    PaperBallotsEntered,
    PaperBatchEntered,
    PollCancelled,
)
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog
from tests.libs.audit.tiled import LOG, WITNESSES, publish

POLL = UUID("d0000000-0000-4000-8000-000000000000")
OTHER_POLL = UUID("e0000000-0000-4000-8000-000000000000")
ANA = UUID("a0000000-0000-4000-8000-000000000000")
BALLOT = uuid5(POLL, str(ANA))
BATCH = uuid4()

EVENTS: list[tuple[Event, UUID]] = [
    (BallotCast(poll_id=POLL, voter=ANA, choices=("oak",)), BALLOT),
    (BallotReplaced(choices=("fig",)), BALLOT),
    (BallotWithdrawn(), BALLOT),
    (PaperBallotsEntered(poll_id=POLL, batch_id=BATCH, part=0, ballots=(("oak",),)), uuid5(BATCH, "part 0")),
    (PaperBatchEntered(poll_id=POLL, ballots_count=1, parts_count=1), BATCH),
    (PollCancelled(reason="A mistake."), POLL),
    (BallotReplaced(choices=("oak",)), BALLOT),
]
SEALED = 6
POLICY = Policy((Party(LOG.verifier),), {each.name: Party(each.verifier) for each in WITNESSES}, {}, "none")


@pytest.fixture
async def log(app: FastAPI) -> MemoryLog:
    """A log with something of each kind."""
    log = MemoryLog("governance")
    last: dict[UUID, tuple[int, int]] = {}
    for event, aggregate_id in EVENTS:
        version, after = last.get(aggregate_id, (0, 0))
        now = datetime.now(UTC)
        [kept] = await log.append(
            New(event, aggregate_id, version + 1, after, actor=str(ANA), id=uuid4(), decided_at=now)
        )
        last[aggregate_id] = version + 1, kept.position
    app.state.logs = {"governance": log}
    return log


@pytest.fixture
async def tiles(log: MemoryLog, app: FastAPI, tmp_path: Path) -> Path:
    """All but the last of it, sealed and witnessed."""
    publish(tmp_path, [entry.data for entry in (await log.entries(0))[:SEALED]])
    app.state.settings = app.state.settings.model_copy(update={"tiles_dir": tmp_path})
    return tmp_path


def path(position: int, poll_id: UUID = POLL) -> str:
    """Where the proof is."""
    return f"/api/v1/polls/{poll_id}/ballots/{position}/proof"


@pytest.mark.parametrize("position", [1, 2, 3, 4, 5])
async def test_proves_the_exact_entry(log: MemoryLog, tiles: Path, stranger: httpx.AsyncClient, position: int) -> None:
    """Cast, replaced, withdrawn, on paper: with the log's key and the witnesses' it is all that is needed."""
    response = await stranger.get(path(position))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f'filename="governance-{position}.tlog-proof"' in response.headers["Content-Disposition"]
    proof = TlogProof.parse(response.content)
    [entry] = await log.entries(position - 1, 1)
    endorsed = proof.verify(entry.data, POLICY)
    assert (proof.index, endorsed.checkpoint.size) == (position - 1, SEALED)
    assert sorted(endorsed.witnesses) == ["w1.example", "w2.example"]


async def test_what_is_not_sealed_yet(tiles: Path, stranger: httpx.AsyncClient) -> None:
    """The ballot is received and kept; the same request succeeds a moment later."""
    response = await stranger.get(path(7))

    assert (response.status_code, response.json()["type"]) == (503, "/problems/NotSealedYet")
    assert response.headers["Retry-After"] == "1"
    assert "received and kept" in response.json()["detail"]


async def test_nothing_is_sealed_yet(tiles: Path, stranger: httpx.AsyncClient) -> None:
    """Before the first checkpoint it is the same."""
    (tiles / "checkpoint").unlink()

    assert (await stranger.get(path(1))).json()["type"] == "/problems/NotSealedYet"


@pytest.mark.parametrize(
    "position, poll_id",
    [
        pytest.param(6, POLL, id="no ballot"),
        pytest.param(1, OTHER_POLL, id="another poll's"),
        pytest.param(4, OTHER_POLL, id="another poll's, on paper"),
        pytest.param(7, OTHER_POLL, id="another poll's, not sealed yet"),
        pytest.param(8, POLL, id="behind the end"),
        pytest.param(10**15, POLL, id="far behind the end"),
    ],
)
async def test_what_is_no_ballot_of_the_poll(
    tiles: Path, stranger: httpx.AsyncClient, position: int, poll_id: UUID
) -> None:
    """404, sealed or not."""
    response = await stranger.get(path(position, poll_id))

    assert (response.status_code, response.json()["type"]) == (404, "/problems/NotFound")


@pytest.mark.parametrize("position", ["0", "-1", "x", "99999999999999999999"])
async def test_what_is_no_position(tiles: Path, stranger: httpx.AsyncClient, position: str) -> None:
    """422."""
    assert (await stranger.get(f"/api/v1/polls/{POLL}/ballots/{position}/proof")).status_code == 422


async def test_a_node_without_a_sealer(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """404: there will be no proof."""
    assert (await stranger.get(path(1))).status_code == 404


@pytest.mark.parametrize("tile", [Tile(ENTRIES, 0, SEALED), Tile(0, 0, SEALED)])
@pytest.mark.parametrize("is_gone", [True, False])
async def test_damaged_tiles_prove_nothing(tiles: Path, stranger: httpx.AsyncClient, tile: Tile, is_gone: bool) -> None:
    """A proof that would not verify is not handed out; who runs the node is told what to do."""
    place = TileFolder(tiles).place(tile)
    if is_gone:
        place.unlink()
    else:
        place.write_bytes(place.read_bytes().replace(b"oak", b"elm") if tile.level == ENTRIES else bytes(32 * SEALED))

    response = await stranger.get(path(1))

    assert response.status_code == 500
    assert "plaanet log verify" in response.json()["detail"]
