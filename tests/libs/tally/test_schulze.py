from collections import Counter
from itertools import groupby
from random import Random

import pytest
from hypothesis import assume, given
from schulze_condorcet import schulze_evaluate
from votelib.convert import RankedToCondorcetVotes
from votelib.evaluate.condorcet import Schulze, pairwise_wins

from libs.tally import Ballot, Outcome, Tie, count, count_weighted
from tests.libs.tally.elections import SEED, Election, drawn, elections, minneapolis_2013, names, table, weighted

TREES = ("oak", "elm", "ash")


def matrix(outcome: Outcome, label: str) -> dict[tuple[str, str], int]:
    """The rows of one label, as a figure for each pair of options."""
    return {
        (outcome.options[int(round_.label.split()[1])], other): number
        for round_, counts in zip(outcome.rounds, table(outcome), strict=True)
        if round_.label.startswith(label)
        for other, number in counts.items()
    }


class TestPreferences:
    def test_pairs_are_counted(self) -> None:
        """A ballot prefers what it ranks to all behind it, and to all that it does not rank."""
        outcome = count_weighted("schulze", TREES, weighted((3, "oak elm ash"), (2, "elm"), (1, "")), seed=SEED)

        assert matrix(outcome, "preferred") == {
            ("oak", "elm"): 3,
            ("oak", "ash"): 3,
            ("elm", "oak"): 2,
            ("elm", "ash"): 5,
            ("ash", "oak"): 0,
            ("ash", "elm"): 0,
        }

    def test_level_options_are_not_preferred(self) -> None:
        """Options of the same rank are before one another for nobody; nor are two that are not ranked."""
        outcome = count_weighted("schulze", TREES, weighted((1, "oak:1 elm:1 ash:2"), (1, "ash")), seed=SEED)

        pairs = matrix(outcome, "preferred")
        assert (pairs["oak", "elm"], pairs["elm", "oak"]) == (0, 0)
        assert (pairs["oak", "ash"], pairs["ash", "oak"]) == (1, 1)

    @given(elections("schulze"))
    def test_agrees_with_comparing_pairs(self, election: Election) -> None:
        """The figures are those of asking every ballot about every pair."""
        pairs: Counter[tuple[str, str]] = Counter()
        for ballot in election.ballots:
            ranks = dict(zip(ballot.choices, ballot.marks or range(len(ballot.choices)), strict=True))
            for one, rank in ranks.items():
                for other in election.options:
                    pairs[one, other] += rank < ranks.get(other, 999)

        found = matrix(election.outcome(), "preferred")

        assert found == {pair: pairs[pair] for pair in found}


class TestPaths:
    def test_the_published_example(self) -> None:
        """45 voters and five options, as Schulze himself shows his method: E is first, then A, C, B, D."""
        outcome = count_weighted(
            "schulze",
            "ABCDE",
            weighted(
                *((5, "A C B E D"), (5, "A D E C B"), (8, "B E D A C"), (3, "C A B E D")),
                *((7, "C A E B D"), (2, "C B A D E"), (7, "D C E B A"), (8, "E B A D C")),
            ),
            seed=SEED,
        )

        assert [names(outcome, places) for places in outcome.ranking] == [["E"], ["A"], ["C"], ["B"], ["D"]]
        paths = matrix(outcome, "path")
        assert [paths["A", other] for other in "BCDE"] == [28, 28, 30, 24]
        assert [paths["E", other] for other in "ABCD"] == [25, 28, 28, 31]
        assert outcome.rounds[-1].counts == (3, 1, 2, 0, 4)
        assert outcome.winners == ("E",)

    def test_a_circle_breaks_at_its_weakest(self) -> None:
        """Of three that beat each other in a circle, the one wins that is beaten by the fewest."""
        outcome = count_weighted(
            "schulze", TREES, weighted((4, "oak elm ash"), (3, "elm ash oak"), (2, "ash oak elm")), seed=SEED
        )

        assert outcome.winners == ("oak",)
        assert matrix(outcome, "path")["oak", "ash"] == 6
        assert matrix(outcome, "path")["ash", "oak"] == 5

    def test_of_as_many_the_fewer_against(self) -> None:
        """Three beat each other in a circle with three votes each; the victory with one vote against is stronger."""
        lines = ((1, "oak elm ash"), (1, "elm ash oak"), (2, "ash oak elm"), (1, "oak:1 elm:1 ash:2"))

        outcome = count_weighted("schulze", TREES, weighted(*lines), seed=SEED)

        pairs = matrix(outcome, "preferred")
        assert (pairs["oak", "elm"], pairs["elm", "ash"], pairs["ash", "oak"]) == (3, 3, 3)
        assert (pairs["elm", "oak"], pairs["ash", "elm"], pairs["oak", "ash"]) == (1, 2, 2)
        assert [names(outcome, places) for places in outcome.ranking] == [["oak", "ash"], ["elm"]]


