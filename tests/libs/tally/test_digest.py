"""The digest of a poll's ballots: one word changed anywhere, and it is another."""

from hashlib import sha256

from libs.tally import ballots_sha256


class TestBallotsSha256:
    def test_can_be_made_again_with_any_tool(self) -> None:
        """It is over one line for each distinct ballot, its number first, sorted."""
        lines = '[2,["é"]]\n[3,["elm","ash"]]\n[5,[]]\n'

        assert ballots_sha256({(): 5, ("elm", "ash"): 3, ("é",): 2}) == sha256(lines.encode()).hexdigest()

    def test_sees_what_a_count_does_not(self) -> None:
        """A rank that no round reaches changes no figure, and it changes the digest."""
        assert ballots_sha256({("elm", "ash"): 3}) != ballots_sha256({("elm", "oak"): 3})

    def test_the_order_in_which_ballots_come_does_not_matter(self) -> None:
        """Nor does a ballot that was cast no times."""
        assert ballots_sha256({("elm",): 1, ("ash",): 2}) == ballots_sha256({("ash",): 2, ("elm",): 1, ("oak",): 0})

    def test_the_order_of_a_ranking_matters(self) -> None:
        """The second rank is not the first."""
        assert ballots_sha256({("elm", "ash"): 1}) != ballots_sha256({("ash", "elm"): 1})
