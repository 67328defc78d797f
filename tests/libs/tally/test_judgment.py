from collections import Counter
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from votelib.evaluate.cardinal import MajorityJudgment

from libs.tally import Ballot, Outcome, Settings, Tie, count_weighted
from tests.libs.tally.elections import (
    GRADES,
    SEED,
    Election,
    drawn,
    elections,
    minneapolis_2013,
    names,
    table,
    weighted,
)

TREES = ("oak", "elm", "ash")
SETTINGS = Settings(grades=GRADES)


def judged(*lines: tuple[int, str], settings: Settings = SETTINGS) -> Outcome:
    """Count judgments of trees: 0 is good, 1 fair, 2 poor."""
    return count_weighted("judgment", TREES, weighted(*lines), seed=SEED, settings=settings)


class TestJudgment:
    def test_the_best_median_wins(self) -> None:
        """What half find good wins, whatever the others think of it."""
        outcome = judged((2, "oak:0 elm:1 ash:2"), (1, "oak:2 elm:1 ash:1"))

        assert [(round_.label, round_.counts) for round_ in outcome.rounds] == [
            ("grade good", (2, 0, 0)),
            ("grade fair", (0, 3, 1)),
            ("grade poor", (1, 0, 2)),
            ("median", (0, 1, 2)),
        ]
        assert outcome.winners == ("oak",)
        assert outcome.ranking == ((0,), (1,), (2,))

    def test_of_two_in_the_middle_the_lower(self) -> None:
        """With an even number of judges, one good and one poor are poor; what both find fair is better."""
        outcome = judged((1, "oak:0 elm:1"), (1, "oak:2 elm:1"))

        assert outcome.rounds[-1].counts == (2, 1, 2)
        assert outcome.winners == ("elm",)

    def test_medians_are_taken_away_one_by_one(self) -> None:
        """Of two that are fair the one wins whose next median, without one fair judge each, is better."""
        outcome = judged((2, "oak:0 elm:0"), (1, "oak:1 elm:1"), (1, "oak:1 elm:2"), (1, "oak:2 elm:2"))

        # oak: good good fair fair poor; elm: good good fair poor poor
        assert outcome.rounds[-1].counts[:2] == (1, 1)
        assert outcome.winners == ("oak",)
        assert outcome.rounds[-1].tie is None

    def test_an_option_not_judged_has_the_worst_grade(self) -> None:
        """Who judges anything judges everything; so nothing wins by being unknown."""
        outcome = judged((1, "oak:0"), (2, "elm:1"))

        assert [round_.counts for round_ in outcome.rounds[:-1]] == [(1, 0, 0), (0, 2, 0), (2, 1, 3)]
        assert outcome.winners == ("elm",)

    def test_the_same_grades_are_level(self) -> None:
        """Only options with the same grades, one for one, tie; all win, or one is drawn."""
        lines = ((1, "oak:0 elm:1"), (1, "oak:1 elm:0"))

        standing, one = judged(*lines), judged(*lines, settings=Settings(grades=GRADES, draws_ties=True))

        assert (standing.winners, standing.rounds[-1].tie) == (("oak", "elm"), Tie((0, 1)))
        assert (one.winners, one.rounds[-1].tie) == ((drawn("oak", "elm"),), Tie((0, 1), ("lot",), SEED.hex()))

    @pytest.mark.parametrize("lines", [[], [(3, "")], [(3, "oak:2 elm:2")]])
    def test_the_worst_does_not_win(self, lines: list[tuple[int, str]]) -> None:
        """Where nobody finds anything better than the worst, nothing is supported."""
        assert judged(*lines).winners == ()


