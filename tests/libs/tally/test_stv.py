from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import assume, given

from libs.tally import Ballot, Outcome, Settings, Tie, count, count_weighted
from libs.tally.stv import UNIT
from tests.libs.tally.elections import (
    SEED,
    Election,
    drawn,
    elections,
    minneapolis_2013,
    names,
    pollokshields_2007,
    table,
    weighted,
)


def elected(seats: int, options: str, *lines: tuple[int, str]) -> Outcome:
    """Fill the seats."""
    ballots = weighted(*lines)
    return count_weighted("stv", options.split(), ballots, seed=SEED, settings=Settings(seats=seats))


def votes(outcome: Outcome) -> list[dict[str, str]]:
    """The figures of each stage with five decimals."""
    return [{name: f"{Decimal(votes) / UNIT:.5f}" for name, votes in counts.items()} for counts in table(outcome)]


class TestQuota:
    @pytest.mark.parametrize("ballots_count, seats, quota", [(100, 1, 51), (100, 2, 34), (101, 2, 34), (102, 2, 35)])
    def test_is_droops(self, ballots_count: int, seats: int, quota: int) -> None:
        """The ballots divided by one more than the seats, the rest dropped, and one; blank ballots are none."""
        outcome = elected(seats, "oak elm ash", (ballots_count, "oak"), (7, ""))

        assert outcome.quota == quota * UNIT

    def test_the_quota_is_enough(self) -> None:
        """Whoever reaches it exactly is elected, and has nothing to pass on; one vote less is not enough."""
        outcome = elected(1, "oak elm ash", (4, "oak"), (2, "elm"), (1, "ash"))
        assert (outcome.rounds[0].elected, len(outcome.rounds)) == ((0,), 1)

        outcome = elected(1, "oak elm ash", (3, "oak"), (3, "elm"), (1, "ash elm"))
        assert outcome.rounds[0].elected == ()
        assert outcome.winners == ("elm",)


class TestSurplus:
    def test_goes_on_from_every_ballot(self) -> None:
        """All twelve ballots go on, each at a twelfth of the surplus of five, cut off: what is cut off is lost."""
        outcome = elected(2, "oak elm ash", (8, "oak elm"), (4, "oak"), (5, "ash"), (2, "elm"))

        assert outcome.quota == 7 * UNIT
        assert [round_.label for round_ in outcome.rounds] == ["", "surplus 0"]
        assert votes(outcome)[1] == {"oak": "7.00000", "elm": "5.33328", "ash": "5.00000"}
        assert outcome.rounds[1].exhausted_count == 19 * UNIT - 7 * UNIT - 533_328 - 5 * UNIT
        assert outcome.winners == ("oak", "elm")

    def test_the_largest_first(self) -> None:
        """Of two surpluses the larger goes on first, and not to one who is elected already."""
        outcome = elected(3, "oak elm ash fir", (9, "oak elm ash"), (7, "elm fir"), (3, "fir"), (1, "ash"))

        assert [round_.label for round_ in outcome.rounds] == ["", "surplus 0", "surplus 1"]
        assert votes(outcome)[1] == {"oak": "6.00000", "elm": "7.00000", "ash": "3.99997", "fir": "3.00000"}
        assert votes(outcome)[2] == {"oak": "6.00000", "elm": "6.00000", "ash": "3.99997", "fir": "3.99995"}

    def test_of_equal_ones_the_larger_before(self) -> None:
        """Of two equal surpluses the one goes on first that had more votes at the last stage where they differ."""
        outcome = elected(4, "oak elm ash fir yew", (20, "ash oak"), (2, "oak"), (12, "elm"), (7, "fir"), (5, "yew"))

        assert votes(outcome)[1]["oak"] == votes(outcome)[1]["elm"] == "12.00000"
        assert outcome.rounds[1].tie == Tie((0, 1), ("round 1",))
        assert [round_.label for round_ in outcome.rounds[:4]] == ["", "surplus 2", "surplus 1", "surplus 0"]

    def test_or_the_lot(self) -> None:
        """Where they were equal at all stages, the highest lot goes on first."""
        outcome = elected(3, "oak elm ash fir", (7, "oak ash"), (7, "elm fir"), (1, "ash"), (1, "fir"))

        first = outcome.options.index(drawn("oak", "elm"))
        assert outcome.rounds[0].tie == Tie((0, 1), ("lot",), SEED.hex())
        assert outcome.rounds[1].label == f"surplus {first}"


