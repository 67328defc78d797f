from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance, Project
from pabutools.rules import completion_by_rule_combination, greedy_utilitarian_welfare, method_of_equal_shares

from libs.tally import Ballot, Outcome, Round, Settings, Tie, count, count_weighted
from libs.tally.budget import Shares
from libs.tally.poll import Poll
from tests.libs.tally.elections import SEED, Election, drawn, elections, names, weighted


def bought(budget: int, costs: dict[str, int], *lines: tuple[int, str]) -> Outcome:
    """Spend *budget* on what costs so much."""
    settings = Settings(budget=budget, costs=tuple(costs.values()))
    return count_weighted("budget", tuple(costs), weighted(*lines), seed=SEED, settings=settings)


class TestEqualShares:
    def test_supporters_pay(self) -> None:
        """Six voters have 10 each: four pay a bench of 24 with 6 each, and two cannot pay trees of 21."""
        outcome = bought(60, {"bench": 24, "trees": 21, "well": 38}, (4, "bench"), (2, "trees well"))

        assert outcome.rounds == (
            Round((4, 2, 2), 0, elected=(0,), label="share 6.00000"),
            Round((None, 2, 2), 0, elected=(1,), label="rest"),
        )
        assert outcome.winners == ("bench", "trees")

    def test_a_minority_has_its_share(self) -> None:
        """A third of the voters decide about a third of the money, though the others are more for everything."""
        outcome = bought(90, {"road": 60, "bridge": 60, "library": 30}, (6, "road bridge"), (3, "library"))

        assert set(outcome.winners) == {"library", drawn("road", "bridge")}

    def test_who_has_less_pays_what_is_left(self) -> None:
        """A voter whose share is nearly spent pays the rest of it, and the others pay more, as much as each other."""
        costs = {"bench": 24, "trees": 36, "well": 22}
        outcome = bought(60, costs, (3, "bench"), (1, "bench trees well"), (2, "trees well"))

        # The bench leaves 4 of 10 to one of the three who want the well: 4 and twice 9 are 22.
        assert [(round_.label, round_.elected) for round_ in outcome.rounds] == [
            ("share 6.00000", (0,)),
            ("share 9.00000", (2,)),
        ]

    def test_a_price_is_told_to_five_decimals(self) -> None:
        """A third of 10 is cut off where it is told, and nowhere else: three pay the whole."""
        outcome = bought(30, {"bench": 10, "well": 20}, (3, "bench well"))

        assert [round_.label for round_ in outcome.rounds if 0 in round_.elected] == ["share 3.33333"]
        assert outcome.winners == ("bench", "well")

    def test_the_smallest_part_of_the_cost_goes_first(self) -> None:
        """A dear project with many supporters goes before a cheap one with few."""
        outcome = bought(100, {"bench": 10, "park": 60}, (8, "park"), (2, "bench"))

        assert [names(outcome, round_.elected) for round_ in outcome.rounds] == [["park"], ["bench"]]


class TestTheRest:
    def test_goes_to_the_most_wanted_that_fits(self) -> None:
        """What nobody's share pays is bought from the rest by the number of supporters, as long as it fits."""
        outcome = bought(10, {"well": 9, "bench": 6, "sign": 4}, (3, "well"), (2, "bench"), (1, "sign"), (4, ""))

        assert outcome.rounds == (Round((3, 2, 1), 4, elected=(0,), label="rest"),)
        assert outcome.winners == ("well",)

    def test_passes_over_what_does_not_fit(self) -> None:
        """A project dearer than the rest does not stop a cheaper one."""
        outcome = bought(10, {"well": 6, "bench": 6, "sign": 4}, (3, "well"), (2, "bench"), (1, "sign"))

        assert [names(outcome, round_.elected) for round_ in outcome.rounds] == [["well"], ["sign"]]

    def test_nothing_that_nobody_wants(self) -> None:
        """Money may be left: no project is bought without a supporter."""
        assert bought(10, {"well": 6, "bench": 4}, (1, "well")).winners == ("well",)
        for lines in ((), ((5, ""),)):
            outcome = bought(10, {"well": 6, "bench": 4}, *lines)
            assert (outcome.winners, outcome.rounds[0].counts) == ((), (0, 0))

    def test_ties_are_drawn(self) -> None:
        """One of two that are level is bought first, whatever the settings; the lot says which."""
        outcome = bought(10, {"well": 6, "bench": 6}, (1, "well"), (1, "bench"))

        assert outcome.rounds[0].tie == Tie((0, 1), ("lot",), SEED.hex())
        assert outcome.winners == (drawn("well", "bench"),)


