from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import Any

import pyrankvote
import pytest
from hypothesis import assume, given

from libs.tally import Ballot, Outcome, Tie, count, count_weighted
from tests.libs.tally.elections import SEED, Election, elections, minneapolis_2013, names, table

TREES = ("oak", "elm", "ash")


def ranked(options: Sequence[str], *ballots: tuple[int, str]) -> Outcome:
    """Count rankings that are written as words: `(3, "oak elm")` is cast three times."""
    weighted = {Ballot(tuple(ranking.split())): number for number, ranking in ballots}
    return count_weighted("ranked", options, weighted, seed=SEED)


class TestRounds:
    def test_a_majority_ends_the_count(self) -> None:
        """More than half of the ballots that rank anything win at once."""
        outcome = ranked(TREES, (3, "oak"), (1, "elm"), (1, "ash"), (4, ""))

        assert outcome.winners == ("oak",)
        assert table(outcome) == [{"oak": 3, "elm": 1, "ash": 1}]
        assert outcome.rounds[0].exhausted_count == 4

    def test_half_is_no_majority(self) -> None:
        """Exactly half of the ballots is not more than half: the last leaves and the count goes on."""
        outcome = ranked(TREES, (4, "oak"), (3, "elm"), (1, "ash"))

        assert [names(outcome, round_.eliminated) for round_ in outcome.rounds] == [["ash"], []]
        assert outcome.winners == ("oak",)

    def test_votes_go_on_to_the_next_that_is_in(self) -> None:
        """A ballot whose option leaves counts for its next one that has not left."""
        outcome = ranked(("oak", "elm", "ash", "yew"), (5, "oak"), (4, "elm"), (2, "ash yew elm"), (1, "yew"))

        assert table(outcome) == [
            {"oak": 5, "elm": 4, "ash": 2, "yew": 1},
            {"oak": 5, "elm": 4, "ash": 2},
            {"oak": 5, "elm": 6},
        ]
        assert outcome.winners == ("elm",)

    def test_a_ballot_exhausts_at_its_end(self) -> None:
        """A ballot whose options have all left counts for nobody, and is said to."""
        outcome = ranked(TREES, (4, "oak"), (3, "elm"), (2, "ash"), (1, ""))

        assert [round_.exhausted_count for round_ in outcome.rounds] == [1, 3]
        assert outcome.blank_count == 1
        assert outcome.winners == ("oak",)

    def test_options_without_ballots_leave_together(self) -> None:
        """Where nothing can be moved there is nothing to choose: no tie is broken."""
        outcome = ranked((*TREES, "yew", "fir"), (3, "oak"), (2, "elm ash"), (2, "ash"))

        assert names(outcome, outcome.rounds[0].eliminated) == ["yew", "fir"]
        assert outcome.rounds[0].tie is None


class TestTies:
    def test_an_earlier_round_breaks_a_tie(self) -> None:
        """Of two with the fewest the one leaves that had fewer in the latest round where they differ."""
        outcome = ranked(("oak", "elm", "ash", "yew"), (5, "oak"), (4, "elm"), (3, "ash"), (1, "yew ash"))

        assert outcome.rounds[1].tie == Tie(options=(1, 2), broken_by=("round 1",))
        assert names(outcome, outcome.rounds[1].eliminated) == ["ash"]

    def test_the_latest_round_is_asked_first(self) -> None:
        """Where earlier rounds disagree about two options, the later of them counts."""
        outcome = ranked(
            ("oak", "elm", "ash", "fir", "yew"),
            *((8, "oak"), (3, "elm"), (4, "ash"), (2, "fir"), (1, "fir ash"), (2, "yew elm")),
        )

        elm_and_ash = [(counts["elm"], counts["ash"]) for counts in table(outcome)[:3]]
        assert elm_and_ash == [(3, 4), (5, 4), (5, 5)]
        assert outcome.rounds[2].tie == Tie(options=(1, 2), broken_by=("round 2",))
        assert names(outcome, outcome.rounds[2].eliminated) == ["ash"]

    def test_a_lot_decides_among_those_whom_no_round_tells_apart(self) -> None:
        """Of three that are level, a round sets one above the others; the lot is between these two."""
        outcome = ranked(
            ("oak", "elm", "ash", "fir", "yew"),
            *((11, "oak"), (4, "elm"), (3, "ash"), (3, "fir"), (1, "yew ash"), (1, "yew fir")),
        )

        assert table(outcome)[1] == {"oak": 11, "elm": 4, "ash": 4, "fir": 4}
        assert outcome.rounds[1].tie == Tie((1, 2, 3), broken_by=("round 1", "lot"), seed=SEED.hex())
        assert names(outcome, outcome.rounds[1].eliminated) == [_drawn("ash", "fir")]

    def test_a_lot_can_be_drawn_again(self) -> None:
        """Where no round tells options apart, the lowest SHA-256 of seed and option leaves."""
        outcome = ranked(TREES, (3, "oak"), (2, "elm"), (2, "ash"))

        assert names(outcome, outcome.rounds[0].eliminated) == [_drawn("elm", "ash")]
        assert outcome.rounds[0].tie == Tie(options=(1, 2), broken_by=("lot",), seed=SEED.hex())

    def test_the_seed_is_what_a_lot_depends_on(self) -> None:
        """Another seed may draw another option; every option can be drawn."""
        ballots: dict[Ballot, int] = {Ballot(("oak",)): 3, Ballot(("elm",)): 2, Ballot(("ash",)): 2}

        drawn = {
            count_weighted("ranked", TREES, ballots, seed=bytes([seed])).rounds[0].eliminated for seed in range(20)
        }

        assert drawn == {(1,), (2,)}

    def test_two_last_that_are_level(self) -> None:
        """A tie for the first place is broken as any other, and the outcome says by what."""
        outcome = ranked(TREES, (3, "oak"), (2, "elm"), (1, "ash elm"))

        assert table(outcome)[1] == {"oak": 3, "elm": 3}
        assert outcome.rounds[1].tie == Tie(options=(0, 1), broken_by=("round 1",))
        assert outcome.winners == ("oak",)

    def test_everything_tied(self) -> None:
        """Where all are equal, lots alone decide, round by round, and one is left."""
        outcome = ranked(TREES, (2, "oak"), (2, "elm"), (2, "ash"))

        assert [round_.tie.broken_by for round_ in outcome.rounds if round_.tie] == [("lot",), ("lot",)]
        assert table(outcome)[-1] == {outcome.winners[0]: 2}
        assert outcome.rounds[-1].exhausted_count == 4