class TestExclusion:
    def test_ballots_go_on_at_their_value(self) -> None:
        """What came as a part of a surplus goes on as that part, what came as a first choice goes on whole."""
        outcome = elected(
            2, "oak elm ash fir", (10, "oak ash fir"), (1, "ash fir"), (5, "elm"), (5, "fir"), (2, "elm ash")
        )

        assert outcome.quota == 8 * UNIT
        assert [round_.label for round_ in outcome.rounds] == ["", "surplus 0", "exclusion 2"]
        assert votes(outcome)[1]["ash"] == "3.00000"
        assert votes(outcome)[2] == {"oak": "8.00000", "elm": "7.00000", "fir": "8.00000"}
        assert outcome.winners == ("oak", "fir")

    def test_the_latest_difference_decides(self) -> None:
        """Of two with the fewest the one is excluded that had fewer at the last stage where they differ."""
        outcome = elected(1, "oak elm ash yew", (5, "oak"), (4, "elm"), (3, "ash"), (1, "yew ash"))

        assert outcome.rounds[1].tie == Tie((1, 2), ("round 1",))
        assert names(outcome, outcome.rounds[1].eliminated) == ["ash"]

    def test_or_the_lot(self) -> None:
        """Where they were equal at all stages, the lowest lot is excluded."""
        outcome = elected(1, "oak elm ash", (3, "oak"), (2, "elm"), (2, "ash"))

        assert outcome.rounds[0].tie == Tie((1, 2), ("lot",), SEED.hex())


class TestLastVacancies:
    def test_who_is_left_is_elected(self) -> None:
        """As many as there are seats left need no quota, and no vote is moved for them any more."""
        outcome = elected(2, "oak elm ash", (5, "oak"), (2, "elm"), (1, "ash oak"))

        assert len(outcome.rounds) == 2
        assert (outcome.rounds[1].eliminated, outcome.rounds[1].elected) == ((2,), (1,))
        assert outcome.winners == ("oak", "elm")

    def test_as_many_seats_as_options(self) -> None:
        """All are elected at once, also one whom nobody ranks."""
        assert elected(3, "oak elm ash", (1, "oak")).winners == ("oak", "elm", "ash")

    def test_nothing_ranked_elects_nobody(self) -> None:
        """The Order does not foresee it; here nobody takes a seat without a single ballot."""
        outcome = elected(2, "oak elm ash", (4, ""))

        assert (outcome.winners, len(outcome.rounds)) == ((), 1)
        assert outcome.rounds[0].exhausted_count == 4 * UNIT


class TestPromises:
    @given(elections("stv"))
    def test_no_vote_is_lost_or_made(self, election: Election) -> None:
        """At each stage all votes are with options or exhausted, and nobody elected keeps more than the quota."""
        outcome = election.outcome()

        for counts, round_ in zip(table(outcome), outcome.rounds, strict=True):
            assert sum(counts.values()) + round_.exhausted_count == len(election.ballots) * UNIT
            assert round_.exhausted_count >= 0

    @given(elections("stv"))
    def test_every_seat_is_filled(self, election: Election) -> None:
        """With any ballot that ranks something, as many are elected as there are seats."""
        outcome = election.outcome()

        seats = election.settings.seats if any(ballot.choices for ballot in election.ballots) else 0
        assert len(outcome.winners) == seats

    @given(elections("ranked"))
    def test_one_seat_is_instant_runoff(self, election: Election) -> None:
        """With one seat the same is elected, and by the same lots, though the stages are others."""
        single = election._replace(method="stv")

        assert single.outcome().winners == election.outcome().winners

    @given(elections("stv"))
    def test_agrees_with_counting_paper_by_paper(self, election: Election) -> None:
        """The figures are those of a plain count of single papers in decimal numbers."""
        outcome = election.outcome()
        assume(outcome.winners and not any(round_.tie for round_ in outcome.rounds))

        stages, winners = _paper_by_paper(election.options, election.ballots, election.settings.seats)

        assert stages == table(outcome)
        assert winners == set(outcome.winners)


