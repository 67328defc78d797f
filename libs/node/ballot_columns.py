"""
Which columns of a file of ballots hold the choices.

Files of real elections name their columns in every way, and have others beside them: a precinct, a ballot's number,
how often a ballot was cast. What is taken is decided by the header alone and always said aloud, and the options
`--rank-columns` and `--count-column` overrule it.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from libs.node.trouble import NodeTrouble

_RANK_WORDS = re.compile(
    r"(?<![a-zà-ÿ])(rank|ranking|ranked|choice|preference|pref|choix|rang|préférence|preferencia|opción|wahl|präferenz)"
    r"(?![a-zà-ÿ])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"[#n°]*\s*(\d+)\s*(st|nd|rd|th|er|re|ère|e|è|ème|eme|nd|nde|\.|º|ª)?|first|second|third|fourth|fifth",
    re.IGNORECASE,
)
_NOT_A_CHOICE = re.compile(
    r"(?<![a-zà-ÿ])(id|precinct|ward|district|county|bureau|ballot|batch|tabulator|record|style|date|time|timestamp|"
    r"line|index|voter|status|remade|party|contest|jurisdiction|location)(?![a-zà-ÿ])|^unnamed",
    re.IGNORECASE,
)
_COUNTS = frozenset({"count", "counts", "weight", "frequency", "multiplicity", "nombre", "anzahl", "number of ballots"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the columns that hold choices, the best first, and of the one that says how often, if any."""

    choices: tuple[int, ...]
    count: int | None


def find_columns(
    header: Sequence[str], *, named: Sequence[str] | None = None, count_named: str | None = None
) -> Columns:
    """
    Return the columns of *header* that hold choices; *named* and *count_named* are what the caller says they are.

    An empty *count_named* says that there is none.

    Raises:
        NodeTrouble: A column that was named is not there, or is there twice.
    """
    if count_named is not None:
        count = _place_of(count_named, header) if count_named else None
    else:
        count = next((place for place, name in enumerate(header) if name.casefold() in _COUNTS), None)
    if named is not None:
        choices = tuple(_place_of(name, header) for name in named)
        if len(set(choices)) < len(choices):
            raise NodeTrouble("A column is named twice in --rank-columns.")
        return Columns(choices, None if count in choices else count)
    others = [place for place in range(len(header)) if place != count]
    return Columns(tuple(_in_order(_look_like_choices(others, header), header)), count)


def _place_of(name: str, header: Sequence[str]) -> int:
    places = [place for place, other in enumerate(header) if other == name]
    places = places or [place for place, other in enumerate(header) if other.casefold() == name.casefold()]
    if len(places) == 1:
        return places[0]
    found = "no column" if not places else f"{len(places)} columns"
    raise NodeTrouble(f"The file has {found} named {name!r}; it has {', '.join(map(repr, header))}.")


def _look_like_choices(places: Sequence[int], header: Sequence[str]) -> Sequence[int]:
    """Return those of *places* that the clearest of four signs points at; all when none points at any."""
    if found := [place for place in places if _RANK_WORDS.search(header[place].replace("_", " "))]:
        return found
    if found := [place for place in places if _ORDINAL.fullmatch(header[place])]:
        return found
    stems: dict[str, list[int]] = defaultdict(list)
    for place in places:
        if _numbers(header[place]):
            stems[re.sub(r"\d+", "#", header[place].casefold())].append(place)
    if stems and len(found := max(stems.values(), key=len)) > 1:
        return found
    found = [place for place in places if not _NOT_A_CHOICE.search(header[place].replace("_", " "))]
    return found or places


def _in_order(places: Sequence[int], header: Sequence[str]) -> Sequence[int]:
    """Return *places* by the number that tells their headers apart (`rank3,rank1,rank2`), else as they stand."""
    numbers = [_numbers(header[place]) for place in places]
    for nth in range(min(map(len, numbers), default=0)):
        if len({each[nth] for each in numbers}) == len(places):
            return [
                place for _, place in sorted((each[nth], place) for each, place in zip(numbers, places, strict=True))
            ]
    return places


def _numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"[0-9]{1,9}", name)]
