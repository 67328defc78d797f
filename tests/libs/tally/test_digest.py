"""The digest of a poll's ballots: one word changed anywhere, and it is another."""

from hashlib import sha256

from libs.tally import Ballot, ballots_sha256

NOTHING, ELM, ASH, OAK = Ballot(()), Ballot(("elm",)), Ballot(("ash",)), Ballot(("oak",))
ELM_ASH, ASH_ELM, ELM_OAK = Ballot(("elm", "ash")), Ballot(("ash", "elm")), Ballot(("elm", "oak"))


class TestBallotsSha256:
    def test_can_be_made_again_with_any_tool(self) -> None:
        """It is over one line for each distinct ballot, its number first, sorted."""
        lines = '[2,["é"]]\n[3,["elm","ash"]]\n[5,[]]\n'

        assert ballots_sha256({NOTHING: 5, ELM_ASH: 3, Ballot(("é",)): 2}) == sha256(lines.encode()).hexdigest()

    def test_sees_what_a_count_does_not(self) -> None:
        """A rank that no round reaches changes no figure, and it changes the digest."""
        assert ballots_sha256({ELM_ASH: 3}) != ballots_sha256({ELM_OAK: 3})

    def test_the_order_in_which_ballots_come_does_not_matter(self) -> None:
        """Nor does a ballot that was cast no times."""
        assert ballots_sha256({ELM: 1, ASH: 2}) == ballots_sha256({ASH: 2, ELM: 1, OAK: 0})

    def test_the_order_of_a_ranking_matters(self) -> None:
        """The second rank is not the first."""
        assert ballots_sha256({ELM_ASH: 1}) != ballots_sha256({ASH_ELM: 1})

    def test_marks_are_part_of_a_ballot(self) -> None:
        """Marks follow the choices on their line; a ballot without any has a line as it always had."""
        lines = '[1,["elm","ash"],[2,5]]\n[1,["elm","ash"]]\n'

        marked = Ballot(("elm", "ash"), (2, 5))

        assert ballots_sha256({ELM_ASH: 1, marked: 1}) == sha256(lines.encode()).hexdigest()
        assert ballots_sha256({marked: 1}) != ballots_sha256({Ballot(("elm", "ash"), (5, 2)): 1})
