from collections import Counter

import pytest
from hypothesis import given

from libs.tally import Ballot, Round, count_weighted
from tests.libs.tally.elections import SEED, Election, elections, weighted

OPTIONS = ("yes", "no", "abstain", "block")


def winners(*lines: tuple[int, str]) -> tuple[str, ...]:
    """Who wins by consent."""
    return count_weighted("consent", OPTIONS, weighted(*lines), seed=SEED).winners


class TestConsent:
    def test_more_yeses_than_noes(self) -> None:
        """It passes with one yes more; abstentions are on no side."""
        assert winners((3, "yes"), (2, "no"), (9, "abstain"), (9, "")) == ("yes",)

    def test_level_is_not_passed(self) -> None:
        """Five for and five against is not more, and no lot pretends that it is."""
        assert winners((5, "yes"), (5, "no")) == ("no",)

    def test_one_block_stops_it(self) -> None:
        """Whoever blocks stops what everybody else wants."""
        assert winners((99, "yes"), (1, "block")) == ("no",)

    @pytest.mark.parametrize("lines", [[], [(4, "")], [(4, "abstain")]])
    def test_nothing_passes_by_itself(self, lines: list[tuple[int, str]]) -> None:
        """Where nobody says yes, nothing is agreed to."""
        assert winners(*lines) == ("no",)

    @given(elections("consent"))
    def test_agrees_with_counting_by_hand(self, election: Election) -> None:
        """Each ballot is one word, or blank; the words are counted."""
        said = Counter(election.ballots)

        outcome = election.outcome()

        counts = tuple(said[Ballot((option,))] for option in OPTIONS)
        assert outcome.rounds == (Round(counts, exhausted_count=said[Ballot(())]),)
        yes, no, _, block = counts
        assert outcome.winners == (("yes",) if yes > no and not block else ("no",))