class TestThePublishedExample:
    """
    A national poll before the French presidential election of 2012, as Balinski and Laraki tell it.

    The figures are hundredths of a percent of the judges, from outstanding to reject; they find Hollande and Bayrou
    good, in this order, and Sarkozy acceptable, who is second when everybody names one.
    """

    PROFILES: ClassVar = {
        "Sarkozy": (963, 1235, 1628, 1099, 1113, 787, 3175),
        "Hollande": (1248, 1615, 1642, 1167, 1479, 1425, 1424),
        "Bayrou": (258, 977, 2171, 2523, 2008, 1194, 869),
    }
    GRADES = ("outstanding", "excellent", "very good", "good", "acceptable", "poor", "reject")

    def test_has_the_published_order(self) -> None:
        """Hollande is good with more who find him better than worse, Bayrou good with fewer, Sarkozy acceptable."""
        columns = [[grade for grade in range(7) for _ in range(times[grade])] for times in self.PROFILES.values()]
        ballots = Counter(Ballot(tuple(self.PROFILES), grades) for grades in zip(*columns, strict=True))

        outcome = count_weighted(
            "judgment", tuple(self.PROFILES), ballots, seed=SEED, settings=Settings(grades=self.GRADES)
        )

        assert outcome.ranking == ((1,), (2,), (0,))
        assert [self.GRADES[median or 0] for median in outcome.rounds[-1].counts] == ["acceptable", "good", "good"]


class TestPromises:
    @given(elections("judgment"))
    def test_agrees_with_taking_away_by_hand(self, election: Election) -> None:
        """The order is that of the medians which come up when they are taken away one by one."""
        judges = [dict(zip(*ballot, strict=True)) for ballot in election.ballots if ballot.choices]
        values = {
            option: _majority_value([judge.get(option, len(GRADES) - 1) for judge in judges])
            for option in election.options
        }

        outcome = election.outcome()

        order = [set(names(outcome, places)) for places in outcome.ranking]
        by_hand = [{o for o in election.options if values[o] == value} for value in sorted(set(values.values()))]
        assert order == by_hand

    @given(elections("judgment"), st.integers(1, 9))
    def test_blank_ballots_judge_nothing(self, election: Election, blank_count: int) -> None:
        """However many abstain, every grade and every place stays what it was."""
        more = election._replace(ballots=election.ballots + (Ballot(()),) * blank_count)

        here, there = election.outcome(), more.outcome()

        assert (here.winners, here.ranking, table(here)) == (there.winners, there.ranking, table(there))
        assert there.blank_count == here.blank_count + blank_count


def _majority_value(grades: list[int]) -> list[int] | tuple[int, ...]:
    """The medians, the lower middle one of an even number, as they are taken away one by one."""
    left, value = sorted(grades), []
    while left:
        value.append(left.pop(len(left) // 2))
    return tuple(value)


class TestBesideAnotherLibrary:
    @pytest.mark.parametrize("voters_count", [7, 50, 301])
    def test_the_same_wins_by_the_median(self, voters_count: int) -> None:
        """
        votelib elects the same where one option has a better median than the rest; to it the best is the highest.

        Between equal medians it does not compare what comes up as they are taken away one by one.
        """
        random = Random(voters_count)
        outcomes_count = 0
        for _ in range(200):
            liking = {tree: [random.random() for _ in GRADES] for tree in TREES}
            ballots = Counter(
                Ballot(TREES, tuple(random.choices(range(3), liking[tree])[0] for tree in TREES))
                for _ in range(voters_count)
            )
            outcome = count_weighted("judgment", TREES, ballots, seed=SEED, settings=SETTINGS)
            medians = outcome.rounds[-1].counts
            if medians.count(min(medians)) > 1:  # type: ignore[type-var]
                continue
            scores = {
                frozenset((tree, 2 - grade) for tree, grade in zip(*ballot, strict=True)): times
                for ballot, times in ballots.items()
            }

            assert MajorityJudgment().evaluate(scores, 1) == list(outcome.winners)
            outcomes_count += 1

        assert outcomes_count > 30


class TestMinneapolis2013:
    def test_with_ranks_as_grades(self) -> None:
        """Of 80,101 ballots, the candidate whom most rank at all has the best value; grades add up."""
        options, rankings = minneapolis_2013()
        ballots = {Ballot(each.choices, tuple(range(len(each.choices)))): times for each, times in rankings.items()}
        settings = Settings(grades=("first", "second", "third", "not ranked"))

        outcome = count_weighted("judgment", options, ballots, seed=SEED, settings=settings)

        judges_count = outcome.ballots_count - outcome.blank_count
        assert outcome.winners == ("BETSY HODGES",)
        assert {sum(column) for column in zip(*(r.counts for r in outcome.rounds[:-1]), strict=True)} == {judges_count}
