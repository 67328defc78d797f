from hypothesis import given

from libs.tally import Round, Settings, Tie, count_weighted
from tests.libs.tally.elections import SEED, Election, elections, table, weighted

TREES = ("oak", "elm", "ash")


class TestDots:
    def test_the_most_dots_win(self) -> None:
        """Dots may be heaped on one option or spread; none need be given."""
        ballots = weighted((1, "oak:6"), (2, "elm:2 ash:4"), (1, "elm:1"), (1, ""))

        outcome = count_weighted("dots", TREES, ballots, seed=SEED, settings=Settings(budget=6))

        assert outcome.rounds == (Round((6, 5, 8), exhausted_count=1),)
        assert outcome.winners == ("ash",)
        assert outcome.ranking == ((2,), (0,), (1,))

    def test_a_tie_stands(self) -> None:
        """Of equal sums all win."""
        ballots = weighted((1, "oak:6"), (2, "elm:3"))

        outcome = count_weighted("dots", TREES, ballots, seed=SEED, settings=Settings(budget=6))

        assert (outcome.winners, outcome.rounds[0].tie) == (("oak", "elm"), Tie((0, 1)))

    @given(elections("dots"))
    def test_no_dot_comes_from_nowhere(self, election: Election) -> None:
        """There are as many dots as were given, and no more than all ballots have."""
        outcome = election.outcome()

        assert sum(table(outcome)[0].values()) == sum(sum(ballot.marks) for ballot in election.ballots)
        most = (election.settings.budget or 0) * (outcome.ballots_count - outcome.blank_count)
        assert sum(table(outcome)[0].values()) <= most