def _drawn(*options: str) -> str:
    """Draw the lot by hand."""
    return min(options, key=lambda option: sha256(SEED + option.encode()).hexdigest())


class TestEdges:
    @pytest.mark.parametrize("ballots_count", [0, 3])
    def test_nothing_ranked_elects_nobody(self, ballots_count: int) -> None:
        """No ballots, or blank ones alone, give one round of noughts and no winner."""
        outcome = ranked(TREES, (ballots_count, ""))

        assert outcome.winners == ()
        assert table(outcome) == [{"oak": 0, "elm": 0, "ash": 0}]
        assert outcome.ballots_count == outcome.blank_count == ballots_count

    def test_one_option(self) -> None:
        """The only option wins if a single ballot ranks it."""
        assert ranked(("oak",), (1, "oak"), (9, "")).winners == ("oak",)
        assert ranked(("oak",), (9, "")).winners == ()

    def test_five_hundred_options_all_tied(self) -> None:
        """A count comes to its end whatever it is given: here with 500 equal options, in 500 rounds."""
        options = [f"option {number}" for number in range(500)]

        outcome = count("ranked", options, [(option,) for option in options], seed=SEED)

        assert len(outcome.rounds) == 500
        assert len(outcome.winners) == 1

    def test_five_hundred_options_two_wanted(self) -> None:
        """Options that nobody ranks do not make a count longer."""
        options = [str(number) for number in range(500)]

        outcome = ranked(options, (2, "7 9"), (1, "9"), (1, "250 9"), (1, "9 7"))

        assert len(outcome.rounds) == 3
        assert outcome.winners == ("9",)


class TestPromises:
    @given(elections("ranked"))
    def test_no_ballot_is_lost(self, election: Election) -> None:
        """In each round every ballot counts for one option or is exhausted."""
        outcome = election.outcome()

        for counts, round_ in zip(table(outcome), outcome.rounds, strict=True):
            assert sum(counts.values()) + round_.exhausted_count == len(election.ballots)

    @given(elections("ranked"))
    def test_rounds_are_few(self, election: Election) -> None:
        """Somebody leaves in every round but the last, nobody twice, and never the winner."""
        outcome = election.outcome()

        gone = [place for round_ in outcome.rounds for place in round_.eliminated]
        assert all(round_.eliminated for round_ in outcome.rounds[:-1])
        assert len(outcome.rounds) <= len(election.options)
        assert len(set(gone)) == len(gone)
        assert not set(names(outcome, gone)) & set(outcome.winners)

    @given(elections("ranked"))
    def test_the_last_round_shows_a_majority(self, election: Election) -> None:
        """Whoever wins holds more than half of the ballots that still count, and nobody did before."""
        outcome = election.outcome()

        majorities = [max(counts.values()) * 2 > sum(counts.values()) for counts in table(outcome)]
        assert majorities == [False] * (len(majorities) - 1) + [bool(outcome.winners)]

    @given(elections("ranked"))
    def test_stopping_early_changes_no_winner(self, election: Election) -> None:
        """Counting on until two are left elects the same: a majority of what counts is never lost."""
        outcome = election.outcome()
        assume(not any(round_.tie for round_ in outcome.rounds))

        in_the_end = _first_of_last_two(Counter(election.ballots), set(election.options))

        assume(in_the_end is not None)
        assert outcome.winners == (in_the_end,)


