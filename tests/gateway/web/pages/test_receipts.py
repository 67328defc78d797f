"""The receipt of a ballot: how far its line has come, what is kept of it, and who sees it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4, uuid5

import httpx
import pytest
from fastapi import FastAPI

from libs.audit.notes import Signer
from libs.contracts.base import Event
from libs.contracts.governance import BallotCast, BallotReplaced, OwnBallotIn
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog
from tests.gateway.conftest import FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.pages.polls_said import AT, SCRIPT, VOTER, answers, own
from tests.libs.audit.tiled import LOG, WITNESSES, publish

BALLOT = uuid5(POLL, str(VOTER))
Use = Callable[[str, object], None]


@pytest.fixture
def use(app: FastAPI, house: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Has the API and the pages use something: they stand on one state in a gateway, and on two in these tests."""

    def have(name: str, value: object) -> None:
        for state in (app.state, house.state):
            monkeypatch.setitem(state._state, name, value)

    return have


@pytest.fixture
async def log(use: Use) -> MemoryLog:
    """A log with Ana's ballot, cast and changed."""
    log = MemoryLog("governance")
    events: list[Event] = [
        BallotCast(poll_id=POLL, voter=VOTER, choices=("wild",)),
        BallotReplaced(choices=("orchard",)),
    ]
    for version, event in enumerate(events, 1):
        new = New(event, BALLOT, version, version - 1, actor=str(VOTER), id=uuid4(), decided_at=datetime.now(UTC))
        await log.append(new)
    use("logs", {"governance": log})
    return log


Seal = Callable[..., Awaitable[None]]


@pytest.fixture
def seal(use: Use, app: FastAPI, log: MemoryLog, tmp_path: Path) -> Seal:
    """Has the log sealed."""

    async def have(signers: Sequence[Signer] = (LOG, *WITNESSES), *, count: int = 2) -> None:
        publish(tmp_path, [entry.data for entry in (await log.entries(0))[:count]], signers=signers)
        (tmp_path / "key").write_text("".join(f"{each.verifier.vkey}\n" for each in (LOG, *WITNESSES)))
        use("settings", app.state.settings.model_copy(update={"tiles_dir": tmp_path}))

    return have


@pytest.fixture
def voted(fake: FakeServices) -> FakeServices:
    """Ana has voted, at the second line of the log."""
    answers(fake, question=SCRIPT)
    fake.answers(OwnBallotIn, own("orchard", position=2))
    return fake


async def test_is_received_first(voted: FakeServices, member: httpx.AsyncClient, seal: Seal) -> None:
    """The line is kept and not sealed yet: the page says so, and loads itself again where there is no script."""
    await seal(count=1)
    page = await member.get(f"{AT}/recu")

    assert "A voté !" in page.text.replace("\u202f", " ")
    assert 'data-waiting="oui"' in page.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.text
    assert "/proof" not in page.text
    assert SCRIPT not in page.text
    assert "no-store" in page.headers["cache-control"]


async def test_is_sealed_and_witnessed(voted: FakeServices, member: httpx.AsyncClient, seal: Seal) -> None:
    """The witnesses are named, the proof can be had, and the page waits no longer."""
    await seal()
    page = await member.get(f"{AT}/recu")

    assert "contresigné par 2 témoins sur 2" in page.text
    assert "w1.example, w2.example" in page.text
    assert 'http-equiv="refresh"' not in page.text
    proof = f"/api/v1/polls/{POLL}/ballots/2/proof"
    assert proof in page.text
    assert (await member.get(proof)).text.startswith("c2sp.org/tlog-proof@v1")


async def test_a_witness_that_is_late_is_counted_as_late(
    voted: FakeServices, member: httpx.AsyncClient, seal: Seal
) -> None:
    """One of two is what it says."""
    await seal((LOG, WITNESSES[0]))
    page = await member.get(f"{AT}/recu")

    assert "contresigné par 1 témoin sur 2" in page.text
    assert "les autres sont en retard" in page.text


async def test_a_log_that_lost_it_is_told_loudly(
    voted: FakeServices, member: httpx.AsyncClient, seal: Seal, tmp_path: Path
) -> None:
    """Where the sealed log has something else at that line, that is what a receipt is for."""
    await seal()
    (tmp_path / "checkpoint").write_bytes(publish(tmp_path.parent / "other", [b"a", b"b"]))
    page = await member.get(f"{AT}/recu")

    assert page.status_code == 200
    assert "Quelque chose ne va pas" in page.text


async def test_completes_itself_piece_by_piece(voted: FakeServices, member: httpx.AsyncClient, seal: Seal) -> None:
    """A script asks for the stages alone."""
    await seal()
    part = await member.get(f"{AT}/recu?etapes=true")

    assert "<html" not in part.text
    assert 'data-waiting="non"' in part.text


async def test_is_a_file_that_needs_nothing_else(voted: FakeServices, member: httpx.AsyncClient, seal: Seal) -> None:
    """It has the ballot, the entry to the byte, the proof and the code, and asks nobody for anything."""
    await seal()
    file = await member.get(f"{AT}/recu/fichier")

    assert file.headers["content-disposition"] == 'attachment; filename="recu-2.html"'
    assert "orchard" in file.text
    assert "c2sp.org/tlog-proof@v1" in file.text
    assert "<svg" in file.text
    assert not any(word in file.text for word in ("<script", "<link", "src=", "@import", "url("))


async def test_a_ballot_taken_back_says_so(
    voted: FakeServices, member: httpx.AsyncClient, app: FastAPI, use: Use, log: MemoryLog
) -> None:
    """Its trace stays, and it counts no longer; a node that does not seal says what it knows."""
    use("settings", app.state.settings)
    voted.answers(OwnBallotIn, own(position=2).model_copy(update={"choices": None}))
    page = await member.get(f"{AT}/recu")

    assert "Bulletin repris" in page.text
    assert "Voter à nouveau" in page.text


async def test_without_a_ballot_leads_to_it(fake: FakeServices, member: httpx.AsyncClient, log: MemoryLog) -> None:
    """Who looks into the box after a lost line sees that nothing is there."""
    answers(fake)
    page = await member.get(f"{AT}/recu")
    assert "pas de bulletin de vous" in page.text
    assert (await member.get(f"{AT}/recu/fichier")).status_code == 303


async def test_is_its_voters_alone(fake: FakeServices, visitor: httpx.AsyncClient, log: MemoryLog) -> None:
    """A stranger is asked who they are."""
    page = await visitor.get(f"{AT}/recu")
    assert page.headers["location"].startswith("/connexion")
