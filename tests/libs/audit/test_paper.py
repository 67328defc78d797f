"""Ballots on paper: whole batches, allowed, in a steward's name, struck before the close or not at all."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import PAPER_BALLOTS_MAX, StrikePaperBatch
from tests.libs.audit.conftest import ANA, Town, audited, place, rewritten, rules, with_data


class TestABatch:
    async def test_struck_counts_for_nothing(self, town: Town, poll_id: UUID) -> None:
        """And another that was not struck counts."""
        struck = await town.enter(poll_id, ("wild",), ("wild",))
        await town.enter(poll_id, ("orchard",))
        await town.governance.do(StrikePaperBatch(poll_id=poll_id, batch_id=struck, reason="Twice."), by=ANA)
        await town.close(poll_id)
        [poll] = audited(await town.entries()).polls

        assert poll.outcome
        assert poll.outcome.winners == ("orchard",)
        assert (poll.ballots_count, poll.paper_ballots_count) == (1, 1)

    async def test_of_several_parts(self, town: Town) -> None:
        """Long ballots make more than one entry; all of them count, or none."""
        options = tuple(f"{number:03} {'x' * 190}" for number in range(50))
        poll_id = await town.open(options=options)
        await town.enter(poll_id, *[options] * 20)
        entries = await town.entries()

        assert audited(entries).is_clean
        assert audited(entries).polls[0].paper_ballots_count == 20
        del entries[place(entries, "PaperBallotsEntered", 1)]
        assert "paper-parts" in rules(audited(entries))

    def test_altered(self, decided: list[bytes]) -> None:
        """One stored ballot changed, and the audit says so."""
        part = place(decided, "PaperBallotsEntered")
        decided[part] = with_data(decided[part], ballots=[["orchard", "playground"], [], ["wild"]])

        assert set(rules(audited(decided))) == {"result"}

    @pytest.mark.parametrize(
        "name, data, rule",
        [
            ("PaperBallotsEntered", {"ballots": [["orchard"]]}, "paper-parts"),
            ("PaperBallotsEntered", {"ballots": [["a castle"], [], []]}, "ballot"),
            ("PaperBallotsEntered", {"part": 1}, "paper-parts"),
            ("PaperBallotsEntered", {"poll_id": str(uuid4())}, "paper-parts"),
            ("PaperBallotsEntered", {"batch_id": str(uuid4())}, "part-alone"),
            ("PaperBatchEntered", {"ballots_count": 4}, "paper-parts"),
            ("PaperBatchEntered", {"ballots_count": PAPER_BALLOTS_MAX + 1}, "paper-parts"),
            ("PaperBatchEntered", {"parts_count": 2}, "paper-parts"),
            ("PaperBatchEntered", {"poll_id": str(uuid4())}, "no-poll"),
            ("PollOpened", {"allows_paper": False}, "paper-not-allowed"),
        ],
    )
    def test_tampered_with(self, decided: list[bytes], name: str, data: dict[str, Any], rule: str) -> None:
        """A batch says how many ballots it holds, in how many parts, of which poll; and the poll allows paper."""
        nth = place(decided, name)
        decided[nth] = with_data(decided[nth], **data)

        assert rule in rules(audited(decided))

    @pytest.mark.parametrize("actor", ["governance", "3f6e2a0c-5b1d-4c9e-8f7a-0d2b4c6e8f10", ""])
    def test_is_in_one_stewards_name(self, decided: list[bytes], actor: str) -> None:
        """Somebody vouches for it: the same member in every entry of the batch."""
        batch = place(decided, "PaperBatchEntered")
        decided[batch] = rewritten(decided[batch], lambda f: f.update(actor=actor))

        assert rules(audited(decided)) == ["actor"]

    def test_twice(self, decided: list[bytes]) -> None:
        """A batch entered again is counted once."""
        batch = place(decided, "PaperBatchEntered")
        decided.insert(batch + 1, rewritten(decided[batch], lambda f: f.update(id=str(uuid4()), version=2)))

        assert "batch-twice" in rules(audited(decided))

    def test_late(self, decided: list[bytes]) -> None:
        """Entered or struck behind the close it changes nothing, and is told."""
        batch = place(decided, "PaperBatchEntered")
        late = rewritten(
            decided[batch],
            lambda f: f.update(id=str(uuid4()), version=2, name="PaperBatchStruck", data={"reason": "Too late."}),
        )
        report = audited([*decided, late])

        assert report.is_clean
        assert report.polls[0].late_positions == (len(decided) + 1,)

    def test_struck_and_never_entered(self, decided: list[bytes]) -> None:
        """What is not there cannot be taken back."""
        batch = place(decided, "PaperBatchEntered")
        struck = {"name": "PaperBatchStruck", "data": {"reason": "Gone."}, "aggregate_id": str(uuid4())}
        decided.insert(batch, rewritten(decided[batch], lambda f: f.update(id=str(uuid4()), **struck)))

        assert "no-batch" in rules(audited(decided))