class TestTies:
    def test_the_first_is_drawn(self) -> None:
        """A perfect circle leaves all three first, and one is drawn whatever the settings."""
        ballots = weighted((1, "oak elm ash"), (1, "elm ash oak"), (1, "ash oak elm"))

        outcome = count_weighted("schulze", TREES, ballots, seed=SEED)

        assert outcome.ranking == ((0, 1, 2),)
        assert outcome.rounds[-1].tie == Tie((0, 1, 2), ("lot",), SEED.hex())
        assert outcome.winners == (drawn(*TREES),)

    def test_nothing_ranked_elects_nobody(self) -> None:
        """Blank ballots prefer nothing, and no lot chooses for them."""
        for ballots in ({}, weighted((3, ""))):
            outcome = count_weighted("schulze", TREES, ballots, seed=SEED)

            assert (outcome.winners, outcome.rounds[-1].tie) == ((), None)


class TestPromises:
    @given(elections("schulze"))
    def test_a_winner_of_all_pairs_wins(self, election: Election) -> None:
        """Who beats every other in pairs is first, and alone (Condorcet's winner)."""
        outcome = election.outcome()
        pairs = matrix(outcome, "preferred")

        for option in election.options:
            others = set(election.options) - {option}
            if others and all(pairs[option, other] > pairs[other, option] for other in others):
                assert names(outcome, outcome.ranking[0]) == [option]
                assert outcome.winners == (option,)

    @given(elections("schulze"))
    def test_a_loser_of_all_pairs_does_not_win(self, election: Election) -> None:
        """Who is beaten by every other in pairs is last, and alone (Condorcet's loser)."""
        outcome = election.outcome()
        pairs = matrix(outcome, "preferred")

        for option in election.options:
            others = set(election.options) - {option}
            if others and all(pairs[option, other] < pairs[other, option] for other in others):
                assert names(outcome, outcome.ranking[-1]) == [option]

    @given(elections("schulze"))
    def test_the_order_follows_the_paths(self, election: Election) -> None:
        """Nobody stands before one whose strongest path has more votes; those who stand together have as many."""
        outcome = election.outcome()
        paths = matrix(outcome, "path")

        levels = [names(outcome, places) for places in outcome.ranking]
        for place, level in enumerate(levels):
            assert all(paths[a, b] == paths[b, a] for a in level for b in level if a != b)
            assert all(paths[a, b] >= paths[b, a] for a in level for later in levels[place + 1 :] for b in later)


class TestBesideOtherLibraries:
    @given(elections("schulze"))
    def test_the_same_are_first(self, election: Election) -> None:
        """schulze-condorcet takes level ranks too, and finds the same first ones."""
        letters = {option: f"{place}" for place, option in enumerate(election.options)}
        votes = [_as_vote(ballot, letters) for ballot in election.ballots if ballot.choices]
        outcome = election.outcome()
        assume(votes)

        first = schulze_evaluate(votes, list(letters.values())).split(">")[0].split("=")

        assert first == [letters[option] for option in names(outcome, outcome.ranking[0])]

    @pytest.mark.parametrize("options_count", [3, 5, 9])
    def test_the_same_figures_and_the_same_order(self, options_count: int) -> None:
        """votelib has the same figures; who stands before another there, by votes for alone, does so here."""
        random = Random(options_count)
        options = tuple(f"option {number}" for number in range(options_count))
        for _ in range(40):
            rankings = [random.sample(options, random.randint(2, options_count)) for _ in range(301)]
            outcome = count("schulze", options, rankings, seed=SEED)
            pairs = RankedToCondorcetVotes().convert(Counter(map(tuple, rankings)))
            paths = Schulze.widest_paths(pairs)

            assert {pair: times for pair, times in matrix(outcome, "preferred").items() if times} == pairs
            assert matrix(outcome, "path") == matrix(outcome, "path") | paths
            order = {name: place for place, level in enumerate(outcome.ranking) for name in names(outcome, level)}
            assert all(order[first] < order[second] for first, second in pairwise_wins(paths))


def _as_vote(ballot: Ballot, letters: dict[str, str]) -> str:
    """A ballot as schulze-condorcet reads it, with all that is not ranked at the end."""
    ranked = list(zip(ballot.marks or range(len(ballot.choices)), ballot.choices, strict=True))
    levels = ["=".join(letters[o] for _, o in level) for _, level in groupby(ranked, key=lambda pair: pair[0])]
    rest = "=".join(letters[option] for option in letters if option not in ballot.choices)
    return ">".join([*levels, rest] if rest else levels)


class TestMinneapolis2013:
    def test_the_mayor_beats_all_in_pairs(self) -> None:
        """Betsy Hodges beats each of 34 others in pairs, Mark Andrew all but her."""
        outcome = count_weighted("schulze", *minneapolis_2013(), seed=SEED)

        assert outcome.winners == ("BETSY HODGES",)
        assert [names(outcome, places) for places in outcome.ranking[:2]] == [["BETSY HODGES"], ["MARK ANDREW"]]
        assert max(votes for votes in outcome.rounds[-1].counts if votes is not None) == 34
