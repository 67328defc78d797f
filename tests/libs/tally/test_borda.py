from collections import Counter
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st
from votelib.component.rankscore import Borda
from votelib.convert import RankedToPositionalVotes

from libs.tally import Ballot, Round, count, count_weighted
from tests.libs.tally.elections import SEED, Election, elections, table, weighted

TREES = ("oak", "elm", "ash", "fir")


class TestBorda:
    def test_points_are_options_ranked_below(self) -> None:
        """The first of four has three points, the last none; points are counted in halves."""
        outcome = count_weighted("borda", TREES, weighted((2, "oak elm ash fir"), (1, "elm ash oak fir")), seed=SEED)

        assert outcome.unit == 2
        assert outcome.rounds == (Round((14, 14, 8, 0), exhausted_count=0, tie=outcome.rounds[0].tie),)
        assert outcome.winners == ("oak", "elm")

    def test_what_is_not_ranked_shares_the_lowest(self) -> None:
        """Three that a ballot leaves out would have 2, 1 and 0 points, and have 1 each."""
        outcome = count_weighted("borda", TREES, weighted((1, "oak"), (5, "")), seed=SEED)

        assert outcome.rounds == (Round((6, 2, 2, 2), exhausted_count=5),)

    def test_level_options_share(self) -> None:
        """Two that share the first rank have two and a half points each."""
        outcome = count_weighted("borda", TREES, weighted((1, "elm:1 oak:1 ash:3 fir:4")), seed=SEED)

        assert table(outcome) == [{"oak": 5, "elm": 5, "ash": 2, "fir": 0}]

    def test_nothing_ranked_elects_nobody(self) -> None:
        """Blank ballots give no points."""
        for ballots in ({}, weighted((2, ""))):
            outcome = count_weighted("borda", TREES, ballots, seed=SEED)

            assert outcome.winners == ()
            assert set(table(outcome)[0].values()) == {0}

    def test_the_only_option(self) -> None:
        """One option has nothing below it, and wins with a single ballot."""
        assert count("borda", ("oak",), [("oak",), ()], seed=SEED).winners == ("oak",)


class TestPromises:
    @given(elections("borda"))
    def test_every_ballot_gives_the_same(self, election: Election) -> None:
        """However much it ranks, and however many are level, a ballot gives n(n - 1)/2 points."""
        outcome = election.outcome()

        options_count = len(election.options)
        ranking_count = outcome.ballots_count - outcome.blank_count
        assert sum(table(outcome)[0].values()) == options_count * (options_count - 1) * ranking_count

    @given(elections("borda"))
    def test_agrees_with_comparing_pairs(self, election: Election) -> None:
        """An option's points are the pairs in which it is preferred, and half of those in which it is level."""
        points = dict.fromkeys(election.options, Fraction(0))
        for ballot in election.ballots:
            ranks = dict(zip(ballot.choices, ballot.marks or range(len(ballot.choices)), strict=True))
            for one in election.options:
                for other in election.options:
                    if one != other and ballot.choices:
                        here, there = ranks.get(one, 999), ranks.get(other, 999)
                        points[one] += Fraction(here < there) + Fraction(here == there) / 2

        assert {name: Fraction(count_, 2) for name, count_ in table(election.outcome())[0].items()} == points


class TestBesideAnotherLibrary:
    @given(st.lists(st.permutations(range(4)), min_size=1))
    def test_has_the_same_points(self, rankings: list[list[int]]) -> None:
        """votelib counts rankings of everything with the same points."""
        outcome = count("borda", TREES, [[TREES[place] for place in ranking] for ranking in rankings], seed=SEED)

        theirs = RankedToPositionalVotes(Borda(base=0)).convert(Counter(map(tuple, rankings)))

        assert outcome.rounds[0].counts == tuple(2 * theirs[place] for place in range(4))

    @given(elections("borda"))
    def test_ranks_may_be_left_out(self, election: Election) -> None:
        """Strict order and the ranks 1, 2, 3, … say the same."""
        assume(election.ballots)
        numbered = tuple(
            ballot if ballot.marks else Ballot(ballot.choices, tuple(range(1, len(ballot.choices) + 1)))
            for ballot in election.ballots
        )

        assert election._replace(ballots=numbered).outcome() == election.outcome()
