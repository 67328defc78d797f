from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st
from votelib.evaluate.cardinal import ScoreVoting

from libs.tally import Ballot, Round, Settings, Tie, count, count_weighted
from tests.libs.tally.elections import SEED, Election, drawn, elections, names, table, weighted

TREES = ("oak", "elm", "ash")


class TestScore:
    def test_the_highest_sum_wins(self) -> None:
        """Each ballot adds its scores; what it does not score has 0 from it."""
        ballots = weighted((1, "oak:5 elm:3"), (2, "elm:3 ash:0"), (1, ""))

        outcome = count_weighted("score", TREES, ballots, seed=SEED, settings=Settings(score_max=5))

        assert outcome.rounds == (Round((5, 9, 0), exhausted_count=1),)
        assert outcome.winners == ("elm",)
        assert outcome.ranking == ((1,), (0,), (2,))

    def test_a_tie_stands_or_is_drawn(self) -> None:
        """Of equal sums all win; or one is drawn if the poll was opened so."""
        ballots = weighted((1, "oak:5"), (1, "ash:5"))

        standing = count_weighted("score", TREES, ballots, seed=SEED, settings=Settings(score_max=5))
        one = count_weighted("score", TREES, ballots, seed=SEED, settings=Settings(score_max=5, draws_ties=True))

        assert (standing.winners, standing.rounds[0].tie) == (("oak", "ash"), Tie((0, 2)))
        assert (one.winners, one.rounds[0].tie) == ((drawn("oak", "ash"),), Tie((0, 2), ("lot",), SEED.hex()))

    def test_nothing_wins_with_nothing(self) -> None:
        """Where every score is 0, nothing is supported."""
        settings = Settings(score_max=5)
        for ballots in ({}, weighted((3, "")), weighted((2, "oak:0 elm:0"))):
            assert count_weighted("score", TREES, ballots, seed=SEED, settings=settings).winners == ()


class TestPromises:
    @given(elections("score"), st.data())
    def test_more_for_a_winner_does_not_harm_it(self, election: Election, data: st.DataObject) -> None:
        """Whoever scores a winner higher leaves it among the winners."""
        outcome = election.outcome()
        assume(outcome.winners and not outcome.rounds[-1].tie)
        winner = outcome.winners[0]
        place = data.draw(st.integers(0, len(election.ballots) - 1))
        marks = dict(zip(*election.ballots[place], strict=True)) | {winner: election.settings.score_max or 0}
        raised = list(election.ballots)
        raised[place] = Ballot(tuple(marks), tuple(marks.values()))

        assert election._replace(ballots=tuple(raised)).outcome().winners == (winner,)

    @given(elections("score"))
    def test_equal_ballots_decide_as_one(self, election: Election) -> None:
        """If all say the same, what they score highest wins."""
        assume(election.ballots)
        ballot = election.ballots[0]
        outcome = count("score", election.options, [ballot] * 7, seed=SEED, settings=election.settings)

        best = max(ballot.marks, default=0)
        liked = {choice for choice, mark in zip(*ballot, strict=True) if mark == best > 0}
        assert set(outcome.winners) <= liked
        assert bool(outcome.winners) == bool(liked)

    @given(elections("score"))
    def test_an_order_of_options_is_an_order_of_sums(self, election: Election) -> None:
        """Who stands before another has more; who stands beside has as much."""
        outcome = election.outcome()

        sums = [{table(outcome)[0][name] for name in names(outcome, places)} for places in outcome.ranking]
        assert all(len(level) == 1 for level in sums)
        assert sorted((level.pop() for level in sums), reverse=True) == sorted(
            set(table(outcome)[0].values()), reverse=True
        )


class TestBesideAnotherLibrary:
    @given(elections("score"))
    def test_the_same_wins(self, election: Election) -> None:
        """votelib adds up scores too, with 0 for what is not scored."""
        outcome = election.outcome()
        assume(outcome.winners and not outcome.rounds[-1].tie)
        theirs = Counter(frozenset(zip(*ballot, strict=True)) for ballot in election.ballots)

        assert ScoreVoting(function="sum", unscored_value=0).evaluate(theirs, 1) == list(outcome.winners)
