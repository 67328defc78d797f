from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.tally import METHODS, InvalidPoll, Outcome, Rules, Settings, Verdict, check_rules, count, count_weighted
from tests.libs.tally.elections import SEED, Election, elections, weighted

HALF, TWO_THIRDS = (1, 2), (2, 3)


def consent(*lines: tuple[int, str], voters_count: int = 30, **rules: Any) -> Outcome:
    """A poll by consent under these rules."""
    options = ("yes", "no", "abstain", "block")
    ballots = weighted(*lines)
    return count_weighted("consent", options, ballots, seed=SEED, rules=Rules(**rules), voters_count=voters_count)


def verdict(method: str, *lines: tuple[int, str], voters_count: int = 30, **rules: Any) -> Verdict:
    """What the rules say of a poll about trees."""
    ballots = weighted(*lines)
    options = ("oak", "elm", "ash")
    outcome = count_weighted(method, options, ballots, seed=SEED, rules=Rules(**rules), voters_count=voters_count)
    assert outcome.verdict is not None
    return outcome.verdict


class TestQuorum:
    @pytest.mark.parametrize("ballots_count, is_met", [(9, False), (10, True)])
    def test_is_a_share_of_the_roll(self, ballots_count: int, is_met: bool) -> None:
        """A third of 28 voters is nine and a third: ten must come; blank ballots and abstentions have come."""
        lines = ((ballots_count - 2, "yes"), (1, "abstain"), (1, ""))

        outcome = consent(*lines, voters_count=28, quorum_roll=(1, 3))

        assert outcome.verdict is not None
        assert (outcome.verdict.quorum_needed, outcome.verdict.quorum_is_met) == (10, is_met)
        assert outcome.verdict.is_passed == is_met
        assert outcome.winners == (("yes",) if is_met else ("no",))

    @pytest.mark.parametrize("ballots_count", [6, 7])
    def test_is_a_number_of_ballots(self, ballots_count: int) -> None:
        """Seven ballots are a quorum of seven, and six are not."""
        assert verdict("approval", (ballots_count, "oak"), quorum_ballots=7).is_passed == (ballots_count == 7)

    def test_both_are_needed(self) -> None:
        """Where a share and a number are stated, the larger is what must be reached."""
        assert verdict("single", (9, "oak"), quorum_roll=HALF, quorum_ballots=9).quorum_needed == 15
        assert verdict("single", (9, "oak"), quorum_roll=(1, 5), quorum_ballots=9).quorum_needed == 9

    def test_none_is_always_met(self) -> None:
        """Without a quorum one ballot is enough."""
        assert verdict("single", (1, "oak")) == Verdict(0, True, 1, 1, 0, True)


class TestSimple:
    def test_consent_needs_more_yeses_than_noes(self) -> None:
        """Abstentions count on no side; or, if the rules say so, they and blank ballots stand with the noes."""
        lines = ((5, "yes"), (4, "no"), (1, "abstain"), (1, ""))

        assert consent(*lines).verdict == Verdict(0, True, 5, 5, 0, True)
        assert consent(*lines, abstentions_count=True).verdict == Verdict(0, True, 5, 7, 0, False)
        assert consent((4, "yes"), (4, "no")).verdict == Verdict(0, True, 4, 5, 0, False)

    @pytest.mark.parametrize("method", ["single", "approval", "ranked"])
    def test_the_winner_has_more_than_any_other(self, method: str) -> None:
        """Two fifths decide where nobody has as many; a tie that stands does not."""
        assert verdict(method, (4, "oak"), (3, "elm"), (3, "ash oak" if method == "ranked" else "ash")).is_passed
        if method != "ranked":
            assert verdict(method, (4, "oak"), (4, "elm")) == Verdict(0, True, 4, 5, 0, False)

    def test_a_drawn_winner_needs_as_many(self) -> None:
        """If the poll draws, the drawn one of two that are level has what it needs."""
        outcome = count(
            "single", ("oak", "elm"), [["oak"], ["elm"]], seed=SEED, settings=Settings(draws_ties=True), rules=Rules()
        )

        assert outcome.verdict == Verdict(0, True, 1, 1, 0, True)

    def test_nothing_passes_without_support(self) -> None:
        """Where nothing won, nothing passes."""
        assert verdict("approval", (5, "")) == Verdict(0, True, None, 1, 0, False)
        assert consent((5, "abstain")).verdict == Verdict(0, True, 0, 1, 0, False)


class TestAbsolute:
    @pytest.mark.parametrize("voters_count, needed", [(30, 16), (31, 16), (32, 17)])
    def test_more_than_half_of_the_roll(self, voters_count: int, needed: int) -> None:
        """Half of all who may vote is not enough; one more is, and who stayed at home counts against it."""
        for votes in (needed - 1, needed):
            found = consent((votes, "yes"), voters_count=voters_count, threshold="absolute").verdict
            assert found == Verdict(0, True, votes, needed, 0, votes == needed)
            assert verdict("ranked", (votes, "oak"), voters_count=voters_count, threshold="absolute").is_passed == (
                votes == needed
            )


