"""A poll is opened on terms that can be counted, and comes after the polls that it names."""

from collections import Counter
from uuid import UUID

import pytest

from libs.contracts.governance import CancelPoll, CastBallot
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, Town, audited, place, rules, with_data


class TestTerms:
    @pytest.mark.parametrize(
        "terms, rule",
        [
            ({"rules": {"threshold": "absolute"}}, "terms-fit"),
            ({"carry_max": 3}, "terms"),
            ({"takes_delegations": True, "carry_max": -1}, "terms"),
            ({"replaces": str(UUID(int=9))}, "terms"),
            ({"reviews": str(UUID(int=9))}, "terms"),
            ({"remind_at": "2030-06-01T12:00:00Z"}, "terms"),
            ({"remind_at": "2030-06-01T11:00:00Z"}, "terms-fit"),
            ({"key_sha256": "0" * 64}, "poll-key"),
            ({"results": "hidden"}, "poll-key"),
            ({"audience": "group", "key_sha256": "0" * 64}, "sealed"),
        ],
    )
    async def test_are_such_as_governance_settles(self, town: Town, terms: dict[str, object], rule: str) -> None:
        """What could not have been opened is named; what could is not."""
        await town.open()
        entries = await town.entries()
        opened = place(entries, "PollOpened")
        entries[opened] = with_data(entries[opened], terms=terms)

        assert rules(audited(entries)) == ([] if rule == "terms-fit" else [rule])

    @pytest.mark.parametrize(
        "terms", [{"settings": {"score_max": 5}}, {"settings": {"seats": 4}}, {"rules": {"quorum_roll": [0, 1]}}]
    )
    async def test_can_be_counted(self, town: Town, terms: dict[str, object]) -> None:
        """Settings and rules mean something for the method."""
        await town.open()
        entries = await town.entries()
        opened = place(entries, "PollOpened")
        entries[opened] = with_data(entries[opened], method="stv", terms=terms)

        assert rules(audited(entries)) == ["options"]

    async def test_a_poll_replaces_one_that_was_cancelled(self, town: Town, poll_id: UUID) -> None:
        """A mistake is taken back before it is put right, and a result stands before it is reviewed."""
        await town.governance.do(CancelPoll(poll_id=poll_id, reason="An option was missing."), by=ANA)
        await town.open(replaces=poll_id)
        entries = await town.entries()

        assert audited(entries).is_clean
        del entries[place(entries, "PollCancelled")]
        assert rules(audited(entries))[0] == "terms"

    async def test_a_poll_reviews_one_with_a_result(self, town: Town, poll_id: UUID) -> None:
        """A vote is held again once it is known how it ended."""
        await town.vote(poll_id, ANA, "wild")
        await town.close(poll_id)
        await town.declare(poll_id, Counter([Ballot(("wild",))]))
        await town.open()
        entries = await town.entries()
        entries[-1] = with_data(entries[-1], terms={"reviews": str(poll_id)})
        result = place(entries, "ResultDeclared")

        assert audited(entries).is_clean
        assert "terms" in rules(audited([*entries[:result], *entries[result + 1 :]]))


class TestAReason:
    async def test_goes_with_a_block(self, town: Town) -> None:
        """Who blocks says why, and nobody else does; it changes no count."""
        poll_id = await town.open(method="consent", options=(), allows_block=True)
        block = CastBallot(poll_id=poll_id, choices=("block",), reason="Not on my land.")
        await town.governance.do(block, by=ANA)
        await town.vote(poll_id, BO, "yes")
        entries = await town.entries()
        assert audited(entries).is_clean

        one, other = place(entries, "BallotCast"), place(entries, "BallotCast", 1)
        entries[one] = with_data(entries[one], choices=["yes"])
        entries[other] = with_data(entries[other], choices=["block"])
        report = audited(entries)
        assert rules(report) == ["reason", "reason"]
        assert report.polls[0].ballots_count == 2
