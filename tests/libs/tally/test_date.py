from hypothesis import given

from libs.tally import Tie, count_weighted
from libs.tally.ballot import IF_NEED_BE, YES
from tests.libs.tally.elections import SEED, Election, elections, table, weighted

DAYS = ("Monday", "Tuesday", "Friday")


class TestDate:
    def test_most_must_be_able_to_come(self) -> None:
        """A day on which more can come beats one that fewer like better."""
        ballots = weighted((3, "Monday:2"), (2, "Monday:2 Friday:1"), (4, "Friday:1 Tuesday:0"))

        outcome = count_weighted("date", DAYS, ballots, seed=SEED)

        assert [(round_.label, round_.counts) for round_ in outcome.rounds] == [
            ("yes or if need be", (5, 0, 6)),
            ("yes", (5, 0, 0)),
        ]
        assert outcome.winners == ("Friday",)
        assert outcome.ranking == ((2,), (0,), (1,))

    def test_of_those_the_best_liked(self) -> None:
        """If as many can come on two days, the one with more yeses wins; if these are as many too, both do."""
        assert count_weighted("date", DAYS, weighted((1, "Monday:2 Friday:1")), seed=SEED).winners == ("Monday",)

        level = count_weighted("date", DAYS, weighted((1, "Monday:2 Friday:2")), seed=SEED)
        assert (level.winners, level.rounds[-1].tie) == (("Monday", "Friday"), Tie((0, 2)))

    def test_a_day_for_nobody(self) -> None:
        """Where nobody can come on any day, none is found."""
        assert count_weighted("date", DAYS, weighted((2, "Monday:0"), (1, "")), seed=SEED).winners == ()

    @given(elections("date"))
    def test_agrees_with_asking_each(self, election: Election) -> None:
        """The figures are those of asking everybody about every date."""
        answers = [dict(zip(*ballot, strict=True)) for ballot in election.ballots]

        outcome = election.outcome()

        assert table(outcome) == [
            {option: sum(said.get(option, 0) >= least for said in answers) for option in election.options}
            for least in (IF_NEED_BE, YES)
        ]