class TestQualified:
    @pytest.mark.parametrize("yes, is_passed", [(7, False), (8, True)])
    def test_at_least_the_share(self, yes: int, is_passed: bool) -> None:
        """Exactly two thirds are two thirds."""
        found = consent((yes, "yes"), (12 - yes, "no"), (9, "abstain"), threshold="qualified", share=TWO_THIRDS)

        assert found.verdict == Verdict(0, True, yes, 8, 0, is_passed)

    def test_abstentions_count_if_the_rules_say_so(self) -> None:
        """Then abstentions and blank ballots are part of the whole."""
        lines = ((8, "yes"), (4, "no"), (2, "abstain"), (1, ""))
        found = consent(*lines, threshold="qualified", share=TWO_THIRDS, abstentions_count=True)

        assert found.verdict == Verdict(0, True, 8, 10, 0, False)

    def test_of_ballots_that_say_something(self) -> None:
        """By approval, single choice and ranking the whole are the ballots that are not blank."""
        lines = ((6, "oak"), (3, "elm"), (3, ""))

        assert verdict("single", *lines, threshold="qualified", share=TWO_THIRDS).support_needed == 6
        found = verdict("single", *lines, threshold="qualified", share=TWO_THIRDS, abstentions_count=True)
        assert found == Verdict(0, True, 6, 8, 0, False)

    def test_exhausted_ballots_are_part_of_the_whole(self) -> None:
        """A ranking that ran out said something: five of nine in the last round are five of ten."""
        found = verdict("ranked", (5, "oak"), (4, "elm"), (1, "ash"), threshold="qualified", share=(6, 10))

        assert (found.support, found.support_needed, found.is_passed) == (5, 6, False)


class TestBlock:
    def test_stops_whatever_the_rules(self) -> None:
        """A single block stops a unanimous rest, and is told."""
        outcome = consent((29, "yes"), (1, "block"), threshold="absolute")

        assert outcome.verdict == Verdict(0, True, 29, 16, 1, False)
        assert outcome.winners == ("no",)


class TestOtherMethods:
    @pytest.mark.parametrize("lines, is_passed", [(((3, "oak elm"),), True), (((3, ""),), False)])
    def test_a_quorum_is_all_that_is_asked(self, lines: tuple[tuple[int, str], ...], is_passed: bool) -> None:
        """Where support is no share of the ballots, a winner and the quorum are enough."""
        assert verdict("borda", *lines, quorum_ballots=3) == Verdict(3, True, None, None, 0, is_passed)
        assert not verdict("borda", *lines, quorum_ballots=4).is_passed

    def test_the_rules_change_no_figure(self) -> None:
        """The outcome is what it is without them, and winners stay winners though nothing is decided."""
        with_rules = count("single", ("oak", "elm"), [["oak"]], seed=SEED, rules=Rules(quorum_ballots=9))

        assert with_rules.winners == ("oak",)
        assert with_rules.rounds == count("single", ("oak", "elm"), [["oak"]], seed=SEED).rounds


class TestCheckRules:
    @pytest.mark.parametrize("method", METHODS)
    def test_a_quorum_fits_every_method(self, method: str) -> None:
        """Shares up to the whole, and numbers from one."""
        check_rules(method, Rules())
        check_rules(method, Rules(quorum_roll=(1, 1), quorum_ballots=1))

    @pytest.mark.parametrize(
        "rules, complaint",
        [
            (Rules(quorum_roll=(0, 3)), "fraction above 0 and of 1 at most, not 0/3"),
            (Rules(quorum_roll=(4, 3)), "not 4/3"),
            (Rules(quorum_roll=(1, 0)), "not 1/0"),
            (Rules(quorum_ballots=0), "at least 1"),
            (Rules(threshold="qualified"), "share of the votes goes with"),
            (Rules(share=HALF), "share of the votes goes with"),
            (Rules(threshold="unanimous"), "no threshold 'unanimous'"),  # type: ignore[arg-type]
        ],
    )
    def test_what_means_nothing_is_refused(self, rules: Rules, complaint: str) -> None:
        """A rule that could not be kept is not stated."""
        with pytest.raises(InvalidPoll, match=complaint):
            check_rules("consent", rules)

    @pytest.mark.parametrize("method", ["score", "judgment", "borda", "schulze", "stv", "dots", "budget", "date"])
    def test_a_threshold_needs_a_share(self, method: str) -> None:
        """Points, grades and paths are no share of the ballots."""
        for rules in (Rules(threshold="absolute"), Rules(threshold="qualified", share=HALF)):
            with pytest.raises(InvalidPoll, match="takes a quorum and no threshold"):
                check_rules(method, rules)

    @pytest.mark.parametrize("method", ["single", "approval", "ranked", "score"])
    def test_abstentions_count_somewhere(self, method: str) -> None:
        """Between options, blank ballots are on no side; they can only be part of the whole."""
        with pytest.raises(InvalidPoll, match="Abstentions count where"):
            check_rules(method, Rules(abstentions_count=True))


class TestPromises:
    @given(elections("consent", "single", "approval"), st.integers(1, 5), st.integers(0, 4), st.booleans())
    def test_more_is_never_less(self, election: Election, denominator: int, less: int, abstentions_count: bool) -> None:
        """What passes with a share of the votes passes with any smaller share."""
        numerator = max(1, denominator - less)
        shares = [(part, denominator) for part in range(1, numerator + 1)]

        passed = [
            count(
                election.method,
                election.options,
                election.ballots,
                seed=SEED,
                rules=Rules(threshold="qualified", share=share, abstentions_count=abstentions_count),
            ).verdict
            for share in shares
        ]

        are_passed = [found is not None and found.is_passed for found in passed]
        assert are_passed == sorted(are_passed, reverse=True)
