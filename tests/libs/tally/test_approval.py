from collections import Counter

from hypothesis import given

from libs.tally import Round, Tie, count
from tests.libs.tally.elections import SEED, Election, elections, table


class TestApproval:
    def test_the_most_approved_wins(self) -> None:
        """Each ballot adds one to every option that it names."""
        ballots = [("oak", "elm"), ("elm",), ("elm", "ash"), ()]

        outcome = count("approval", ("oak", "elm", "ash"), ballots, seed=SEED)

        assert outcome.winners == ("elm",)
        assert outcome.rounds == (Round(counts=(1, 3, 1), exhausted_count=1),)
        assert (outcome.ballots_count, outcome.blank_count) == (4, 1)

    def test_a_tie_for_the_first_place_stands(self) -> None:
        """Options that are approved equally often all win, and the outcome says that they tied."""
        outcome = count("approval", ("oak", "elm", "ash"), [("ash", "oak"), ("oak", "ash")], seed=SEED)

        assert outcome.winners == ("oak", "ash")
        assert outcome.rounds[0].tie == Tie(options=(0, 2), broken_by=(), seed=None)

    def test_nobody_wins_without_support(self) -> None:
        """Blank ballots elect nothing, nor do no ballots."""
        for ballots in ([], [(), ()]):
            outcome = count("approval", ("oak", "elm"), ballots, seed=SEED)

            assert outcome.winners == ()
            assert outcome.rounds == (Round(counts=(0, 0), exhausted_count=len(ballots)),)

    @given(elections("approval"))
    def test_agrees_with_counting_by_hand(self, election: Election) -> None:
        """An option's count is the number of ballots that name it; no option with more has lost."""
        by_hand = Counter(choice for ballot in election.ballots for choice in ballot.choices)

        outcome = election.outcome()

        assert table(outcome) == [{option: by_hand[option] for option in election.options}]
        best = max(by_hand.values(), default=None)
        first = [option for option in election.options if by_hand[option] == best]
        assert set(outcome.winners) <= set(first)
        assert len(outcome.winners) == (min(1, len(first)) if election.settings.draws_ties else len(first))
