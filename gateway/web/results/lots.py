"""Ties: how each was broken, and how anybody draws the lot again."""

from dataclasses import dataclass
from hashlib import sha256
from shlex import quote

from gateway.web.methods import counted_name
from gateway.web.results.labels import round_name
from gateway.web.words import Words
from libs.contracts.governance import PollDetails, Result, Round


@dataclass(frozen=True, slots=True)
class Lot:
    """An option's lot: its digest, and the command that makes it again."""

    option: str
    sha256: str
    command: str


@dataclass(frozen=True, slots=True)
class TieTold:
    """A tie in words; *lots* in the order of the draw where there was one, the one that it fell on first."""

    sentence: str
    lots: tuple[Lot, ...]
    rule: str


def ties_of(poll: PollDetails, result: Result, words: Words) -> list[TieTold]:
    """Return the ties of a count, in their order."""
    return [_told(poll, result, number, round_, words) for number, round_ in enumerate(result.rounds, 1) if round_.tie]


def _told(poll: PollDetails, result: Result, number: int, round_: Round, words: Words) -> TieTold:
    assert round_.tie is not None
    names = [result.options[place] for place in round_.tie.options]
    shown = words.listing([counted_name(poll.method, name, words) for name in names])
    level = (
        words("%(round)s : égalité entre %(names)s.", round=_capital(round_name(number, words)), names=shown)
        if result.method in ("ranked", "stv")
        else words("Égalité entre %(names)s.", names=shown)
    )
    if "lot" not in round_.tie.broken_by or not round_.tie.seed:
        return TieTold(f"{level} {_looked_back(round_.tie.broken_by, words)}", (), "")
    leaves = any(place in round_.tie.options for place in round_.eliminated)
    lots = sorted((_lot(name, round_.tie.seed) for name in names), key=lambda lot: lot.sha256, reverse=not leaves)
    rule = words("L’empreinte la plus basse part.") if leaves else words("L’empreinte la plus haute l’emporte.")
    return TieTold(f"{level} {words('Le sort a tranché.')}", tuple(lots), rule)


def _looked_back(broken_by: tuple[str, ...], words: Words) -> str:
    if not broken_by:
        return words("Elle reste : rien ne la départage.")
    number = broken_by[-1].removeprefix("round ")
    return words("Départagée par le tour %(number)s.", number=number)


def _lot(option: str, seed: str) -> Lot:
    digest = sha256(bytes.fromhex(seed) + option.encode()).hexdigest()
    return Lot(option, digest, f"(printf %s {seed} | xxd -r -p; printf %s {quote(option)}) | sha256sum")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
