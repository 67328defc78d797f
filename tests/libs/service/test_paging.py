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
