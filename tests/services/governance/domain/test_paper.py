"""Ballots on paper, with marks."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from libs.eventlog.codec import encode
from libs.eventlog.log import New
from libs.service.aggregates import to_contract
from libs.tally import Ballot
from services.governance.domain import paper
from services.governance.domain.keys import PollKeys

POLL, BATCH = UUID(int=1), UUID(int=2)


class TestSplit:
    def test_keeps_marks_with_their_ballots(self) -> None:
        """Each ballot has its row of marks, a blank one an empty row, in whatever part it lies."""
        ballots = [Ballot((f"{n}" * 2000, "wild"), (5, 0)) if n % 3 else Ballot(()) for n in range(30)]
        parts = paper.split(POLL, BATCH, ballots)

        assert len(parts) > 1
        assert [Ballot(*each) for part in parts for each in zip(part.ballots, part.marks, strict=True)] == ballots

    def test_has_no_marks_where_no_ballot_has(self) -> None:
        """What a method does not ask for is not there."""
        (part,) = paper.split(POLL, BATCH, [Ballot(("wild",)), Ballot(())])

        assert part.marks == ()

    def test_fits_into_entries_that_are_sealed(self) -> None:
        """Sealed entries are longer; the longest part is still one."""
        ballots = [Ballot(tuple(f"{n}-{m}" + "é" * 30 for m in range(100)), tuple(range(100))) for n in range(50)]
        for part in paper.split(POLL, BATCH, ballots):
            (event,) = part.collect_events()
            now = datetime(2030, 6, 1, tzinfo=UTC)
            new = New(to_contract(event), part.id, 1, 0, actor="x" * 36, id=uuid4(), decided_at=now, group_id=POLL)
            encode(New(**{name: getattr(new, name) for name in New.__slots__} | {"key_id": POLL}), PollKeys(b"key"))
