"""Ballots that are put into the books many at once: found is what would be found of each by itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from libs.audit import Replay, Report
from tests.libs.audit.conftest import ANA, BO, CY, Town, place, rewritten, with_data


def audited_at_once(entries: list[bytes], number: int) -> Report:
    """What an audit finds that puts so many ballots into the books at once."""
    replay = Replay(at_once_max=number)
    replay.read(entries)
    return replay.report()


def anew(entry: bytes, **fields: Any) -> bytes:
    """*entry* under an id of its own, with other *fields*."""
    return rewritten(entry, lambda found: found.update(id=str(uuid4()), **fields))


@pytest.fixture
async def votes(town: Town, poll_id: UUID) -> list[bytes]:
    """A poll in which everybody has voted, and one has voted anew."""
    await town.vote(poll_id, ANA, "wild")
    await town.vote(poll_id, BO, "playground")
    await town.vote(poll_id, CY)
    await town.vote(poll_id, BO, "orchard")
    return await town.entries()


class TestManyAtOnce:
    @pytest.mark.parametrize("number", [1, 2, 10_000])
    @pytest.mark.parametrize(
        "tamper",
        [
            lambda *_: None,
            lambda entries, cast: entries.insert(cast + 1, entries[cast]),
            lambda entries, cast: entries.insert(cast + 1, anew(entries[cast])),
            lambda entries, cast: entries.append(anew(entries[cast])),
            lambda entries, cast: entries.insert(cast + 1, with_data(anew(entries[cast]), choices=["orchard"])),
            lambda entries, cast: entries.insert(cast, anew(entries[cast], version=2)),
            lambda entries, cast: entries.insert(cast, anew(entries[cast], group_id=str(uuid4()))),
            lambda entries, cast: entries.insert(cast, anew(entries[cast], aggregate_id=str(uuid4()))),
            lambda entries, cast: entries.insert(cast, with_data(entries[cast], poll_id=str(uuid4()))),
            lambda entries, cast: entries.insert(cast, with_data(anew(entries[cast]), choices=["a castle"])),
            lambda entries, cast: entries.insert(cast, with_data(anew(entries[cast]), choices=["wild", "wild"])),
            lambda entries, cast: entries.insert(cast, anew(entries[cast], decided_at="2030-06-01T12:00:00Z")),
            lambda entries, cast: entries.insert(0, entries[cast]),
            lambda entries, _: entries.reverse(),
        ],
    )
    def test_and_each_by_itself(
        self, votes: list[bytes], tamper: Callable[[list[bytes], int], None], number: int
    ) -> None:
        """Whatever was tampered with, every difference is found, in the same words, and the same ballots count."""
        tamper(votes, place(votes, "BallotCast"))

        assert audited_at_once(votes, number) == audited_at_once(votes, 0)

    def test_of_somebody_who_may_not_vote(self, votes: list[bytes], poll_id: UUID) -> None:
        """Among ballots that count, one that does not is found, and alone not counted."""
        cast, stranger = place(votes, "BallotCast"), str(uuid4())
        forged = anew(votes[cast], actor=stranger, aggregate_id=str(uuid5(poll_id, stranger)))
        votes.insert(cast, with_data(forged, voter=stranger))
        report = audited_at_once(votes, 100)

        assert report == audited_at_once(votes, 0)
        assert [(each.position, each.rule) for each in report.differences] == [(cast + 1, "not-on-the-roll")]
        assert report.polls[0].ballots_count == 3

    def test_in_two_polls(self, town: Town, votes: list[bytes], poll_id: UUID) -> None:
        """A ballot copied into another poll is one of nobody there."""
        cast = place(votes, "BallotCast")
        opened = place(votes, "PollOpened")
        other = UUID(int=5)
        second = anew(votes[opened], aggregate_id=str(other))
        votes[opened + 1 : opened + 1] = [second]
        copied = with_data(anew(votes[cast + 1]), poll_id=str(other))
        votes.append(copied)
        report = audited_at_once(votes, 100)

        assert report == audited_at_once(votes, 0)
        assert report.differences[-1].rule == "address"