class _Papers:
    """The Order again, for elections without ties: single papers, each with its own value in decimal numbers."""

    def __init__(self, options: Sequence[str], ballots: Sequence[Ballot]) -> None:
        self.hopeful = set(options)
        self.papers: dict[str, list[tuple[Ballot, Decimal]]] = {option: [] for option in options}
        self.kept: dict[str, Decimal] = {}
        for ballot in ballots:
            self.hand(ballot, Decimal(1))

    def hand(self, ballot: Ballot, value: Decimal) -> None:
        """Put a paper with the next who is hopeful."""
        if (choice := next((choice for choice in ballot.choices if choice in self.hopeful), None)) is not None:
            self.papers[choice].append((ballot, value))

    def votes(self) -> dict[str, Decimal]:
        """What each one has that is not excluded."""
        return {o: self.kept.get(o, sum((value for _, value in held), Decimal(0))) for o, held in self.papers.items()}

    def pass_surplus(self, option: str, quota: Decimal) -> None:
        """Pass on what is above the quota, from every paper."""
        total, self.kept[option] = self.votes()[option], quota
        for ballot, value in self.papers[option]:
            part = (total - quota) * value / total
            self.hand(ballot, part.quantize(Decimal("0.00001"), ROUND_DOWN))


def _paper_by_paper(
    options: Sequence[str], ballots: Sequence[Ballot], seats: int
) -> tuple[list[dict[str, int]], set[str]]:
    """The figures of each stage, and who is elected."""
    valid = [ballot for ballot in ballots if ballot.choices]
    quota = Decimal(len(valid) // (seats + 1) + 1)
    count_, winners, stages = _Papers(options, valid), set[str](), []
    while True:
        votes_ = count_.votes()
        stages.append({option: int(held * UNIT) for option, held in votes_.items()})
        winners |= {option for option in count_.hopeful if votes_[option] >= quota}
        count_.hopeful -= winners
        if len(winners) + len(count_.hopeful) <= seats or len(winners) == seats:
            return stages, winners if len(winners) == seats else winners | count_.hopeful
        best = max(winners, key=lambda option: votes_[option], default=None)
        if best is not None and votes_[best] > quota:
            count_.pass_surplus(best, quota)
            continue
        last = min(count_.hopeful, key=lambda option: votes_[option])
        count_.hopeful.discard(last)
        if len(winners) + len(count_.hopeful) == seats:
            return stages, winners | count_.hopeful
        for ballot, value in count_.papers.pop(last):
            count_.hand(ballot, value)


class TestPollokshields2007:
    """A real election by the Order itself, with the figures that another program gives for it stage by stage."""

    @pytest.fixture
    def outcome(self) -> Outcome:
        """The count of 9,567 ballots for three seats."""
        return count_weighted("stv", *pollokshields_2007(), seed=SEED, settings=Settings(seats=3))

    def test_elects_whom_the_ward_elected(self, outcome: Outcome) -> None:
        """Rabbani at the first stage, Malik at the sixth, Meikle for the last seat."""
        assert outcome.quota == 2_392 * UNIT
        assert [names(outcome, round_.elected) for round_ in outcome.rounds if round_.elected] == [
            ["Irfan Rabbani"],
            ["Khalil Malik"],
            ["David Meikle"],
        ]

    def test_has_the_figures_to_five_decimals(self, outcome: Outcome) -> None:
        """Surpluses of 183 and of 232.74834 go on in parts that are cut off at the fifth decimal."""
        assert votes(outcome)[1]["Khalil Malik"] == "2082.01312"
        assert votes(outcome)[1]["Isabel Nelson"] == "883.96270"
        assert votes(outcome)[5]["Khalil Malik"] == "2624.74834"
        assert votes(outcome)[-1] == {
            "Irfan Rabbani": "2392.00000",
            "Khalil Malik": "2392.00000",
            "David Meikle": "1839.53040",
            "Ian A Ruffell": "1835.22528",
        }
        assert not any(round_.tie for round_ in outcome.rounds)


class TestMinneapolis2013:
    def test_three_seats(self) -> None:
        """The city's ballots for a mayor, had there been three of them."""
        outcome = count_weighted("stv", *minneapolis_2013(), seed=SEED, settings=Settings(seats=3))

        assert outcome.winners == ("BETSY HODGES", "DON SAMUELS", "MARK ANDREW")
        assert outcome.quota == (80_101 - outcome.blank_count) // 4 * UNIT + UNIT

    def test_one_seat(self) -> None:
        """With one seat the mayor is elected, as by instant-runoff."""
        options, ballots = minneapolis_2013()
        paper = [ballot for ballot, times in ballots.items() for _ in range(times)]

        assert count("stv", options, paper, seed=SEED).winners == ("BETSY HODGES",)
