from collections import Counter

from hypothesis import given

from libs.tally import Ballot, Tie, count
from tests.libs.tally.elections import SEED, Election, elections, table


class TestSingle:
    def test_the_most_named_wins(self) -> None:
        """The most votes win, be they half of all or not."""
        ballots = [("oak",)] * 3 + [("elm",)] * 2 + [("ash",)] * 2 + [()]

        outcome = count("single", ("oak", "elm", "ash"), ballots, seed=SEED)

        assert outcome.method == "single"
        assert outcome.winners == ("oak",)
        assert table(outcome) == [{"oak": 3, "elm": 2, "ash": 2}]
        assert outcome.rounds[0].tie is None

    def test_a_tie_stands(self) -> None:
        """Five for and five against decide nothing, and no lot pretends that they do."""
        outcome = count("single", ("yes", "no"), [("yes",), ("no",)] * 5, seed=SEED)

        assert outcome.winners == ("yes", "no")
        assert outcome.rounds[0].tie == Tie(options=(0, 1))

    @given(elections("single"))
    def test_agrees_with_counting_by_hand(self, election: Election) -> None:
        """Every ballot is either one vote for one option, or blank."""
        by_hand = Counter(election.ballots)

        outcome = election.outcome()

        assert table(outcome) == [{option: by_hand[Ballot((option,))] for option in election.options}]
        assert sum(table(outcome)[0].values()) + outcome.blank_count == outcome.ballots_count
