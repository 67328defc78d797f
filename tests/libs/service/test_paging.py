"""Cursors say where a page ended, and nothing else can be smuggled into them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.service.paging import BadCursor, from_cursor, to_cursor

ID = UUID("1d000000-0000-4000-8000-000000000001")
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


def test_a_cursor_comes_back_as_the_key_that_it_was() -> None:
    """Numbers, text, times and ids survive the way to the client and back."""
    cursor = to_cursor(3, 2.5, "Crest", NOON, ID)

    assert from_cursor(cursor, (int, float, str, datetime, UUID)) == [3, 2.5, "Crest", NOON, ID]
    assert from_cursor(None, (int,)) is None


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "====", to_cursor(1, 2), to_cursor("one"), to_cursor(True), to_cursor({"a": 1}), to_cursor(None)],
)
def test_another_cursor_is_refused(cursor: str) -> None:
    """What this list did not give is refused in one sentence."""
    with pytest.raises(BadCursor):
        from_cursor(cursor, (int,))


@pytest.mark.parametrize(
    "part, kind",
    [
        (2**63, int),
        ("-" + "9" * 30, int),
        ("9" * 30, int),
        ("2030-06-01T12:00:00", datetime),
        ("0001-01-01T00:00:00+14:00", datetime),
        ("a\0b", str),
    ],
)
def test_what_no_database_takes_is_refused_too(part: object, kind: type) -> None:
    """An endless number, a time without a zone or outside the calendar, a zero byte: no fault further in."""
    with pytest.raises(BadCursor):
        from_cursor(to_cursor(part), (kind,))
