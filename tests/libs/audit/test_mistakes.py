"""Mistakes are taken back in the open, and what people object to is told."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID, uuid4, uuid5

import orjson
import pytest

from libs.contracts.base import Event
from libs.contracts.governance import (
    AuditorNamed,
    CancelPoll,
    DisputeRoll,
    ObjectionRaised,
    RaiseObjection,
    RemindVoters,
    ResultRecounted,
    ReviewPlanned,
    ReviewVoteOpened,
    SetCustoms,
    TaskAgreed,
    TaskMoved,
)
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, GROUP, NOON, Town, audited, place, rewritten, rules
from tests.services.governance.readers import readers_of


class TestACancelledPoll:
    async def test_counts_nothing(self, town: Town, poll_id: UUID) -> None:
        """It has no result, and need not have one; a ballot behind it is late."""
        await town.vote(poll_id, ANA, "wild")
        await town.vote(poll_id, BO, "wild")
        await town.governance.do(CancelPoll(poll_id=poll_id, reason="An option was missing."), by=ANA)
        entries = await town.entries()
        late = entries.pop(place(entries, "BallotCast", 1))
        report = audited([*entries, late])

        assert report.is_clean
        [poll] = report.polls
        assert poll.cancelled_position == len(entries)
        assert poll.late_positions == (len(entries) + 1,)
        assert poll.outcome is None
        assert [note.text for note in poll.notes] == ["The poll was cancelled: An option was missing."]

    async def test_has_no_result(self, town: Town, poll_id: UUID) -> None:
        """Whoever counts it all the same is found out."""
        await town.vote(poll_id, ANA, "wild")
        await town.close(poll_id)
        await town.declare(poll_id, Counter([Ballot(("wild",))]))
        entries = await town.entries()
        close = place(entries, "PollClosed")
        fields = {"id": str(uuid4()), "name": "PollCancelled", "data": {"reason": "An option was missing."}}
        cancelled = rewritten(entries[close], lambda found: found.update(fields))

        assert rules(audited([*entries[:close], cancelled, *entries[close:]])).count("cancelled") == 2
        assert "cancelled" in rules(audited([*entries, cancelled]))


class TestADispute:
    async def test_is_told(self, town: Town, poll_id: UUID) -> None:
        """It changes nothing, and stands beside the result."""
        await town.governance.do(DisputeRoll(poll_id=poll_id, reason="Two of us are missing."), by=BO)
        report = audited(await town.entries())

        assert report.is_clean
        assert [note.text for note in report.polls[0].notes] == ["The roll is disputed: Two of us are missing."]


class TestAnObjection:
    async def test_of_nobody_on_the_roll(self, decided: list[bytes], poll_id: UUID) -> None:
        """Who objects may vote in the poll; a recount answers an objection, and gives what ours gives."""
        result = place(decided, "ResultDeclared")
        stranger = str(uuid4())
        own = str(uuid5(poll_id, f"objection {stranger} recount"))
        data = {"poll_id": str(poll_id), "objector": stranger, "reason": "No.", "remedy": "recount"}
        objection = rewritten(
            decided[result],
            lambda f: f.update(
                id=str(uuid4()),
                actor=stranger,
                name="ObjectionRaised",
                aggregate_id=own,
                data=data,
            ),
        )
        digest = {"outcome_sha256": "0" * 64, "ballots_sha256": "0" * 64, "agrees": True}
        recounted = rewritten(
            objection, lambda f: f.update(id=str(uuid4()), name="ResultRecounted", version=2, data=digest)
        )

        assert rules(audited([*decided, objection, recounted])) == ["not-on-the-roll", "result", "result"]
        assert "no-objection" in rules(audited([*decided, recounted]))

    async def test_that_is_answered(self, town: Town, decided: list[bytes], poll_id: UUID) -> None:
        """A recount that agrees says the declared digests, and a new vote reviews the one objected to."""
        voter, result = town.governance.voter(poll_id, BO), decided[-1]
        raised = ObjectionRaised(poll_id=poll_id, objector=voter, reason="No.", remedy="recount")
        place_of = uuid5(poll_id, f"objection {voter} recount")
        data = orjson.loads(result)["data"]
        digests = {name: data[name] for name in ("outcome_sha256", "ballots_sha256")}
        objection = entry(raised, place_of, actor=voter)

        def answered(*events: Event) -> list[str]:
            answers = [entry(each, place_of, nth, actor="governance") for nth, each in enumerate(events, 2)]
            return rules(audited([*decided, objection, *answers]))

        assert answered(ResultRecounted(**digests, agrees=True)) == []
        assert answered(ResultRecounted(**digests, agrees=False)) == ["result"]
        assert answered(ReviewVoteOpened(review_poll_id=poll_id)) == ["follow-up"]
        early = entry(raised, place_of, actor=voter)
        assert "follow-up" in rules(audited([*decided[:-1], early, result]))
        elsewhere = entry(raised, uuid4(), actor=voter)
        assert rules(audited([*decided, elsewhere])) == ["address"]

    @pytest.mark.postgres
    @pytest.mark.parametrize("results", ["running", "hidden"])
    async def test_that_opens_another_vote_is_clean(self, town: Town, database: str, results: str) -> None:
        """The same question on the same terms, in one batch with the objection; if hidden, with a key of its own."""
        async with readers_of(town.governance, database):
            poll_id = await town.open(results=results)
            await town.vote(poll_id, ANA, "wild")
            await town.close(poll_id)
            await town.declare(poll_id, Counter([Ballot(("wild",))]))
            objection = RaiseObjection(poll_id=poll_id, reason="Too few knew.", remedy="review")
            await town.governance.do(objection, by=BO)
        report = audited(await town.entries())

        assert report.is_clean
        assert len(report.polls) == 2
        assert [note.text for note in report.polls[0].notes] == ["The result is objected to (review): Too few knew."]

    @pytest.mark.postgres
    async def test_comes_in_time(self, town: Town, database: str) -> None:
        """The days are those of the group's customs when the result was declared."""
        async with readers_of(town.governance, database):
            await town.governance.do(SetCustoms(group_id=GROUP, objection_days=2), by=ANA)
            poll_id = await town.open()
            await town.vote(poll_id, ANA, "wild")
            await town.close(poll_id)
            await town.declare(poll_id, Counter([Ballot(("wild",))]))
            await town.governance.do(RaiseObjection(poll_id=poll_id, reason="No.", remedy="recount"), by=BO)
        entries = await town.entries()
        assert audited(entries).is_clean

        late = rewritten(entries[-1], lambda f: f.update(decided_at="2030-06-05T12:00:00Z"))
        assert rules(audited([*entries[:-1], late])) == ["follow-up"]

    @pytest.mark.postgres
    async def test_opens_one_vote_again(self, town: Town, database: str) -> None:
        """Not a second while the first stands, and none on the result of such a vote."""
        async with readers_of(town.governance, database):
            poll_id = await town.open()
            await town.vote(poll_id, ANA, "wild")
            await town.close(poll_id)
            await town.declare(poll_id, Counter([Ballot(("wild",))]))
            await town.governance.do(RaiseObjection(poll_id=poll_id, reason="No.", remedy="review"), by=BO)
        entries = await town.entries()
        assert audited(entries).is_clean

        opened = [nth for nth, each in enumerate(entries) if b'"name":"PollOpened"' in each][-1]
        other = uuid4()
        again = rewritten(entries[opened], lambda f: f.update(id=str(uuid4()), aggregate_id=str(other)))
        raised = place(entries, "ObjectionRaised")
        voter = orjson.loads(entries[raised])["data"]["objector"]
        objection = uuid5(poll_id, f"objection {voter} review")
        second = entry(ReviewVoteOpened(review_poll_id=other), objection, 3, actor=voter)
        assert "follow-up" in rules(audited([*entries, again, second]))


