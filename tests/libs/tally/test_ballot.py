import pytest

from libs.tally import InvalidBallot, InvalidPoll, check, check_poll

TREES = ("oak", "elm", "ash")


class TestCheckPoll:
    @pytest.mark.parametrize("method", ["approval", "single", "ranked"])
    def test_one_option_is_enough(self, method: str) -> None:
        """A poll may offer a single option, to be supported or not."""
        check_poll(method, ("oak",))

    def test_an_unknown_method_is_refused(self) -> None:
        """Nobody's ballots are counted in a way that has no rule."""
        with pytest.raises(InvalidPoll, match="no method 'borda'; there are approval, single, ranked"):
            check_poll("borda", TREES)

    def test_no_options_are_refused(self) -> None:
        """A poll without options cannot be answered."""
        with pytest.raises(InvalidPoll, match="at least one option"):
            check_poll("single", ())

    def test_an_option_twice_is_refused(self) -> None:
        """Two options of one name would split their votes by chance."""
        with pytest.raises(InvalidPoll, match="'oak' is there twice"):
            check_poll("ranked", ("oak", "elm", "oak"))


class TestCheck:
    @pytest.mark.parametrize("method", ["approval", "single", "ranked"])
    def test_a_blank_ballot_is_a_ballot(self, method: str) -> None:
        """Who comes and chooses nothing has voted."""
        check(method, TREES, ())

    @pytest.mark.parametrize("method", ["approval", "ranked"])
    def test_every_option_may_be_named(self, method: str) -> None:
        """Approval and ranking set no limit but the poll's options."""
        check(method, TREES, ("ash", "oak", "elm"))

    def test_single_choice_takes_one(self) -> None:
        """One option may be named in a single choice; a second is refused."""
        check("single", TREES, ("elm",))
        with pytest.raises(InvalidBallot, match="names 2 options, and 1 at most"):
            check("single", TREES, ("elm", "ash"))

    @pytest.mark.parametrize("choices", [("yew",), ("oak", "yew"), ("Oak",), ("",)])
    def test_an_unknown_option_is_refused(self, choices: tuple[str, ...]) -> None:
        """A name counts as it stands in the poll, to the letter, or not at all."""
        with pytest.raises(InvalidBallot, match="no option"):
            check("approval", TREES, choices)

    def test_an_option_twice_is_refused(self) -> None:
        """No option gains by being named again."""
        with pytest.raises(InvalidBallot, match="names 'oak' twice"):
            check("approval", TREES, ("oak", "elm", "oak"))

    def test_a_poll_that_cannot_be_is_refused_first(self) -> None:
        """A ballot of an impossible poll is not the voter's mistake."""
        with pytest.raises(InvalidPoll):
            check("borda", TREES, ("oak",))
