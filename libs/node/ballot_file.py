"""
Reads the ballots of a real election from a CSV file, and believes nothing in it.

The whole file is read and checked before anything is done with it, so that a malformed one is refused with its line
and nothing is half entered. A row is a ballot. A cell that is blank or holds a mark (`undervote`) names nobody and is
passed over, and so is the second mention of a name; a ballot without any name is a blank ballot.
"""

import csv
import gzip
import io
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from libs.contracts.governance import OPTIONS_MAX
from libs.contracts.text import Line
from libs.node.ballot_columns import Columns, find_columns
from libs.node.trouble import NodeTrouble

Choices = tuple[str, ...]
"""What one ballot says, the best first; none at all for a blank one."""

MARKS = ("undervote", "overvote", "UWI")
"""Words in the place of a name that are none; UWI is an undeclared write-in."""

BALLOTS_MAX = 5_000_000
OPTIONS_BYTES_MAX = 45_000
"""Of all names together; they stand in one entry of the log."""

_LIKELY_MARKS = frozenset({"skipped", "blank", "exhausted", "write-in", "writein", "write in", "none", "n/a", "nan"})
_NAME: TypeAdapter[str] = TypeAdapter(Line)


class MalformedFile(NodeTrouble):
    """The file cannot be taken as ballots; the message has the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class How:
    """How the person at the terminal wants a file to be read."""

    method: str
    marks: tuple[str, ...] = MARKS
    rank_columns: tuple[str, ...] | None = None
    count_column: str | None = None
    has_header: bool = True
    merges_alike: bool = False
    """Whether names that look alike (`Ann Lee`, `ANN LEE`) are one; else a file with both is refused."""


@dataclass(frozen=True, slots=True)
class BallotFile:
    """The ballots, in the file's order; *columns* are the headers that were taken, *notes* what to tell a person."""

    columns: tuple[str, ...]
    columns_left: tuple[str, ...]
    count_column: str | None
    options: tuple[str, ...]
    ballots: Sequence[Choices]
    notes: tuple[str, ...]

    @property
    def blank_count(self) -> int:
        """How many ballots name nobody."""
        return sum(not ballot for ballot in self.ballots)


def read_ballots(path: Path, how: How) -> BallotFile:
    """
    Return what the file says, all of it checked.

    Raises:
        MalformedFile: It is not a file of ballots, or not one by *how*.
    """
    try:
        # What is no UTF-8 comes through as lone surrogates, so that its line can be named.
        with (
            path.open("rb") as file,
            io.TextIOWrapper(_unpacked(file, path), "utf-8-sig", errors="surrogateescape", newline="") as text,
        ):
            return _Reading(how, _Rows(text)).all()
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise MalformedFile(f"{path} is damaged: its compressed data ends early or is not what it was.") from fault
    except OSError as fault:
        raise MalformedFile(f"{path} cannot be read: {fault.strerror or fault}.") from fault


def _unpacked(file: BinaryIO, path: Path) -> BinaryIO:
    start = file.read(4)
    file.seek(0)
    if not start:
        raise MalformedFile(f"{path} is empty.")
    if start[:2] == b"PK":
        raise MalformedFile(f"{path} is a ZIP archive or a spreadsheet; save its table as CSV (UTF-8) first.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise MalformedFile(f"{path} is in UTF-16; save it as CSV in UTF-8 first.")
    if start[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]  # it reads like any other
    if path.suffix == ".gz":
        raise MalformedFile(f"{path} is named .gz and is not compressed with gzip.")
    return file


class _Rows:
    """A CSV file's rows with the line where each begins."""

    def __init__(self, text: Iterable[str]) -> None:
        self._lines = self._checked(text)
        first = next(self._lines, "")
        self._reader = csv.reader(self._again(first), delimiter=_delimiter(first), strict=True)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as fault:
                raise MalformedFile(f"Line {line}: {_in_words(fault)}.") from fault
            yield line, row

    def _again(self, first: str) -> Iterator[str]:
        yield first
        yield from self._lines

    def _checked(self, text: Iterable[str]) -> Iterator[str]:
        for number, line in enumerate(text, 1):
            if "\0" in line:
                raise MalformedFile(f"Line {number} holds a NUL byte; this is no text file.")
            if not line.isascii():
                self._check_is_utf8(number, line)
            yield line

    def _check_is_utf8(self, number: int, line: str) -> None:
        wrong = next((character for character in line if "\udc80" <= character <= "\udcff"), None)
        if wrong is not None:
            raise MalformedFile(
                f"Line {number} is not UTF-8 (byte 0x{ord(wrong) - 0xDC00:02X}); the file may be in Latin-1 or"
                " Windows-1252. Save it as UTF-8 first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE"
            )


def _delimiter(header: str) -> str:
    """Return what parts the header into most cells; a comma when nothing parts it."""

    def cells_count(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter, strict=True), []))
        except csv.Error:
            return header.count(delimiter) + 1

    return max(",;\t|", key=cells_count)


