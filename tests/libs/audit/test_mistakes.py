"""Mistakes are taken back in the open, and what people object to is told."""

from collections import Counter
from uuid import UUID, uuid4

from libs.contracts.governance import CancelPoll, DisputeRoll
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, Town, audited, place, rewritten, rules


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
        assert poll.notes == ("The poll was cancelled: An option was missing.",)

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
        assert report.polls[0].notes == ("The roll is disputed: Two of us are missing.",)


class TestAnObjection:
    async def test_of_nobody_on_the_roll(self, decided: list[bytes], poll_id: UUID) -> None:
        """Who objects may vote in the poll; a recount answers an objection, and gives what ours gives."""
        result = place(decided, "ResultDeclared")
        stranger = str(uuid4())
        data = {"poll_id": str(poll_id), "objector": stranger, "reason": "No.", "remedy": "recount"}
        objection = rewritten(
            decided[result],
            lambda f: f.update(
                id=str(uuid4()), actor=stranger, name="ObjectionRaised", aggregate_id=str(UUID(int=8)), data=data
            ),
        )
        digest = {"outcome_sha256": "0" * 64, "ballots_sha256": "0" * 64, "agrees": True}
        recounted = rewritten(
            objection, lambda f: f.update(id=str(uuid4()), name="ResultRecounted", version=2, data=digest)
        )

        assert rules(audited([*decided, objection, recounted])) == ["not-on-the-roll", "result"]
        assert "no-objection" in rules(audited([*decided, recounted]))
