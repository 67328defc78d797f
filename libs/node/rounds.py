"""A count as a table: who had how many votes in each round, who left, and what broke the ties."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_NAME_WIDTH_MAX = 40
_FRAME_WIDTH = 3
"""What stands round a cell."""


def tell_rounds(outcome: Mapping[str, Any], console: Console) -> None:
    """Tell *outcome*, as `Outcome.as_plain()` or the API's result has it: as many rounds beside each other as fit."""
    rounds: Sequence[Mapping[str, Any]] = outcome["rounds"]
    options: Sequence[str] = outcome["options"]
    name_width = min(_NAME_WIDTH_MAX, max(map(len, (*options, "exhausted"))))
    round_width = max(len(_cell(round_, place)) for round_ in rounds for place in range(len(options)))
    at_once = max(1, (console.width - name_width - _FRAME_WIDTH - 1) // (round_width + _FRAME_WIDTH))
    standing = _by_standing(outcome)
    for first in range(0, len(rounds), at_once):
        console.print(_table(options, rounds, range(first, min(first + at_once, len(rounds))), standing))
    for sentence in (*_ties(options, rounds), summary(outcome)):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def summary(outcome: Mapping[str, Any]) -> str:
    """Return who won, in one sentence."""
    last = dict(zip(outcome["options"], outcome["rounds"][-1]["counts"], strict=True))
    winners = outcome["winners"]
    if not winners:
        return "Nobody is elected: no ballot supports anything."
    if len(winners) > 1:
        return f"{' and '.join(winners)} are level with {last[winners[0]]:,} each; the tie stands."
    others = sorted(((votes, name) for name, votes in last.items() if votes is not None and name != winners[0]))
    against = f" against {others[-1][0]:,} for {others[-1][1]}" if others else ""
    return f"{winners[0]} is elected with {last[winners[0]]:,} in the last round{against}."


def _by_standing(outcome: Mapping[str, Any]) -> list[int]:
    """Return the options' places, those who held out longest first."""
    rounds = outcome["rounds"]

    def held_out(place: int) -> tuple[int, int]:
        counts = [round_["counts"][place] for round_ in rounds if round_["counts"][place] is not None]
        return len(counts), counts[-1]

    return sorted(range(len(outcome["options"])), key=held_out, reverse=True)


def _table(
    options: Sequence[str], rounds: Sequence[Mapping[str, Any]], numbers: range, standing: Sequence[int]
) -> Table:
    table = Table()
    table.add_column("round", max_width=_NAME_WIDTH_MAX, no_wrap=True)
    for number in numbers:
        table.add_column(str(number + 1), justify="right", no_wrap=True)
    for place in standing:
        cells = [_cell(rounds[number], place) for number in numbers]
        if any(cells):
            table.add_row(options[place].replace("[", r"\["), *cells)
    table.add_section()
    table.add_row("exhausted", *(f"{rounds[number]['exhausted_count']:,}" for number in numbers))
    return table


def _cell(round_: Mapping[str, Any], place: int) -> str:
    votes = round_["counts"][place]
    if votes is None:
        return ""
    return f"{votes:,} out" if place in round_["eliminated"] else f"{votes:,}"


def _ties(options: Sequence[str], rounds: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, round_ in enumerate(rounds, 1):
        if tie := round_["tie"]:
            names = " and ".join(options[place] for place in tie["options"])
            how = ", then ".join(tie["broken_by"]) or "nothing; it stands"
            yield f"Round {number}: {names} were level, decided by {how}."
