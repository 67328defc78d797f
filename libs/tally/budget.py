"""
Participatory budget: a ballot names the projects that its voter wants, and everybody has an equal share of the money.

This is the Method of Equal Shares with approval ballots, where a project is worth to its supporters what it costs. A
project is paid by its supporters alone, each as much as the others or all that is left of the share. The next one is
the project whose supporters pay the smallest part of its cost each. When no supporters can pay any more, the rest of
the money goes to the projects with the most supporters that it still pays (utilitarian completion).
"""

from collections.abc import Mapping
from fractions import Fraction

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import settle
from libs.tally.outcome import Outcome, Round, Tie
from libs.tally.poll import Poll


def budget(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    blank_count = ballots.get(BLANK, 0)
    shares = Shares(poll, ballots)
    rounds = []
    while (found := shares.cheapest()) is not None:
        place, price, tie = found
        rounds.append(Round(shares.counts(), blank_count, tie=tie, elected=(place,), label=f"share {_decimals(price)}"))
        shares.buy(place, price)
    while (fits := shares.most_wanted()) is not None:
        place, tie = fits
        rounds.append(Round(shares.counts(), blank_count, tie=tie, elected=(place,), label="rest"))
        shares.buy(place, Fraction(0))
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=sum(ballots.values()),
        blank_count=blank_count,
        rounds=tuple(rounds) or (Round(shares.counts(), blank_count),),
        winners=tuple(option for place, option in enumerate(poll.options) if place not in shares.left),
    )


class Shares:
    """
    What is left of each voter's share, and of the whole.

    Voters whose ballots say the same always have the same left, and are kept together; *money* has it for each ballot.
    """

    def __init__(self, poll: Poll, ballots: Mapping[Ballot, int]) -> None:
        places = {option: place for place, option in enumerate(poll.options)}
        self._poll = poll
        self.left = set(places.values())
        self.rest = poll.settings.budget or 0
        self.numbers = {ballot: number for ballot, number in ballots.items() if ballot.choices and number}
        voters_count = sum(self.numbers.values())
        self.money = {ballot: Fraction(self.rest, voters_count) for ballot in self.numbers}
        self.supporters: list[list[Ballot]] = [[] for _ in places]
        for ballot in self.numbers:
            for choice in ballot.choices:
                self.supporters[places[choice]].append(ballot)
        self._supporters_counts = [sum(map(self.numbers.__getitem__, each)) for each in self.supporters]
        # The part that each supporter pays never falls, as shares only shrink: the last one known is a lower bound.
        self._bounds = {place: Fraction(0) for place in self.left}

    def counts(self) -> tuple[int | None, ...]:
        """Return how many support each project that is not yet paid."""
        return tuple(number if place in self.left else None for place, number in enumerate(self._supporters_counts))

    def cheapest(self) -> tuple[int, Fraction, Tie | None] | None:
        """Return the project that is paid next, the most that a supporter pays, and the tie; None if there is none."""
        best: Fraction | None = None
        prices: dict[int, Fraction] = {}
        for place in sorted(self._bounds, key=lambda place: (self._bounds[place], place)):
            if best is not None and self._bounds[place] > best:
                break
            price = self._price(place)
            if price is None:
                del self._bounds[place]
                continue
            self._bounds[place] = part = price / self._poll.settings.costs[place]
            if best is None or part < best:
                best, prices = part, {}
            if part == best:
                prices[place] = price
        if not prices:
            return None
        (place,), tie = settle(tuple(sorted(prices)), self._poll, draws=True)
        return place, prices[place], tie

    def most_wanted(self) -> tuple[int, Tie | None] | None:
        """Return the project with the most supporters of those that the rest pays, and the tie; None without one."""
        counts = self._supporters_counts
        fitting = [place for place in self.left if counts[place] and self._poll.settings.costs[place] <= self.rest]
        if not fitting:
            return None
        most = max(counts[place] for place in fitting)
        (place,), tie = settle(tuple(sorted(p for p in fitting if counts[p] == most)), self._poll, draws=True)
        return place, tie

    def buy(self, place: int, price: Fraction) -> None:
        """Pay a project: each supporter *price*, or what is left."""
        self.left.discard(place)
        self._bounds.pop(place, None)
        self.rest -= self._poll.settings.costs[place]
        for ballot in self.supporters[place]:
            self.money[ballot] -= min(price, self.money[ballot])

    def _price(self, place: int) -> Fraction | None:
        """Return the most that a supporter pays, so that all of them pay the whole; None if they cannot."""
        unpaid = Fraction(self._poll.settings.costs[place])
        payers_count = self._supporters_counts[place]
        for money, number in sorted((self.money[ballot], self.numbers[ballot]) for ballot in self.supporters[place]):
            if money * payers_count >= unpaid:
                return unpaid / payers_count
            unpaid -= money * number
            payers_count -= number
        return None


def _decimals(price: Fraction) -> str:
    """Return *price* cut off after five decimals."""
    whole, rest = divmod(price.numerator * 100_000 // price.denominator, 100_000)
    return f"{whole}.{rest:05}"