class TestPromises:
    @given(elections("budget"))
    def test_the_budget_is_kept(self, election: Election) -> None:
        """No more is spent than there is, and nothing is left that would pay for a project with a supporter."""
        outcome = election.outcome()

        costs = dict(zip(election.options, election.settings.costs, strict=True))
        wanted = {choice for ballot in election.ballots for choice in ballot.choices}
        rest = (election.settings.budget or 0) - sum(costs[winner] for winner in outcome.winners)
        assert rest >= 0
        assert all(costs[option] > rest for option in wanted - set(outcome.winners))

    @given(elections("budget"))
    def test_nobody_pays_more_than_the_share(self, election: Election) -> None:
        """Supporters alone pay, the whole cost, no more than the price and no more than they have."""
        poll = Poll("budget", election.options, election.settings, SEED)
        shares = Shares(poll, {ballot: election.ballots.count(ballot) for ballot in election.ballots})

        while (found := shares.cheapest()) is not None:
            place, price, _ = found
            before = dict(shares.money)
            shares.buy(place, price)
            paid = {ballot: before[ballot] - shares.money[ballot] for ballot in before}
            assert sum(paid[ballot] * shares.numbers[ballot] for ballot in paid) == election.settings.costs[place]
            assert all(0 <= part <= price for part in paid.values())
            assert all(not part or election.options[place] in ballot.choices for ballot, part in paid.items())
            assert all(money >= 0 for money in shares.money.values())

    @given(elections("budget"))
    def test_prices_never_fall(self, election: Election) -> None:
        """Each project in turn takes as large a part of its cost from a supporter as the one before, or a larger."""
        outcome = election.outcome()
        costs = election.settings.costs

        parts = [
            Fraction(round_.label.removeprefix("share ")) / costs[round_.elected[0]]
            for round_ in outcome.rounds
            if round_.label.startswith("share")
        ]
        assert all(after - before > -Fraction(1, 100_000) for before, after in pairwise(parts))


class TestBesideAnotherLibrary:
    @pytest.mark.parametrize("projects_count", [3, 6, 12])
    def test_buys_the_same(self, projects_count: int) -> None:
        """pabutools with cost utilities, then utilitarian completion: the same projects wherever none are level."""
        random = Random(projects_count)
        options = tuple(f"project {number}" for number in range(projects_count))
        outcomes_count = shares_count = rest_count = 0
        for _ in range(150):
            settings = Settings(budget=1_000, costs=tuple(random.randint(50, 700) for _ in options))
            ballots = [
                Ballot(tuple(random.sample(options, random.randint(1, projects_count))))
                for _ in range(random.randint(5, 60))
            ]
            outcome = count("budget", options, ballots, seed=SEED, settings=settings)
            if any(round_.tie for round_ in outcome.rounds):
                continue
            assert _by_pabutools(options, settings, ballots) == set(outcome.winners)
            outcomes_count += 1
            shares_count += any(round_.label.startswith("share") for round_ in outcome.rounds)
            rest_count += any(round_.label == "rest" for round_ in outcome.rounds)

        assert min(outcomes_count, shares_count, rest_count) > 20


def _by_pabutools(options: tuple[str, ...], settings: Settings, ballots: list[Ballot]) -> set[str]:
    projects = {option: Project(option, cost) for option, cost in zip(options, settings.costs, strict=True)}
    instance = Instance(projects.values(), budget_limit=settings.budget)
    profile = ApprovalProfile([ApprovalBallot(projects[choice] for choice in ballot.choices) for ballot in ballots])
    chosen = completion_by_rule_combination(
        instance,
        profile,
        [method_of_equal_shares, greedy_utilitarian_welfare],
        [{"sat_class": Cost_Sat}, {"sat_class": Cost_Sat}],
    )
    return {project.name for project in chosen}
