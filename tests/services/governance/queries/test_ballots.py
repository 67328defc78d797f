"""Ballots as their voters and their groups read them, and the keys that open them in the log."""

import hashlib
import json

import pytest

from libs.contracts.governance import (
    BallotCast,
    BallotEntry,
    BallotsIn,
    CastBallot,
    DelegateInGroup,
    GovernanceDataOf,
    GroupKeyOf,
    NameAuditor,
    OwnBallotIn,
    PollKeyOf,
    PollOpened,
    SetCustoms,
    WithdrawBallot,
)
from libs.errors import NotFound
from libs.eventlog.sealing import open_sealed
from services.governance.domain.electorate import NotAMember
from services.governance.queries.ballots import HISTORY_MAX, ResultsAreHidden
from tests.services.governance.conftest import ANA, BO, CY, GROUP, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


class TestHistory:
    async def test_says_which_one_counts(self, house: Readers) -> None:
        """Replaced ballots are shown as replaced, in the order of the log; one counts."""
        poll_id = await house.decided.open(method="single")
        first = await house.cast(poll_id, BO, "wild")
        second = await house.cast(poll_id, BO, "orchard")
        own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))

        assert own.position == second.position
        assert own.history == (
            BallotEntry(choices=("wild",), position=first.position, counts=False),
            BallotEntry(choices=("orchard",), position=second.position, counts=True),
        )

    async def test_of_a_ballot_that_was_taken_back(self, house: Readers) -> None:
        """None of its entries counts."""
        poll_id = await house.decided.open(method="single")
        await house.cast(poll_id, BO, "wild")
        await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
        own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))

        assert [(entry.choices, entry.counts) for entry in own.history] == [(("wild",), False), (None, False)]

    async def test_has_marks_and_reasons(self, house: Readers) -> None:
        """What was said is shown whole."""
        poll_id = await house.decided.open(method="consent", options=(), allows_block=True)
        await house.decided.do(CastBallot(poll_id=poll_id, choices=("block",), reason="No water."), by=BO)
        score = await house.decided.open(method="score", settings={"score_max": 5})
        await house.decided.do(CastBallot(poll_id=score, choices=("wild",), marks=(4,)), by=BO)

        assert (await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))).reason == "No water."
        assert (await house.ask(OwnBallotIn(poll_id=score, asker=BO))).marks == (4,)
        assert (await house.ask(BallotsIn(poll_id=poll_id, asker=CY))).items[0].reason == "No water."
        assert (await house.ask(BallotsIn(poll_id=score, asker=CY))).items[0].marks == (4,)

    async def test_is_bounded(self, house: Readers) -> None:
        """However often somebody changes a long ballot, an answer stays below what NATS carries."""
        options = tuple(f"{n:03}" + "x" * 90 for n in range(480))
        poll_id = await house.decided.open(options=options, method="approval")
        for n in range(12):
            await house.cast(poll_id, BO, *options[n:])
        own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))

        assert len(own.model_dump_json()) < 900_000
        assert own.history[-1].choices == options[11:]
        assert own.history[-1].counts

    async def test_is_left_out_of_own_data_that_would_be_too_long(self, house: Readers) -> None:
        """Every ballot of one's own is there; what the long ones said before stands in the log and with each poll."""
        options = tuple(f"{n:03}" + "x" * 90 for n in range(480))
        for _ in range(2):
            poll_id = await house.decided.open(options=options, method="approval")
            for n in range(8):
                await house.cast(poll_id, BO, *options[n:])
        own = await house.ask(GovernanceDataOf(member_id=BO))

        assert len(own.model_dump_json()) < 900_000
        assert [ballot.choices for ballot in own.ballots] == [options[7:]] * 2
        assert [len(ballot.history) for ballot in own.ballots] == [8, 0]

    async def test_names_its_newest(self, house: Readers) -> None:
        """The list of ballots says where the log has what each said before, as far back as is shown."""
        poll_id = await house.decided.open(method="single")
        entries = [await house.cast(poll_id, BO, ("wild", "orchard")[n % 2]) for n in range(HISTORY_MAX + 5)]
        await house.cast(poll_id, CY, "wild")
        named = {ballot.member_id: ballot for ballot in (await house.ask(BallotsIn(poll_id=poll_id, asker=ANA))).items}

        assert named[CY].replaced == ()
        assert named[BO].position == entries[-1].position
        assert named[BO].replaced == tuple(entry.position for entry in entries[4:-1])
        assert len((await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))).history) == HISTORY_MAX


class TestKey:
    async def test_opens_what_the_log_has(self, house: Readers) -> None:
        """A member's own recount needs the key and the log; the opening committed to the key."""
        poll_id = await house.decided.open(method="single", audience="group")
        entry = await house.cast(poll_id, BO, "wild")
        key = await house.ask(PollKeyOf(poll_id=poll_id, asker=CY))

        (opened,) = await house.decided.events(PollOpened)
        assert isinstance(opened, PollOpened)
        assert hashlib.sha256(bytes.fromhex(key.key)).hexdigest() == key.key_sha256 == opened.terms.key_sha256
        assert b"wild" not in entry.entry
        plain = open_sealed(
            json.loads(entry.entry)["data"]["sealed"],
            bytes.fromhex(key.key),
            name="BallotCast",
            aggregate_id=entry.aggregate_id,
            version=1,
        )
        assert BallotCast.model_validate(plain) == entry.event

    @pytest.mark.parametrize("audience", ["everyone", "group"])
    async def test_of_hidden_results_waits_for_the_close(self, house: Readers, audience: str) -> None:
        """Nobody has it before, no member, no auditor, and not the steward."""
        poll_id = await house.decided.open(method="single", results="hidden", audience=audience)
        if audience == "group":
            await house.decided.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)
        for asker in (ANA, BO, STRANGER):
            with pytest.raises(ResultsAreHidden):
                await house.ask(PollKeyOf(poll_id=poll_id, asker=asker))
        await house.close(poll_id)

        for asker in (ANA, BO, STRANGER):
            assert (await house.ask(PollKeyOf(poll_id=poll_id, asker=asker))).key

    async def test_of_a_group_is_its_members(self, house: Readers) -> None:
        """It opens the delegations that the group keeps to itself; nobody else has it."""
        await house.decided.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
        await house.decided.do(DelegateInGroup(group_id=GROUP, member_id=BO), by=ANA)
        entry = (await house.decided.entries())[-1]
        await house.level()
        key = await house.ask(GroupKeyOf(group_id=GROUP, asker=CY))

        plain = open_sealed(
            json.loads(entry.entry)["data"]["sealed"],
            bytes.fromhex(key.key),
            name=entry.name,
            aggregate_id=entry.aggregate_id,
            version=entry.version,
        )
        assert plain["scope"] == "group"
        with pytest.raises(NotAMember):
            await house.ask(GroupKeyOf(group_id=GROUP, asker=STRANGER))

    async def test_there_is_none_where_nothing_is_sealed(self, house: Readers) -> None:
        """A poll that everybody may read at any time has no key."""
        with pytest.raises(NotFound, match="no key"):
            await house.ask(PollKeyOf(poll_id=await house.decided.open(), asker=ANA))
