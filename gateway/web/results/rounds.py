"""
How votes went from option to option: what the rounds of a ranked or an STV count say, ready to be drawn.

The log has a number for each option in each round. From one round to the next the ballots of one option alone go on,
so who got them is the difference of the two; nothing is estimated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from libs.contracts.governance import Result, Round

Place = int | None
"""An option by its place in the poll's list; None for the ballots that count for nobody any more."""

Moves = dict[tuple[Place, Place], int]
"""So many votes, in 1/unit, from here to there between two rounds; what stays goes from an option to itself."""

COLUMNS_MAX = 8
"""So many rounds are drawn, the last ones; the table has all of them."""


@dataclass(frozen=True, slots=True)
class Flow:
    """
    Votes by round; *order* has the places from the first to leave the last to the last to leave the first.

    *track* is where one's own ballot was in each round, empty for who has none. *first_number* is the number of the
    first round that is shown.
    """

    options: tuple[str, ...]
    order: tuple[Place, ...]
    columns: tuple[dict[Place, int], ...]
    moves: tuple[Moves, ...]
    track: tuple[Place, ...]
    winners: frozenset[int]
    unit: int
    first_number: int = 1

    def css(self, place: Place) -> str:
        """Return the class that gives an option its colour: one of five, and nothing for who counts for nobody."""
        return "c0" if place is None else f"c{self.order.index(place) % 5 + 1}"

    def is_hatched(self, place: Place) -> bool:
        """Return whether the colour is somebody else's too, so that a hatch tells them apart."""
        return place is not None and self.order.index(place) >= 5


def flow_of(result: Result, choices: Sequence[str] | None) -> Flow:
    """Return the flow of a whole *result*, with the ballot that says *choices* followed through it."""
    rounds = result.rounds
    first = max(0, len(rounds) - COLUMNS_MAX)
    track = track_of(result, choices) if choices else ()
    columns = [_column(each) for each in rounds[first:]]
    return Flow(
        options=result.options,
        order=order_of(result),
        columns=tuple(columns),
        moves=tuple(_moves(one, other) for one, other in pairwise(columns)),
        track=track[first:],
        winners=frozenset(result.options.index(winner) for winner in result.winners),
        unit=result.unit,
        first_number=first + 1,
    )


def order_of(result: Result) -> tuple[Place, ...]:
    """Return all options, who stood longest and highest first, and behind them the ballots that count for nobody."""
    stays = dict.fromkeys(range(len(result.options)), (0, 0))
    for number, round_ in enumerate(result.rounds):
        for place, count in enumerate(round_.counts):
            if count is not None:
                stays[place] = (number, count)
    winners = set(result.winners)
    return (
        *sorted(stays, key=lambda place: (result.options[place] not in winners, *(-n for n in stays[place]), place)),
        None,
    )


def track_of(result: Result, choices: Sequence[str]) -> tuple[Place, ...]:
    """
    Return for which option the ballot that ranks *choices* counted in each round.

    By STV it goes on whole from an option that is excluded, and in part from one that has more than its quota; it is
    shown where the part went that moved last.
    """
    places = [result.options.index(choice) for choice in choices if choice in result.options]
    if result.method != "stv":
        return tuple(
            next((place for place in places if each.counts[place] is not None), None) for each in result.rounds
        )
    track: list[Place] = [places[0] if places else None]
    elected: set[int] = set()
    for before, after in pairwise(result.rounds):
        elected |= set(before.elected)
        at = track[-1]
        if at is not None and moved_on(after) == at:
            behind = places[places.index(at) + 1 :]
            at = next((each for each in behind if each not in elected and after.counts[each] is not None), None)
        track.append(at)
    return tuple(track)


def moved_on(round_: Round) -> int | None:
    """Return whose ballots went on before this stage of an STV count."""
    what, _, place = round_.label.partition(" ")
    return int(place) if what in ("surplus", "exclusion") and place.isdecimal() else None


def _column(round_: Round) -> dict[Place, int]:
    column: dict[Place, int] = {place: count for place, count in enumerate(round_.counts) if count}
    if round_.exhausted_count:
        column[None] = round_.exhausted_count
    return column


def _moves(before: dict[Place, int], after: dict[Place, int]) -> Moves:
    places = [*before, *(place for place in after if place not in before)]
    moves: Moves = {}
    lost: list[tuple[Place, int]] = []
    won: list[tuple[Place, int]] = []
    for place in places:
        had, has = before.get(place, 0), after.get(place, 0)
        if min(had, has):
            moves[place, place] = min(had, has)
        if had > has:
            lost.append((place, had - has))
        elif has > had:
            won.append((place, has - had))
    for giver, votes in lost:
        left = votes
        while left and won:
            taker, wanted = won.pop(0)
            given = min(left, wanted)
            moves[giver, taker] = moves.get((giver, taker), 0) + given
            left -= given
            if wanted > given:
                won.insert(0, (taker, wanted - given))
    return moves
