import doctest
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from libs.tally import Ballot, InvalidBallot, InvalidPoll, Outcome, count, count_weighted
from libs.tally.methods import COUNTS
from tests.libs.tally.elections import ROOT, SEED, Election, elections, names, table

TREES = ("oak", "elm", "ash")


class TestCount:
    def test_an_invalid_ballot_stops_the_count(self) -> None:
        """No ballot is passed over in silence: a count of invalid ballots is refused whole."""
        with pytest.raises(InvalidBallot, match="no option 'yew'"):
            count("ranked", TREES, [("oak",), ("oak", "yew")], seed=SEED)

    @pytest.mark.parametrize("method, options", [("copeland", TREES), ("single", ()), ("single", ("oak", "oak"))])
    def test_an_invalid_poll_is_not_counted(self, method: str, options: tuple[str, ...]) -> None:
        """What is no poll has no outcome, not even an empty one."""
        with pytest.raises(InvalidPoll):
            count(method, options, [], seed=SEED)

    @pytest.mark.parametrize("number", [-1, 1.0, True, "1"])
    def test_ballots_are_counted_in_whole_numbers(self, number: Any) -> None:
        """A ballot was cast 0, 1, 2, … times; anything else is refused."""
        with pytest.raises(InvalidBallot, match="cannot have been cast"):
            count_weighted("single", TREES, {Ballot(("oak",)): number}, seed=SEED)

    def test_lists_are_ballots_too(self) -> None:
        """What comes from JSON is counted as it is."""
        from_json = count("ranked", list(TREES), [["oak"], ["oak", "elm"]], seed=SEED)

        assert from_json == count("ranked", TREES, [("oak",), ("oak", "elm")], seed=SEED)


class TestFairness:
    @given(elections(*COUNTS), st.data())
    def test_voters_are_alike(self, election: Election, data: st.DataObject) -> None:
        """Whose ballot it is changes nothing: in any order they have the same outcome, lots included."""
        shuffled = election._replace(ballots=tuple(data.draw(st.permutations(election.ballots))))

        assert shuffled.outcome() == election.outcome()

    @given(elections(*COUNTS))
    def test_a_pile_is_its_ballots(self, election: Election) -> None:
        """Counting distinct ballots with their numbers is counting them one by one."""
        method, options, ballots, settings = election

        piled = count_weighted(method, options, Counter(ballots), seed=SEED, settings=settings)

        assert piled == election.outcome()


class TestNeutrality:
    @given(elections(*COUNTS))
    def test_names_do_not_matter(self, election: Election) -> None:
        """Options under other names have the same outcome, as long as no lot is drawn from the names."""
        outcome = election.outcome()
        assume(election.method != "consent" and not any(round_.tie and round_.tie.seed for round_ in outcome.rounds))

        renamed = election._replace(
            options=_other_names(election.options),
            ballots=tuple(ballot._replace(choices=_other_names(ballot.choices)) for ballot in election.ballots),
        )

        assert renamed.outcome() == replace(outcome, options=renamed.options, winners=_other_names(outcome.winners))

    @given(elections(*COUNTS), st.data())
    def test_the_order_of_options_does_not_matter(self, election: Election, data: st.DataObject) -> None:
        """Nobody gains by standing first on the ballot paper, not even in a lot."""
        reordered = election.reordered(data.draw(st.permutations(election.options)))

        here, there = _by_name(election.outcome()), _by_name(reordered.outcome())

        assert here == there


def _other_names(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"another {option}" for option in options)


def _by_name(outcome: Outcome) -> Any:
    """All that an outcome says, with names for places; the rows of a matrix in the order of their names."""
    rows = []
    for round_, counts in zip(outcome.rounds, table(outcome), strict=True):
        word, _, place = round_.label.partition(" ")
        is_of_one = word in ("preferred", "path", "surplus", "exclusion")
        label = f"{word} {outcome.options[int(place)]}" if is_of_one else round_.label
        level = round_.tie and (set(names(outcome, round_.tie.options)), round_.tie.broken_by, round_.tie.seed)
        gone = set(names(outcome, round_.eliminated)), set(names(outcome, round_.elected))
        rows.append((label, counts, round_.exhausted_count, gone, level))
    if outcome.method == "schulze":
        rows.sort(key=lambda row: row[0])
    ranking = [set(names(outcome, places)) for places in outcome.ranking]
    return rows, set(outcome.winners), ranking, outcome.quota, outcome.ballots_count, outcome.blank_count


def test_the_documentation_counts_right() -> None:
    """Every example in docs/METHODS.md is run: its figures are what the code counts."""
    tried = doctest.testfile(str(ROOT / "docs/METHODS.md"), module_relative=False)

    assert tried.attempted > 50
    assert tried.failed == 0
