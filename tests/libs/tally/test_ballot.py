from typing import Any

import pytest

from libs.tally import METHODS, Ballot, InvalidBallot, InvalidPoll, Settings, check

TREES = ("oak", "elm", "ash")
SETTINGS = {
    "score": Settings(score_max=5),
    "judgment": Settings(grades=("good", "fair", "poor")),
    "stv": Settings(seats=2),
    "dots": Settings(budget=6),
    "budget": Settings(budget=100, costs=(60, 50, 40)),
}


def passes(method: str, choices: tuple[str, ...], *marks: Any) -> None:
    """Check a ballot in a poll about trees, or in one by consent."""
    options = ("yes", "no", "abstain") if method == "consent" else TREES
    check(method, options, Ballot(choices, marks), SETTINGS.get(method, Settings()))


class TestChoices:
    @pytest.mark.parametrize("method", METHODS)
    def test_a_blank_ballot_is_a_ballot(self, method: str) -> None:
        """Who comes and chooses nothing has voted, whatever the method."""
        passes(method, ())

    @pytest.mark.parametrize("method", ["approval", "ranked", "stv", "schulze", "borda", "budget"])
    def test_every_option_may_be_named(self, method: str) -> None:
        """Approval and ranking set no limit but the poll's options."""
        passes(method, ("ash", "oak", "elm"))

    @pytest.mark.parametrize("method, first, second", [("single", "elm", "ash"), ("consent", "yes", "abstain")])
    def test_one_may_be_chosen_where_one_can_be(self, method: str, first: str, second: str) -> None:
        """One option may be named in a single choice and by consent; a second is refused."""
        passes(method, (first,))
        with pytest.raises(InvalidBallot, match="names 2 options, and 1 at most"):
            passes(method, (first, second))

    @pytest.mark.parametrize("choices", [("yew",), ("oak", "yew"), ("Oak",), ("",)])
    def test_an_unknown_option_is_refused(self, choices: tuple[str, ...]) -> None:
        """A name counts as it stands in the poll, to the letter, or not at all."""
        with pytest.raises(InvalidBallot, match="no option"):
            passes("approval", choices)

    def test_an_option_twice_is_refused(self) -> None:
        """No option gains by being named again."""
        with pytest.raises(InvalidBallot, match="names 'oak' twice"):
            passes("approval", ("oak", "elm", "oak"))

    def test_a_block_is_refused_where_none_is_offered(self) -> None:
        """A poll by consent that offers no block takes none."""
        with pytest.raises(InvalidBallot, match="no option 'block'"):
            passes("consent", ("block",))

    def test_a_poll_that_cannot_be_is_refused_first(self) -> None:
        """A ballot of an impossible poll is not the voter's mistake."""
        with pytest.raises(InvalidPoll):
            passes("show of hands", ("oak",))


class TestMarks:
    @pytest.mark.parametrize("method", ["approval", "single", "ranked", "consent", "stv", "budget"])
    def test_are_refused_where_they_mean_nothing(self, method: str) -> None:
        """A mark that no rule reads is not passed over."""
        choice = "yes" if method == "consent" else "oak"
        with pytest.raises(InvalidBallot, match=f"A ballot by {method} names options and marks none"):
            passes(method, (choice,), 1)

    @pytest.mark.parametrize("method", ["score", "judgment", "dots", "date"])
    def test_are_one_for_each_choice(self, method: str) -> None:
        """A choice without its mark, or a mark without its choice, says nothing that can be counted."""
        passes(method, ("oak", "elm"), 1, 2)
        for marks in ((), (1,), (1, 1, 1)):
            with pytest.raises(InvalidBallot, match=f"names 2 options and marks {len(marks)}"):
                passes(method, ("oak", "elm"), *marks)

    @pytest.mark.parametrize(
        "method, least, most", [("score", 0, 5), ("judgment", 0, 2), ("dots", 1, 6), ("date", 0, 2), ("schulze", 1, 3)]
    )
    def test_have_a_range(self, method: str, least: int, most: int) -> None:
        """The lowest and the highest mark are taken; one less, one more, and what is no whole number is refused."""
        passes(method, ("oak",), least)
        passes(method, ("oak",), most)
        for mark in (least - 1, most + 1, True, 1.0, "1", None):
            with pytest.raises(InvalidBallot, match=f"of 'oak' is not a whole number from {least} to {most}"):
                passes(method, ("oak",), mark)

    def test_dots_do_not_exceed_the_budget(self) -> None:
        """All six dots may be given, to one option or to several; a seventh is refused."""
        passes("dots", ("oak", "elm"), 4, 2)
        with pytest.raises(InvalidBallot, match="gives 7 dots, and has 6"):
            passes("dots", ("oak", "elm"), 4, 3)

    @pytest.mark.parametrize("method", ["schulze", "borda"])
    def test_ranks_may_be_equal_and_never_fall(self, method: str) -> None:
        """Options may share a rank and ranks may be passed over, but what is better stands first."""
        passes(method, ("oak", "elm", "ash"), 1, 1, 3)
        with pytest.raises(InvalidBallot, match="ranks an option behind one with a later rank"):
            passes(method, ("oak", "elm"), 2, 1)
