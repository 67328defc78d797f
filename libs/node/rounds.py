"""
A count as a table: who had how many votes in each round, who left or was elected, and what broke the ties.

Of rows that compare options pair by pair, which are more than a person reads, only what they come to is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

BEATS = "beats"
"""The label of the row that says how many others an option beats."""

_NAME_WIDTH_MAX = 40
_FRAME_WIDTH = 3
"""What stands round a cell."""


def tell_rounds(outcome: Mapping[str, Any], console: Console) -> None:
    """Tell *outcome*, as `Outcome.as_plain()` or the API's result has it: as many rounds beside each other as fit."""
    outcome = {"unit": 1, "quota": None, "ranking": (), **outcome}
    rounds: Sequence[Mapping[str, Any]] = _told(outcome["rounds"])
    options: Sequence[str] = outcome["options"]
    unit: int = outcome["unit"]
    name_width = min(_NAME_WIDTH_MAX, max(map(len, (*options, "exhausted"))))
    round_width = max(len(_cell(round_, place, unit)) for round_ in rounds for place in range(len(options)))
    at_once = max(1, (console.width - name_width - _FRAME_WIDTH - 1) // (round_width + _FRAME_WIDTH))
    standing = _by_standing(options, rounds)
    for first in range(0, len(rounds), at_once):
        console.print(_table(options, rounds, range(first, min(first + at_once, len(rounds))), standing, unit))
    for sentence in (*_ties(options, rounds), summary(outcome)):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def summary(outcome: Mapping[str, Any]) -> str:
    """Return who won, in one sentence."""
    last_round, unit = outcome["rounds"][-1], outcome.get("unit", 1)
    last = dict(zip(outcome["options"], last_round["counts"], strict=True))
    winners = outcome["winners"]
    if not winners:
        return "Nobody is elected: no ballot supports anything."
    if (quota := outcome.get("quota")) is not None:
        elected = "is elected" if len(winners) == 1 else "are elected"
        return f"{' and '.join(winners)} {elected}; a seat takes {_votes(quota, unit)}."
    if len(winners) > 1:
        return f"{' and '.join(winners)} are level with {_votes(last[winners[0]], unit)} each; the tie stands."
    if last_round.get("label") == BEATS:
        return f"{winners[0]} is elected, and beats {last[winners[0]]} of {len(last) - 1} others."
    others = sorted(((votes, name) for name, votes in last.items() if votes is not None and name != winners[0]))
    against = f" against {_votes(others[-1][0], unit)} for {others[-1][1]}" if others else ""
    return f"{winners[0]} is elected with {_votes(last[winners[0]], unit)} in the last round{against}."


def _told(rounds: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [round_ for round_ in rounds if not round_.get("label")] or rounds[-1:]


def _by_standing(options: Sequence[str], rounds: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the options' places, those who held out longest first."""

    def held_out(place: int) -> tuple[int, int]:
        counts = [round_["counts"][place] for round_ in rounds if round_["counts"][place] is not None]
        return len(counts), counts[-1]

    return sorted(range(len(options)), key=held_out, reverse=True)


def _table(
    options: Sequence[str], rounds: Sequence[Mapping[str, Any]], numbers: range, standing: Sequence[int], unit: int
) -> Table:
    table = Table()
    table.add_column("round", max_width=_NAME_WIDTH_MAX, no_wrap=True)
    for number in numbers:
        table.add_column(rounds[number].get("label") or str(number + 1), justify="right", no_wrap=True)
    for place in standing:
        cells = [_cell(rounds[number], place, unit) for number in numbers]
        if any(cells):
            table.add_row(options[place].replace("[", r"\["), *cells)
    table.add_section()
    table.add_row("exhausted", *(_votes(rounds[number]["exhausted_count"], unit) for number in numbers))
    return table


def _cell(round_: Mapping[str, Any], place: int, unit: int) -> str:
    votes = round_["counts"][place]
    if votes is None:
        return ""
    if place in round_["eliminated"]:
        return f"{_votes(votes, unit)} out"
    return f"{_votes(votes, unit)} elected" if place in round_.get("elected", ()) else _votes(votes, unit)


def _votes(votes: int, unit: int) -> str:
    """Return a number of 1/*unit* votes as votes."""
    return f"{votes / unit:,.5f}".rstrip("0").rstrip(".") if unit > 1 else f"{votes:,}"


def _ties(options: Sequence[str], rounds: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, round_ in enumerate(rounds, 1):
        if tie := round_["tie"]:
            names = " and ".join(options[place] for place in tie["options"])
            how = ", then ".join(tie["broken_by"]) or "nothing; it stands"
            yield f"Round {number}: {names} were level, decided by {how}."