class TestWhatFollows:
    async def test_follows_from_a_result(self, decided: list[bytes], poll_id: UUID) -> None:
        """Tasks and reviews are of what was decided."""
        task = TaskAgreed(poll_id=poll_id, group_id=GROUP, what="Order the trees.", elector=None, due_on=None)
        moved = TaskMoved(state="done", elector=None, due_on=None)
        task_id, result_id = uuid4(), uuid5(poll_id, "result")
        agreed, done = entry(task, task_id), entry(moved, task_id, 2)
        review = entry(ReviewPlanned(review_on=date(2031, 6, 1)), result_id, 2)

        assert audited([*decided, agreed, done, review]).is_clean
        assert "follow-up" in rules(audited([*decided[:-1], agreed]))
        assert "beginning" in rules(audited([*decided, entry(moved, task_id)]))
        assert rules(audited([*decided, entry(ReviewPlanned(review_on=date(2031, 6, 1)), uuid4())])) == ["beginning"]


class TestAReminder:
    async def test_comes_once_and_in_time(self, town: Town) -> None:
        """Voters are reminded when the opening says so, and not again."""
        poll_id = await town.open(remind_at=NOON - timedelta(hours=1))
        town.governance.now = NOON - timedelta(minutes=30)
        await town.governance.do(RemindVoters(poll_id=poll_id))
        entries = await town.entries()
        assert audited(entries).is_clean

        again = rewritten(entries[-1], lambda f: f.update(id=str(uuid4()), version=3))
        early = rewritten(entries[-1], lambda f: f.update(decided_at="2030-06-01T10:00:00Z"))
        assert rules(audited([*entries, again])) == ["reminded"]
        assert rules(audited([*entries[:-1], early])) == ["reminded"]

    async def test_auditors_are_named_where_not_everybody_reads(self, town: Town, poll_id: UUID) -> None:
        """A poll for everybody has none."""
        named = entry(AuditorNamed(auditor_id=BO), poll_id, 2)

        assert rules(audited([*await town.entries(), named])) == ["auditor"]


def entry(event: Event, aggregate_id: UUID, version: int = 1, *, actor: object = ANA) -> bytes:
    """An entry of the group."""
    return encode(New(event, aggregate_id, version, 0, str(actor), uuid4(), NOON, GROUP))
