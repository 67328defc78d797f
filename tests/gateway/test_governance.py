"""Polls over HTTP: what each route asks of governance, and what it shows to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Query
from libs.contracts.governance import (
    BallotsIn,
    CastBallot,
    ClosePoll,
    EnterPaperBallots,
    NamedBallots,
    OpenPoll,
    OwnBallot,
    OwnBallotIn,
    PaperBatches,
    PaperBatchesIn,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    PollTerms,
    Result,
    ResultOf,
    Roll,
    RollOf,
    StrikePaperBatch,
    Tally,
    TallyOf,
    WithdrawBallot,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices

GROUP, POLL, BATCH = (UUID(int=n) for n in range(1, 4))
AT = f"/api/v1/polls/{POLL}"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)

QUESTION = {
    "question": "What becomes of the field?",
    "method": "ranked",
    "options": ["orchard", "wild"],
    "closes_at": "2030-06-01T14:00:00+02:00",
}
DIGEST = "0" * 64
DETAILS = PollDetails(
    poll_id=POLL,
    group_id=GROUP,
    question="What?",
    explanation=None,
    method="ranked",
    options=("orchard", "wild"),
    opened_at=NOON,
    closes_at=NOON,
    may_close_early=False,
    allows_paper=False,
    voters_count=3,
    roll_sha256=DIGEST,
    terms=PollTerms(),
    is_open=True,
    is_result_declared=False,
    opened_position=17,
    closed_position=None,
    cancelled_because=None,
    replaced_by=None,
    reminded_position=None,
    disputes_count=0,
    disputes=(),
)
TALLY = Tally(
    poll_id=POLL,
    method="ranked",
    voters_count=3,
    ballots_count=0,
    paper_ballots_count=0,
    blank_count=0,
    counts=(),
    is_final=False,
)
RESULT = Result(
    poll_id=POLL,
    method="ranked",
    options=("orchard", "wild"),
    winners=("wild",),
    voters_count=3,
    ballots_count=1,
    paper_ballots_count=0,
    blank_count=0,
    closed_position=18,
    declared_position=20,
    seed=DIGEST,
    outcome_sha256=DIGEST,
    ballots_sha256=DIGEST,
    rounds_count=0,
    rounds=(),
    next=None,
)


class TestOpenPoll:
    async def test_says_where_the_poll_is(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Opening answers 201, a receipt and the poll's address; times are kept in UTC."""
        answer = await ana.post(f"/api/v1/groups/{GROUP}/polls", json=QUESTION)

        assert answer.status_code == 201
        assert answer.headers["location"] == f"/api/v1/polls/{answer.json()['id']}"
        ((command, actor),) = fake.done
        assert isinstance(command, OpenPoll)
        assert command.closes_at == NOON
        assert (command.may_close_early, command.allows_paper) == (False, False)
        assert actor
        assert actor.id == ANA

    @pytest.mark.parametrize(
        "wrong",
        [
            {"options": ["alone"]},
            {"options": [f"option {n}" for n in range(501)]},
            {"options": ["yes", "no\u202e"]},
            {"options": ["yes", " "]},
            {"question": "two\nlines?"},
            {"question": "x" * 201},
            {"method": "astrology"},
            {"closes_at": "2030-06-01T12:00:00"},
            {"closes_at": "0001-01-01T00:00:00+14:00"},
            {"closes_at": "soon"},
            {"unheard_of": 1},
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, ana: httpx.AsyncClient, fake: FakeServices, wrong: dict[str, Any]
    ) -> None:
        """A question that cannot be asked is refused before any service hears of it."""
        answer = await ana.post(f"/api/v1/groups/{GROUP}/polls", json=QUESTION | wrong)

        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert not fake.done


class TestBallot:
    async def test_is_cast_by_put(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Voting answers a receipt: the ballot's place in the public log."""
        answer = await ana.put(f"{AT}/ballot", json={"choices": ["wild", "orchard"]})

        assert answer.status_code == 200
        assert answer.json()["log"] == "governance"
        assert fake.done[0][0] == CastBallot(poll_id=POLL, choices=("wild", "orchard"))

    async def test_is_withdrawn_by_delete(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Taking it back is an entry like any other, so it answers a receipt too."""
        assert (await ana.delete(f"{AT}/ballot")).json()["position"]
        assert fake.done[0][0] == WithdrawBallot(poll_id=POLL)

    async def test_is_shown_to_its_voter(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who asks is who the token says, never a parameter."""
        own = OwnBallot(poll_id=POLL, ballot_id=BATCH, voter=GROUP, choices=None, position=19)
        fake.answers(OwnBallotIn, own)

        assert (await ana.get(f"{AT}/ballot?asker={GROUP}")).json()["voter"] == str(GROUP)
        assert fake.asked == [OwnBallotIn(poll_id=POLL, asker=ANA)]

    @pytest.mark.parametrize("body", [{}, {"choices": "wild"}, {"choices": [1]}, {"choices": ["x"] * 501}, []])
    async def test_of_no_shape_is_refused(self, ana: httpx.AsyncClient, fake: FakeServices, body: Any) -> None:
        """A ballot is a list of options."""
        assert (await ana.put(f"{AT}/ballot", json=body)).status_code == 422
        assert not fake.done

    async def test_refused_by_governance_says_why(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The service's sentence reaches the voter as it is."""
        fake.answers(CastBallot, Refused(409, "PollIsClosed", "The poll closed at 2030-06-01 12:00 UTC."))
        answer = await ana.put(f"{AT}/ballot", json={"choices": []})

        assert answer.status_code == 409
        assert answer.json()["detail"] == "The poll closed at 2030-06-01 12:00 UTC."


class TestStewards:
    async def test_close(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Closing early is a PUT: twice is once."""
        assert (await ana.put(f"{AT}/closing")).status_code == 200
        assert fake.done[0][0] == ClosePoll(poll_id=POLL)

    async def test_enter_paper(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Up to 500 ballots come in one request."""
        answer = await ana.post(f"{AT}/paper-ballots", json={"ballots": [["wild"], []] * 250})

        assert answer.status_code == 201
        assert fake.done[0][0] == EnterPaperBallots(poll_id=POLL, ballots=(("wild",), ()) * 250)

    @pytest.mark.parametrize("ballots", [[], [[]] * 501, [["x"] * 501], ["wild"], None])
    async def test_enter_nothing_else(self, ana: httpx.AsyncClient, fake: FakeServices, ballots: Any) -> None:
        """None, too many, or what is no list of ballots is refused."""
        assert (await ana.post(f"{AT}/paper-ballots", json={"ballots": ballots})).status_code == 422
        assert not fake.done

    async def test_strike(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A batch is taken back with a reason."""
        answer = await ana.put(f"{AT}/paper-ballots/{BATCH}/striking", json={"reason": "twice"})

        assert answer.status_code == 200
        assert fake.done[0][0] == StrikePaperBatch(poll_id=POLL, batch_id=BATCH, reason="twice")


class TestStrangers:
    async def test_read_what_the_public_log_says(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Poll, tally, result, and that paper was entered, are for everybody; nobody asks by name."""
        queries: list[tuple[str, Query[Any], Any]] = [
            (AT, PollOf(poll_id=POLL), DETAILS),
            (f"{AT}/tally", TallyOf(poll_id=POLL), TALLY),
            (f"{AT}/result", ResultOf(poll_id=POLL), RESULT),
            (f"{AT}/paper-ballots", PaperBatchesIn(poll_id=POLL), PaperBatches(items=(), next=None)),
            (
                f"/api/v1/groups/{GROUP}/polls?is_open=true",
                PollsOf(group_id=GROUP, is_open=True),
                Polls(items=(), next=None),
            ),
        ]
        for address, query, view in queries:
            fake.answers(type(query), view)
            answer = await stranger.get(address)
            assert answer.status_code == 200, address
            assert fake.asked.pop() == query

    @pytest.mark.parametrize(
        "method, path",
        [
            ("POST", f"/api/v1/groups/{GROUP}/polls"),
            ("PUT", f"{AT}/ballot"),
            ("GET", f"{AT}/ballot"),
            ("DELETE", f"{AT}/ballot"),
            ("GET", f"{AT}/ballots"),
            ("PUT", f"{AT}/closing"),
            ("POST", f"{AT}/paper-ballots"),
            ("PUT", f"{AT}/paper-ballots/{BATCH}/striking"),
            ("GET", f"{AT}/roll"),
        ],
    )
    async def test_do_nothing_else(
        self, stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str
    ) -> None:
        """Voting, entering, closing, and seeing who is on the roll or voted how, need a member."""
        answer = await stranger.request(method, path, json=None if method in ("GET", "DELETE") else {"choices": []})

        assert answer.status_code == 401
        assert not fake.done
        assert not fake.asked


async def test_members_ask_in_their_own_name(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """What is for members of a group is asked for with the caller's id, a page at a time."""
    fake.answers(BallotsIn, NamedBallots(items=(), next=None))
    fake.answers(RollOf, Roll(poll_id=POLL, voters_count=0, roll_sha256=DIGEST, voters=(), next=None))
    fake.answers(PaperBatchesIn, PaperBatches(items=(), next=None))
    await ana.get(f"{AT}/ballots?limit=20&cursor=abc")
    await ana.get(f"{AT}/roll")
    await ana.get(f"{AT}/paper-ballots")

    assert fake.asked == [
        BallotsIn(poll_id=POLL, asker=ANA, limit=20, cursor="abc"),
        RollOf(poll_id=POLL, asker=ANA),
        PaperBatchesIn(poll_id=POLL, asker=ANA),
    ]


@pytest.mark.parametrize(
    "path", [f"{AT}/ballots?limit=0", f"{AT}/ballots?limit=201", "/api/v1/polls/not-an-id", f"{AT}/result?limit=101"]
)
async def test_bounds(ana: httpx.AsyncClient, fake: FakeServices, path: str) -> None:
    """Ids are ids, and a page has its limits."""
    assert (await ana.get(path)).status_code == 422
    assert not fake.asked
