from typing import Any

import pytest

from libs.tally import METHODS, InvalidPoll, Settings, check_poll

TREES = ("oak", "elm", "ash")
FITTING: dict[str, dict[str, Any]] = {
    "score": {"score_max": 5},
    "judgment": {"grades": ("good", "fair", "poor")},
    "stv": {"seats": 2},
    "dots": {"budget": 6},
    "budget": {"budget": 100, "costs": (60, 50, 40)},
}


class TestOptions:
    @pytest.mark.parametrize("method", ["approval", "single", "ranked", "schulze", "borda", "date"])
    def test_one_option_is_enough(self, method: str) -> None:
        """A poll may offer a single option, to be supported or not."""
        check_poll(method, ("oak",))

    def test_an_unknown_method_is_refused(self) -> None:
        """Nobody's ballots are counted in a way that has no rule."""
        with pytest.raises(InvalidPoll, match="no method 'copeland'; there are approval, single, ranked"):
            check_poll("copeland", TREES)

    def test_no_options_are_refused(self) -> None:
        """A poll without options cannot be answered."""
        with pytest.raises(InvalidPoll, match="at least one option"):
            check_poll("single", ())

    def test_an_option_twice_is_refused(self) -> None:
        """Two options of one name would split their votes by chance."""
        with pytest.raises(InvalidPoll, match="'oak' is there twice"):
            check_poll("ranked", ("oak", "elm", "oak"))

    def test_consent_has_its_own_options(self) -> None:
        """Yes, no and abstain, in any order, and a block or not; no others and not fewer."""
        check_poll("consent", ("yes", "no", "abstain"))
        check_poll("consent", ("no", "yes", "block", "abstain"))
        for options in (("yes", "no"), ("yes", "no", "block"), ("yes", "no", "abstain", "perhaps")):
            with pytest.raises(InvalidPoll, match="A poll by consent offers yes, no, abstain, and block or not"):
                check_poll("consent", options)


class TestSettings:
    @pytest.mark.parametrize("method", METHODS)
    def test_each_method_takes_its_own(self, method: str) -> None:
        """A poll with what its method needs can be counted, with drawn ties too."""
        options = ("yes", "no", "abstain") if method == "consent" else TREES
        check_poll(method, options, Settings(**FITTING.get(method, {})))
        check_poll(method, options, Settings(**FITTING.get(method, {}), draws_ties=True))

    @pytest.mark.parametrize("method", FITTING)
    def test_what_a_method_needs_is_missed(self, method: str) -> None:
        """STV can go by its default, one seat; a score without a highest one cannot be given."""
        if method == "stv":
            check_poll(method, TREES)
        else:
            with pytest.raises(InvalidPoll):
                check_poll(method, TREES)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("of", FITTING)
    def test_what_a_method_does_not_read_is_refused(self, method: str, of: str) -> None:
        """A setting that changes nothing would be a promise that is not kept."""
        mixed = FITTING.get(method, {}) | FITTING[of]
        if mixed != FITTING.get(method):
            with pytest.raises(InvalidPoll):
                check_poll(method, TREES, Settings(**mixed))

    @pytest.mark.parametrize(
        "method, settings, complaint",
        [
            ("score", {"score_max": 0}, "from 1 to 1000"),
            ("score", {"score_max": 1001}, "from 1 to 1000"),
            ("score", {"score_max": True}, "from 1 to 1000"),
            ("judgment", {"grades": ("good",)}, "2 to 20 grades, and the poll has 1"),
            ("judgment", {"grades": tuple(map(str, range(21)))}, "2 to 20 grades, and the poll has 21"),
            ("judgment", {"grades": ("good", "good")}, "grade 'good' is there twice"),
            ("stv", {"seats": 0}, "1 to 3 seats, not 0"),
            ("stv", {"seats": 4}, "1 to 3 seats, not 4"),
            ("dots", {"budget": 0}, "1 to 1000000000000 dots"),
            ("budget", {"budget": 0, "costs": (1, 1, 1)}, "from 1 to 1000000000000"),
            ("budget", {"budget": 9, "costs": (1, 1)}, "3 options and 2 costs"),
            ("budget", {"budget": 9, "costs": (1, 0, 1)}, "cost of 'elm' is not from 1 to the whole budget, 9: 0"),
            ("budget", {"budget": 9, "costs": (1, 1, 10)}, "cost of 'ash' is not from 1 to the whole budget, 9: 10"),
        ],
    )
    def test_have_limits(self, method: str, settings: dict[str, Any], complaint: str) -> None:
        """What cannot be counted is said in one sentence."""
        with pytest.raises(InvalidPoll, match=complaint):
            check_poll(method, TREES, Settings(**settings))
