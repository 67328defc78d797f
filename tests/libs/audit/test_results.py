"""Closing and declaring: at the poll's time, once, and exactly what a recount gives."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, Town, audited, event_at, place, rewritten, rules, with_data

_DIGEST = "0" * 64


class TestADeclaredResult:
    @pytest.mark.parametrize(
        "data",
        [
            {"winners": ["wild"]},
            {"winners": []},
            {"method": "approval"},
            {"closed_position": 3},
            {"seed": _DIGEST},
            {"voters_count": 4},
            {"ballots_count": 7},
            {"paper_ballots_count": 0},
            {"blank_count": 0},
            {"outcome_sha256": _DIGEST},
            {"ballots_sha256": _DIGEST},
            {"rounds_count": 3},
            {"parts_count": 2},
            {"poll_id": str(uuid4())},
        ],
    )
    def test_altered(self, decided: list[bytes], data: dict[str, Any]) -> None:
        """Every single figure is compared, and the difference says both."""
        result = place(decided, "ResultDeclared")
        decided[result] = with_data(decided[result], **data)

        assert set(rules(audited(decided))) & {"result", "result-parts", "no-poll"}

    def test_says_both_figures(self, decided: list[bytes]) -> None:
        """A person reads what was declared and what the ballots give."""
        result = place(decided, "ResultDeclared")
        decided[result] = with_data(decided[result], winners=["wild"], ballots_count=7)
        texts = [difference.text for difference in audited(decided).differences]

        assert texts == [
            "Declared as ballots: 7. The log gives 6.",
            "Declared as elected: wild. The ballots elect orchard.",
        ]

    def test_with_altered_rounds(self, decided: list[bytes]) -> None:
        """A round's figures, who leaves, and the ties are part of a result."""
        rounds = place(decided, "RoundsCounted")
        for change, text in (
            (lambda r: r["counts"].__setitem__(0, 9), "9 for 'orchard'"),
            (lambda r: r["counts"].append(0), "4 options"),
            (lambda r: r.update(exhausted_count=5), "5 exhausted"),
            (lambda r: r.update(eliminated=[2]), "other options leaving"),
        ):
            plain = [round_.model_dump(mode="json") for round_ in event_at(decided, rounds).rounds]
            change(plain[0])  # type: ignore[no-untyped-call]
            altered = [*decided]
            altered[rounds] = with_data(decided[rounds], rounds=plain)

            assert any(text in difference.text for difference in audited(altered).differences)

    def test_by_somebody(self, decided: list[bytes]) -> None:
        """A result follows from the close; no member declares one."""
        result = place(decided, "ResultDeclared")
        decided[result] = rewritten(decided[result], lambda f: f.update(actor=str(ANA)))

        assert rules(audited(decided)) == ["actor"]

    def test_at_another_address(self, decided: list[bytes]) -> None:
        """A poll has one result."""
        result = place(decided, "ResultDeclared")
        decided[result] = rewritten(decided[result], lambda f: f.update(aggregate_id=str(uuid4())))

        assert rules(audited(decided)) == ["address"]

    def test_twice(self, decided: list[bytes]) -> None:
        """The first one stands; a second is named."""
        result = place(decided, "ResultDeclared")
        again = rewritten(decided[result], lambda f: f.update(id=str(uuid4()), version=2))

        assert "declared-twice" in rules(audited([*decided, again]))

    def test_before_the_close(self, decided: list[bytes]) -> None:
        """Nothing is declared of a poll that is open."""
        del decided[place(decided, "PollClosed")]

        assert "not-closed" in rules(audited(decided))

    def test_missing(self, decided: list[bytes]) -> None:
        """A closed poll has a result."""
        del decided[place(decided, "RoundsCounted") :]

        assert rules(audited(decided)) == ["no-result"]

    async def test_by_lot(self, town: Town) -> None:
        """A lot is drawn again from the close's own bytes; a close exchanged for another draws another seed."""
        poll_id = await town.open(options=("orchard", "wild"), allows_paper=False)
        await town.vote(poll_id, ANA, "orchard")
        await town.vote(poll_id, BO, "wild")
        await town.close(poll_id)
        await town.declare(poll_id, Counter([Ballot(("orchard",)), Ballot(("wild",))]))
        entries = await town.entries()
        report = audited(entries)

        assert report.is_clean
        assert report.polls[0].outcome
        assert report.polls[0].outcome.rounds[0].tie
        close = place(entries, "PollClosed")
        entries[close] = rewritten(entries[close], lambda f: f.update(id=str(uuid4())))
        assert any("seed" in difference.text for difference in audited(entries).differences)

    async def test_by_lot_from_the_root(self, town: Town) -> None:
        """A lot is drawn from all that stood in the log at the close: whoever altered any of it drew another."""
        town.seed_from = "root"
        poll_id = await town.open(options=("orchard", "wild"), allows_paper=False)
        await town.vote(poll_id, ANA, "orchard")
        await town.vote(poll_id, BO, "wild")
        await town.close(poll_id)
        await town.declare(poll_id, Counter([Ballot(("orchard",)), Ballot(("wild",))]))
        entries = await town.entries()

        assert audited(entries).is_clean
        formed = place(entries, "ElectorateFormed")
        entries[formed] = rewritten(entries[formed], lambda f: f.update(id=str(uuid4())))
        assert any("seed" in difference.text for difference in audited(entries).differences)

    @pytest.mark.parametrize("method", ["approval", "single"])
    async def test_of_the_other_methods(self, town: Town, method: str) -> None:
        """They have one round, and a tie stands."""
        poll_id = await town.open(method=method, options=("orchard", "wild"))
        await town.vote(poll_id, ANA, "orchard")
        await town.vote(poll_id, BO, "wild")
        await town.vote(poll_id, CY)
        await town.close(poll_id)
        await town.declare(poll_id, Counter([Ballot(("orchard",)), Ballot(("wild",)), Ballot(())]))
        report = audited(await town.entries())

        assert report.is_clean
        assert report.polls[0].outcome
        assert report.polls[0].outcome.winners == ("orchard", "wild")


class TestAClose:
    def test_before_its_time(self, decided: list[bytes]) -> None:
        """Only where the opening allowed it, and then it says so."""
        close = place(decided, "PollClosed")
        early = rewritten(decided[close], lambda f: f.update(decided_at="2030-06-01T11:59:59Z"))

        assert rules(audited([*decided[:close], early])) == ["closing-time", "closing-time", "no-result"]
        early = with_data(early, is_early=True)
        assert rules(audited([*decided[:close], early])) == ["closing-time", "no-result"]
        opened = place(decided, "PollOpened")
        decided[opened] = with_data(decided[opened], may_close_early=True)
        assert rules(audited([*decided[:close], early])) == ["no-result"]

    def test_twice(self, decided: list[bytes]) -> None:
        """The first close is the close."""
        close = place(decided, "PollClosed")
        again = rewritten(decided[close], lambda f: f.update(id=str(uuid4()), version=3))

        assert rules(audited([*decided, again])) == ["closed-twice"]

    def test_of_another_poll(self, decided: list[bytes], poll_id: UUID) -> None:
        """What was not opened cannot be closed."""
        close = place(decided, "PollClosed")
        other = rewritten(decided[close], lambda f: f.update(aggregate_id=str(uuid4()), version=1))

        assert "no-poll" in rules(audited([*decided[:close], other, *decided[close + 1 :]]))
