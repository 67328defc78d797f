"""
An audit's report as one page of HTML that needs nothing else, and as JSON: to be kept, sent and printed.

Both are written while they are made: what they tell is read from the audit's books row by row, so a poll of a hundred
thousand ballots needs no more memory than one of ten.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.audit import Report
from libs.audit.story import BallotLine, Story
from libs.contracts.governance import PollTerms
from libs.node.audit.words import ENGLISH, FRENCH, in_french

PORTION = 500
"""So many rows are behind one fold of the page."""

T = TypeVar("T")

Tell = Callable[[UUID], Story]
"""Returns the story of a poll."""


class Term(NamedTuple):
    """A rule that a poll was opened with, and what it says."""

    name: str
    value: str


def write_html(file: Path, report: Report, story: Tell) -> None:
    """Write the page."""
    template = _environment().get_template("report.html.jinja")
    origin = report.seal.origin if report.seal else ""
    with file.open("w", encoding="utf-8") as page:
        page.writelines(
            template.generate(
                title=f"Audit {origin}".strip(),
                origin=origin,
                made_at=datetime.now(UTC),
                report=report,
                checked=_checked(report),
                polls=((poll, story(poll.poll_id)) for poll in report.polls),
                terms=_terms,
                fr=FRENCH,
                en=ENGLISH,
            )
        )


def write_json(file: Path, report: Report, story: Tell) -> None:
    """Write the same for programs: what `--json` prints and, of each poll, every ballot."""
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json_parts(report, story))
        lines.write("\n")


def json_parts(report: Report, story: Tell | None = None) -> Iterator[str]:
    """Yield the report as JSON, piece by piece; with *story* it has every ballot."""
    yield _dumps(report.head())[:-1]
    yield ',\n"differences": ['
    yield from _joined(_dumps(each.as_plain()) for each in report.differences)
    yield '],\n"polls": ['
    for number, poll in enumerate(report.polls):
        yield ",\n" if number else "\n"
        body = _dumps(poll.as_plain())
        if story is None:
            yield body
            continue
        yield body[:-1]
        yield from _rows(story(poll.poll_id))
        yield "}"
    yield "]}"


def _rows(told: Story) -> Iterator[str]:
    rows: dict[str, Iterator[object]] = {
        "texts": (text._asdict() for text in told.texts()),
        "ballots": (_line(line) for line in told.ballots()),
        "delegations": (line._asdict() for line in told.delegations()),
        "carried": (line._asdict() for line in told.carried()),
        "without_ballot": told.silent_voters(),
    }
    for name, lines in rows.items():
        yield f', "{name}": ['
        yield from _joined(map(_dumps, lines))
        yield "]"


def _joined(parts: Iterable[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield f",\n{part}" if number else f"\n{part}"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _line(line: BallotLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "voter": str(line.voter),
        "choices": line.ballot.choices if line.ballot else None,
        "marks": line.ballot.marks if line.ballot else None,
        "reason": line.reason,
        "standing": line.standing,
    }


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(
        {
            "number": _number,
            "moment": _moment,
            "at": _at,
            "votes": _votes,
            "portions": _portions,
            "in_french": in_french,
        }
    )
    return environment


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _at(time_s: int) -> str:
    return _moment(datetime.fromtimestamp(time_s, UTC))


def _votes(count: int, unit: int) -> str:
    """Return a number of votes, which *count* is in parts of *unit*."""
    if unit == 1:
        return _number(count)
    return f"{count // unit}.{count % unit:0{len(str(unit)) - 1}}"


def _portions(rows: Iterable[T]) -> Iterator[tuple[int, int, Iterator[T]]]:
    """Yield *rows* by portions: the numbers of its first and last row, and the rows."""
    waiting = iter(rows)
    first = 1
    for row in waiting:
        portion = [row, *islice(waiting, PORTION - 1)]
        yield first, first + len(portion) - 1, iter(portion)
        first += len(portion)


def _checked(report: Report) -> list[str]:
    """Return the names of the checks that were made."""
    names = ["check_entries", "check_rolls", "check_counts"]
    if report.seal and report.seal.key:
        names += ["check_seal", "check_tiles"]
    if "not-shown" not in {each.name for each in report.unchecked}:
        names.append("check_shown")
    return names


def _terms(terms: PollTerms) -> Iterator[Term]:
    """Yield what a poll's terms say, as far as they say anything."""
    settings, rules = terms.settings, terms.rules
    if settings.seats != 1:
        yield Term("seats", str(settings.seats))
    if settings.score_max:
        yield Term("score_max", str(settings.score_max))
    if settings.grades:
        yield Term("grades", ", ".join(settings.grades))
    if settings.budget:
        yield Term("budget", _number(settings.budget))
    if terms.topic:
        yield Term("topic", terms.topic)
    if rules and rules.quorum_roll:
        yield Term("quorum_roll", "/".join(map(str, rules.quorum_roll)))
    if rules and rules.quorum_ballots:
        yield Term("quorum_ballots", _number(rules.quorum_ballots))
    if rules:
        yield Term("threshold", " ".join([rules.threshold, "/".join(map(str, rules.share or ()))]).strip())