def _first_of_last_two(ballots: Counter[Ballot], left: set[str]) -> str | None:
    """The winner by the rule that counts until two are left; None where that needs a tie broken."""
    while True:
        firsts = Counter(dict.fromkeys(left, 0))
        for ballot, number in ballots.items():
            firsts.update(dict.fromkeys([option for option in ballot.choices if option in left][:1], number))
        (last, fewest), *better = sorted(firsts.items(), key=lambda item: item[1])
        if better and fewest and better[0][1] == fewest:
            return None
        if len(left) <= 2:
            return firsts.most_common(1)[0][0] if any(firsts.values()) else None
        left = left - {last}


class TestBesideAnotherLibrary:
    """
    pyrankvote was written by others, from the same rule.

    It takes out all that it finds hopeless at once, so the options that are left differ in some of its rounds.
    """

    @pytest.mark.parametrize("options_count", [2, 3, 5, 8])
    def test_elects_the_same_with_the_same_figures(self, options_count: int) -> None:
        """Winners agree, and so does every figure of a round in which the same options are left."""
        random = Random(options_count)
        outcomes_count = rounds_count = 0
        for _ in range(60):
            election = _random_election(random, options_count)
            outcome = election.outcome()
            if not _rules_agree(outcome):
                continue
            theirs = _by_pyrankvote(election)
            assert tuple(winner.name for winner in theirs.get_winners()) == outcome.winners

            ours = {frozenset(counts): counts for counts in map(_supported, table(outcome))}
            same = [counts for counts in _figures(theirs) if frozenset(counts) in ours]
            assert all(counts == ours[frozenset(counts)] for counts in same)
            outcomes_count += 1
            rounds_count += len(same)

        assert outcomes_count > 30
        assert rounds_count >= outcomes_count


def _by_pyrankvote(election: Election) -> Any:
    candidates = {option: pyrankvote.Candidate(option) for option in election.options}
    ballots = [pyrankvote.Ballot([candidates[choice] for choice in ballot.choices]) for ballot in election.ballots]
    return pyrankvote.instant_runoff_voting(list(candidates.values()), ballots)


def _figures(theirs: Any) -> list[dict[str, int]]:
    return [
        _supported({result.candidate.name: int(result.number_of_votes) for result in round_.candidate_results})
        for round_ in theirs.rounds
    ]


def _supported(counts: dict[str, int]) -> dict[str, int]:
    """Leave out who has no votes; with pyrankvote that is also who has left."""
    return {name: votes for name, votes in counts.items() if votes}


def _random_election(random: Random, options_count: int) -> Election:
    """An election of a few hundred voters, in which some options are better liked than others."""
    options = tuple(f"option {number}" for number in range(options_count))
    liking = {option: random.random() for option in options}
    ballots = []
    for _ in range(random.randint(200, 400)):
        ranking = sorted(options, key=lambda option: random.random() * liking[option])
        ballots.append(Ballot(tuple(ranking[: random.randint(0, options_count)])))
    return Election("ranked", options, tuple(ballots))


def _rules_agree(outcome: Outcome) -> bool:
    """Whether there is nothing on which pyrankvote has another rule: ties, and exactly half."""
    halves = any(2 * max(counts.values()) == sum(counts.values()) for counts in table(outcome))
    return not halves and not any(round_.tie for round_ in outcome.rounds)


class TestMinneapolis2013:
    """A real election of 35 candidates, with the figures that the city declared."""

    def test_gives_the_official_outcome(self) -> None:
        """Betsy Hodges was elected with 38,870 in the last round against 24,972 for Mark Andrew."""
        outcome = count_weighted("ranked", *minneapolis_2013(), seed=SEED)

        assert outcome.winners == ("BETSY HODGES",)
        assert table(outcome)[-1] == {"BETSY HODGES": 38_870, "MARK ANDREW": 24_972}
        assert outcome.ballots_count == 80_101
        assert outcome.rounds[-1].exhausted_count == 80_101 - 38_870 - 24_972

    def test_no_tie_was_broken(self) -> None:
        """34 rounds, each of which put one candidate out by the count alone."""
        outcome = count_weighted("ranked", *minneapolis_2013(), seed=SEED)

        assert len(outcome.rounds) == 34
        assert {len(round_.eliminated) for round_ in outcome.rounds[:-1]} == {1}
        assert not any(round_.tie for round_ in outcome.rounds)

    def test_a_hair_short_of_a_majority(self) -> None:
        """With three left she held 34,083 of 68,405: not half, so the count went on, as the city's did."""
        outcome = count_weighted("ranked", *minneapolis_2013(), seed=SEED)

        three_left = table(outcome)[-2]
        assert (three_left["BETSY HODGES"], sum(three_left.values())) == (34_083, 68_405)
