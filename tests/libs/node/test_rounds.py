"""How a count is told to a person."""

import io
from typing import Any

import pytest
from rich.console import Console

from libs.node.rounds import summary, tell_rounds
from libs.tally import Settings, count


def told(outcome: dict[str, Any], *, width: int = 100) -> str:
    """What a person reads."""
    console = Console(file=io.StringIO(), width=width)
    tell_rounds(outcome, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


NEIGHBOURS = count(
    "ranked",
    ["oak", "elm", "ash", "fir"],
    4 * [["oak"]] + 3 * [["elm", "ash"]] + 2 * [["ash", "elm"]] + [["fir", "ash", "elm"]],
    seed=b"",
).as_plain()


class TestTellRounds:
    def test_every_round_and_who_leaves(self) -> None:
        """A row for each option, a column for each round, and what broke a tie."""
        text = told(NEIGHBOURS)

        assert "1 out" in text
        assert "3 out" in text
        assert "Round 2: elm and ash were level, decided by round 1." in text
        assert text.rstrip().endswith("elm is elected with 6 in the last round against 4 for oak.")

    def test_as_many_rounds_as_fit(self) -> None:
        """On a narrow screen the table goes on below itself."""
        assert told(NEIGHBOURS, width=30).count("exhausted") > 1

    def test_names_are_no_markup(self) -> None:
        """An option with brackets in it is shown as it stands."""
        outcome = count("single", ["[red]", "no"], [["[red]"]], seed=b"").as_plain()

        assert "[red]" in told(outcome)

    def test_votes_of_parts(self) -> None:
        """What is transferred in parts is shown in votes, and who is elected is said where it happens."""
        ballots = 4 * [["oak", "elm"]] + 3 * [["fir"]] + 2 * [["elm"]]
        text = told(count("stv", ["oak", "elm", "fir"], ballots, seed=b"", settings=Settings(seats=2)).as_plain())

        assert "4 elected" in text
        assert text.rstrip().endswith("oak and fir are elected; a seat takes 4.")

    def test_pairs_are_summed_up(self) -> None:
        """Of a comparison pair by pair it is told how many others each beats."""
        text = told(count("schulze", ["oak", "elm", "fir"], [["oak", "elm"], ["oak"]], seed=b"").as_plain())

        assert "beats" in text
        assert "path" not in text
        assert text.rstrip().endswith("oak is elected, and beats 2 of 2 others.")

    def test_halves(self) -> None:
        """A Borda count has halves of points."""
        text = told(count("borda", ["oak", "elm", "fir"], [["oak"]], seed=b"").as_plain())

        assert text.rstrip().endswith("oak is elected with 2 in the last round against 0.5 for fir.")


class TestSummary:
    @pytest.mark.parametrize(
        "ballots, expected",
        [
            ([["a"], ["a"], ["b"]], "a is elected with 2 in the last round against 1 for b."),
            ([["a"], ["b"]], "a and b are level with 1 each; the tie stands."),
            ([[]], "Nobody is elected: no ballot supports anything."),
        ],
    )
    def test_says_who_won(self, ballots: list[list[str]], expected: str) -> None:
        """One, several, or nobody."""
        assert summary(count("single", ["a", "b"], ballots, seed=b"").as_plain()) == expected