def _in_words(fault: csv.Error) -> str:
    said = str(fault)
    if "unexpected end of data" in said or "field larger" in said:
        return "a quotation mark is opened here and never closed"
    if "expected after" in said:
        return "something stands behind a closing quotation mark (inside quotes, a quotation mark is written twice)"
    return said


class _Reading:
    """One file on its way to ballots."""

    def __init__(self, how: How, rows: Iterable[tuple[int, list[str]]]) -> None:
        self._how = how
        self._rows: Iterator[tuple[int, list[str]]] = iter(rows)
        self._marks = {_normal(mark).casefold() for mark in how.marks}
        self._names: dict[str, str | None] = {}
        self._looks: dict[str, tuple[str, int]] = {}
        self._spellings: dict[str, set[str]] = defaultdict(set)
        self._ballots: dict[Choices, Choices] = {}

    def all(self) -> BallotFile:
        first_line, first = next(self._rows, (1, []))
        if not any(cell.strip() for cell in first):
            raise MalformedFile(f"Line {first_line} is empty; the first line names the columns.")
        header = [_normal(cell) for cell in first] if self._how.has_header else _numbered(len(first))
        columns = self._columns(header)
        if not self._how.has_header:
            self._rows = chain([(first_line, first)], self._rows)
        ballots: list[Choices] = []
        for line, row in self._filled(len(header)):
            ballot, number = self._ballot(line, row, columns), _count(line, row, columns)
            if len(ballots) + number > BALLOTS_MAX:
                raise MalformedFile(f"Line {line}: the file holds more than {BALLOTS_MAX:,} ballots.")
            ballots += [ballot] * number
        options = sorted({name for ballot in self._ballots for name in ballot})
        self._check_whole(header, columns, options, len(ballots))
        return BallotFile(
            columns=tuple(header[place] for place in columns.choices),
            columns_left=tuple(
                name for place, name in enumerate(header) if place not in columns.choices and place != columns.count
            ),
            count_column=None if columns.count is None else header[columns.count],
            options=tuple(options),
            ballots=ballots,
            notes=tuple(self._notes(options)),
        )

    def _columns(self, header: Sequence[str]) -> Columns:
        columns = find_columns(header, named=self._how.rank_columns, count_named=self._how.count_column)
        if self._how.method == "single" and len(columns.choices) > 1:
            names = ", ".join(repr(header[place]) for place in columns.choices)
            raise MalformedFile(
                f"A single choice stands in one column, and these may hold it: {names}."
                f" Say which, for example: --rank-columns {header[columns.choices[0]]!r}"
            )
        return columns

    def _filled(self, width: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that hold a ballot; empty lines may stand at the end alone."""
        empty_line = 0
        for line, row in self._rows:
            if not row or (width > 1 and len(row) == 1 and not row[0].strip()):
                empty_line = empty_line or line
                continue
            if empty_line:
                raise MalformedFile(
                    f"Line {empty_line} is empty and ballots follow; write a blank ballot with its"
                    f' delimiters, or as "" in a file of one column.'
                )
            if len(row) != width:
                raise MalformedFile(f"Line {line} has {_cells(len(row))}, and the first line has {width}.")
            yield line, row

    def _ballot(self, line: int, row: Sequence[str], columns: Columns) -> Choices:
        names = [self._name(line, row[place]) for place in columns.choices]
        ballot = tuple(dict.fromkeys(name for name in names if name is not None))
        return self._ballots.setdefault(ballot, ballot)  # of millions of ballots most are alike: keep one of each

    def _name(self, line: int, cell: str) -> str | None:
        """Return the name in *cell*, or None for a cell that names nobody."""
        if cell not in self._names:
            self._names[cell] = self._new_name(line, cell)
        return self._names[cell]

    def _new_name(self, line: int, cell: str) -> str | None:
        normal = _normal(cell)
        if not normal or normal.casefold() in self._marks:
            return None
        if len(normal) > 200:
            raise MalformedFile(f"Line {line}: a name of {len(normal)} characters; 200 at most are taken.")
        try:
            name = _NAME.validate_python(normal)
        except ValidationError as fault:
            reason = fault.errors()[0]["msg"].removeprefix("Value error, ")
            raise MalformedFile(f"Line {line}: {normal!r} cannot be a name: {reason}.") from fault
        name = self._merged(line, name)
        self._spellings[name].add(cell)
        if len(self._spellings) > OPTIONS_MAX:
            raise MalformedFile(
                f"Line {line}: {name!r} is the {OPTIONS_MAX + 1}st name, and a poll has {OPTIONS_MAX} options at most."
                " Is a column taken that holds no choices? --rank-columns names those that do."
            )
        return name

    def _merged(self, line: int, name: str) -> str:
        """Return *name*, or the one that looks like it and came first."""
        first, first_line = self._looks.setdefault(_look(name), (name, line))
        if first != name and not self._how.merges_alike:
            raise MalformedFile(
                f"Line {line}: {name!r} looks like {first!r} in line {first_line}, and a poll's options must not look"
                " alike. --merge-alike takes them as one; if one is no name, say so with --marks."
            )
        return first

    def _check_whole(self, header: Sequence[str], columns: Columns, options: Sequence[str], ballots_count: int) -> None:
        if not ballots_count:
            raise MalformedFile("The file holds no ballots, only the line that names its columns.")
        if not options:
            raise MalformedFile("No ballot names anybody; there is nothing to choose between.")
        if len(options) == 1:
            raise MalformedFile(
                f"All ballots name {options[0]!r} or nobody; a poll needs two options to choose between."
            )
        if len("".join(options).encode()) > OPTIONS_BYTES_MAX:
            raise MalformedFile(f"The {len(options)} names are longer together than a poll takes.")
        for place in columns.choices:
            if header[place] in options:
                raise MalformedFile(
                    f"Line 1 names a column {header[place]!r}, and ballots choose {header[place]!r}: it looks like a"
                    " ballot. Put a line with the columns' names before it, or say --no-header."
                )

    def _notes(self, options: Sequence[str]) -> Iterator[str]:
        for name, spellings in sorted(self._spellings.items()):
            if len(spellings) > 1:
                yield f"{name!r} is spelt in {len(spellings)} ways that look alike; they are one name."
        for name in options:
            if name.casefold() in _LIKELY_MARKS:
                yield f"{name!r} is taken as a name; if it is none, say so with --marks."


def _normal(cell: str) -> str:
    return unicodedata.normalize("NFC", cell).strip()


def _look(name: str) -> str:
    """Return *name* without what a reader does not see; governance refuses options that are then the same."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join("".join(c for c in folded if c not in "\u200c\u200d\ufe0e\ufe0f").split())


def _numbered(width: int) -> list[str]:
    return [str(number) for number in range(1, width + 1)]


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def _count(line: int, row: Sequence[str], columns: Columns) -> int:
    """Return how often the ballot in *row* was cast."""
    if columns.count is None:
        return 1
    cell = row[columns.count].strip()
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
        raise MalformedFile(
            f"Line {line}: {cell!r} is no whole number, and should say how often the ballot was cast"
            " (--count-column '' if that column says something else)."
        )
    return int(cell)
