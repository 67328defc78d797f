"""
Cursors: where a page of a list ended, so that the next begins behind it whatever was added meanwhile.

A cursor is the sort key of the page's last row, as base64 of JSON. It is not secret and not trusted: it only ever
becomes parameters of a statement.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from libs.errors import Unprocessable


class BadCursor(Unprocessable):
    """The cursor is not one that this list gave."""


def to_cursor(*key: Any) -> str:
    """Return the cursor of the row whose sort key is *key* (JSON values, UUIDs, datetimes)."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def from_cursor(cursor: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """
    Return the sort key in *cursor*, whose parts are of *kinds*; None where there is no cursor.

    Raises:
        BadCursor: It is not such a key.
    """
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, list) or len(key) != len(kinds):
            raise ValueError
        return [_part(part, kind) for part, kind in zip(key, kinds, strict=True)]
    except (ValueError, TypeError, binascii.Error) as fault:
        raise BadCursor("The cursor is not one that this list gave.") from fault


def _part(part: Any, kind: type) -> Any:
    if isinstance(part, kind) and not isinstance(part, bool):
        return part
    if kind is float and isinstance(part, int):
        return float(part)
    parse = getattr(kind, "fromisoformat", kind)
    return parse(part) if isinstance(part, str) else _refuse()


def _refuse() -> Any:
    raise ValueError
