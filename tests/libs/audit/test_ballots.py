"""Ballots of members: one for each voter on the roll, in time, saying what the poll offers."""

from uuid import UUID, uuid4, uuid5

from libs.audit.polls import Poll
from libs.contracts.governance import WithdrawBallot
from tests.libs.audit.conftest import ANA, BO, CY, Town, audited, event_at, place, rewritten, rules, with_data


class TestAnAlteredBallot:
    def test_is_seen_in_the_result(self, decided: list[bytes]) -> None:
        """A choice that was changed gives other figures than were declared."""
        cast = place(decided, "BallotCast")
        decided[cast] = with_data(decided[cast], choices=["wild", "orchard"])
        report = audited(decided)

        assert not report.is_clean
        assert any("'orchard'" in difference.text for difference in report.differences)

    def test_is_seen_where_no_figure_changes(self, decided: list[bytes]) -> None:
        """A rank that no round reaches leaves no trace in the figures; the digest of the ballots shows it."""
        cast = place(decided, "BallotCast")
        decided[cast] = with_data(decided[cast], choices=["orchard", "wild", "playground"])
        [difference] = audited(decided).differences

        assert difference.rule == "result"
        assert "ballots_sha256" in difference.text

    def test_that_says_what_the_poll_does_not_offer(self, decided: list[bytes]) -> None:
        """It is named, and not counted."""
        cast = place(decided, "BallotCast")
        for choices in (["a castle"], ["wild", "wild"]):
            decided[cast] = with_data(decided[cast], choices=choices)

            assert rules(audited(decided))[0] == "ballot"
            assert audited(decided).polls[0].ballots_count == 5


class TestAForgedBallot:
    async def test_of_nobody_on_the_roll(self, town: Town, poll_id: UUID) -> None:
        """Who was not in the group at the opening has no ballot, however well it is forged."""
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        stranger = uuid4()
        forged = with_data(entries[-1], voter=str(stranger))
        address = str(uuid5(poll_id, str(stranger)))
        entries.append(
            rewritten(forged, lambda f: f.update(id=str(uuid4()), actor=str(stranger), aggregate_id=address))
        )
        report = audited(entries)

        assert rules(report) == ["not-on-the-roll"]
        assert report.differences[0].position == len(entries)
        assert report.polls[0].ballots_count == 1

    async def test_second_ballot_at_another_address(self, town: Town, poll_id: UUID) -> None:
        """A voter's ballot has one address; another there is not counted."""
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        entries.append(rewritten(entries[-1], lambda f: f.update(id=str(uuid4()), aggregate_id=str(uuid4()))))

        assert rules(audited(entries)) == ["address"]
        assert audited(entries).polls[0].ballots_count == 1

    async def test_second_ballot_at_the_same_address(self, town: Town, poll_id: UUID) -> None:
        """A voter votes once; what is cast again does not replace what was cast."""
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        entries.append(with_data(rewritten(entries[-1], lambda f: f.update(id=str(uuid4()))), choices=["orchard"]))

        assert rules(audited(entries)) == ["second-ballot"]

    async def test_in_anothers_name(self, town: Town, poll_id: UUID) -> None:
        """The entry's actor is the voter."""
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        entries[-1] = rewritten(entries[-1], lambda f: f.update(actor=str(ANA)))

        assert rules(audited(entries)) == ["actor"]

    async def test_change_of_a_ballot_that_is_not_there(self, town: Town, poll_id: UUID) -> None:
        """What was never cast cannot be replaced, nor withdrawn, nor given a voter that it is not."""
        await town.vote(poll_id, ANA, "wild")
        await town.vote(poll_id, ANA, "orchard")
        entries = await town.entries()
        without_cast = [*entries[:-2], entries[-1]]
        of_nobody = [*entries[:-1], rewritten(entries[-1], lambda f: f.update(actor=str(uuid4())))]

        assert rules(audited(without_cast)) == ["no-ballot"]
        assert rules(audited(of_nobody)) == ["no-ballot"]

    async def test_version_left_out(self, town: Town, poll_id: UUID) -> None:
        """Of a ballot that was changed twice, the first change cannot be left out."""
        for choice in ("wild", "orchard", "playground"):
            await town.vote(poll_id, ANA, choice)
        entries = await town.entries()
        del entries[-2]

        assert rules(audited(entries)) == ["version"]


class TestALateBallot:
    async def test_is_not_counted_and_no_difference(self, decided: list[bytes]) -> None:
        """What stands behind the close counts for nothing; the log decides, and it is told."""
        close, cast, replaced = (place(decided, name) for name in ("PollClosed", "BallotCast", "BallotReplaced"))
        late = [
            rewritten(decided[cast], lambda f: f.update(id=str(uuid4()))),
            rewritten(decided[replaced], lambda f: f.update(id=str(uuid4()))),
        ]
        report = audited([*decided[: close + 1], *decided[close + 1 :], *late])

        assert report.is_clean
        assert report.polls[0].late_positions == (len(decided) + 1, len(decided) + 2)

    async def test_moved_before_the_close_by_its_clock(self, town: Town, poll_id: UUID) -> None:
        """A ballot after the poll's time and before its close counts, and is told."""
        await town.vote(poll_id, ANA, "wild")
        await town.close(poll_id)
        entries = await town.entries()
        cast = place(entries, "BallotCast")
        entries[cast] = rewritten(entries[cast], lambda f: f.update(decided_at="2030-06-01T12:00:00Z"))
        [poll] = audited(entries).polls

        assert poll.ballots_count == 1
        assert "1 ballots were recorded after the poll's time" in poll.notes[0].text


class TestAWithdrawnBallot:
    async def test_counts_for_nothing(self, town: Town, poll_id: UUID) -> None:
        """Not even as a blank one; cast again it counts."""
        for member in (ANA, BO, CY):
            await town.vote(poll_id, member, "wild")
        await town.governance.do(WithdrawBallot(poll_id=poll_id), by=ANA)
        await town.governance.do(WithdrawBallot(poll_id=poll_id), by=BO)
        await town.vote(poll_id, BO)
        await town.close(poll_id)
        [poll] = audited(await town.entries()).polls

        assert poll.outcome
        assert (poll.outcome.ballots_count, poll.outcome.blank_count) == (2, 1)


class TestAnAddress:
    async def test_is_the_uuid_that_everybody_makes(self, town: Town, poll_id: UUID) -> None:
        """The auditor's short way to it is `uuid5` of the standard library."""
        poll = Poll(poll_id, event_at(await town.entries(), -1), 1)

        for voter in ("", "ana", str(uuid4()), "é" * 100):
            assert poll.address(voter) == uuid5(poll_id, voter).bytes
