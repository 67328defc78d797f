"""
STV, the single transferable vote for several seats, by the rules for Scotland's councils.

These are rules 45 to 52 of the Scottish Local Government Elections Order 2007: Droop's quota, the weighted inclusive
Gregory method, transfer values cut off after five decimals. A ballot counts for the first of its options that is
neither elected nor excluded. What is over the quota goes on, every ballot of the elected option at the same part of its
value; where nothing is over, the option with the fewest votes is excluded, and its ballots go on at theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import look_back
from libs.tally.outcome import Outcome, Round, Tie
from libs.tally.poll import Poll

UNIT = 100_000
"""Votes are counted in parts of this size, which are five decimals."""

Paper = tuple[Iterator[str], int, int]
"""A ballot that is read as far as the option it counts for, how often it was cast, and its value."""


def stv(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    ballots_count, blank_count = sum(ballots.values()), ballots.get(BLANK, 0)
    quota = ((ballots_count - blank_count) // (poll.settings.seats + 1) + 1) * UNIT
    stages = _Stages(poll, quota, ballots_count)
    stages.deal((iter(ballot.choices), number, UNIT) for ballot, number in ballots.items())
    # Without any preference nobody is elected; the Order does not foresee it.
    rounds = stages.run() if blank_count < ballots_count else [stages.stage()]
    elected = {place for round_ in rounds for place in round_.elected}
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=ballots_count,
        blank_count=blank_count,
        rounds=tuple(rounds),
        winners=tuple(option for place, option in enumerate(poll.options) if place in elected),
        unit=UNIT,
        quota=quota,
    )


class _Stages:
    """A count on its way: who is in, and what each option has in votes and in papers."""

    def __init__(self, poll: Poll, quota: int, ballots_count: int) -> None:
        self._poll = poll
        self._quota = quota
        self._all = ballots_count * UNIT
        self._seats = poll.settings.seats
        self._continuing = {option: place for place, option in enumerate(poll.options)}
        self._votes = dict.fromkeys(range(len(poll.options)), 0)
        self._papers: dict[int, list[Paper]] = {place: [] for place in self._votes}
        self._rounds: list[Round] = []
        self._label = ""

    def run(self) -> list[Round]:
        """Fill the seats, stage by stage."""
        while True:
            elected = self._elect(place for place in self._continuing.values() if self._votes[place] >= self._quota)
            if len(self._continuing) <= self._seats:
                elected += self._elect(self._continuing.values())  # rule 52
            if not self._seats:
                return [*self._rounds, self.stage(elected)]
            if over := [place for place, votes in self._votes.items() if votes > self._quota]:
                self._transfer_surplus(over, elected)
            elif not self._exclude(elected):
                return self._rounds

    def stage(self, elected: tuple[int, ...] = (), excluded: tuple[int, ...] = (), tie: Tie | None = None) -> Round:
        """Return how it stands; what no option holds is not transferable, or was cut off."""
        counts = tuple(self._votes.get(place) for place in range(len(self._poll.options)))
        return Round(counts, self._all - sum(self._votes.values()), excluded, tie, tuple(sorted(elected)), self._label)

    def deal(self, papers: Iterable[Paper]) -> None:
        """Let each paper count for the next of its options that continues."""
        for ballot, number, value in papers:
            # Who is elected or excluded never continues again, so what was read need not be read again.
            for option in ballot:
                if (place := self._continuing.get(option)) is not None:
                    self._votes[place] += number * value
                    self._papers[place].append((ballot, number, value))
                    break

    def _elect(self, places: Iterable[int]) -> tuple[int, ...]:
        elected = tuple(places)
        for place in elected:
            del self._continuing[self._poll.options[place]]
        self._seats -= len(elected)
        return elected

    def _transfer_surplus(self, over: list[int], elected: tuple[int, ...]) -> None:
        """Pass on what the option with the largest surplus has above the quota (rules 48 and 49)."""
        place, tie = self._choose(over, pick=max)
        self._rounds.append(self.stage(elected, tie=tie))
        self._label = f"surplus {place}"
        votes, self._votes[place] = self._votes[place], self._quota
        surplus = votes - self._quota
        self.deal((ballot, number, surplus * value // votes) for ballot, number, value in self._papers.pop(place))

    def _exclude(self, elected: tuple[int, ...]) -> bool:
        """Exclude the option with the fewest votes (rules 50 and 51); return whether a seat is left to be filled."""
        place, tie = self._choose(list(self._continuing.values()), pick=min)
        del self._continuing[self._poll.options[place]]
        if len(self._continuing) == self._seats:
            elected += self._elect(self._continuing.values())  # rule 52: no further transfer
        self._rounds.append(self.stage(elected, (place,), tie))
        self._label = f"exclusion {place}"
        del self._votes[place]
        self.deal(self._papers.pop(place))
        return bool(self._seats)

    def _choose(self, among: list[int], *, pick: Callable[..., int]) -> tuple[int, Tie | None]:
        """Return the option with the most votes, or the fewest, and what told it from others that had as many."""
        votes = pick(self._votes[place] for place in among)
        tied = tuple(sorted(place for place in among if self._votes[place] == votes))
        if len(tied) == 1:
            return tied[0], None
        return look_back(tied, self._rounds, self._poll, pick=pick)
