"""
Cursors: where a page of a list ended, so that the next begins behind it whatever was added meanwhile.

A cursor is the sort key of the page's last row, as base64 of JSON. It is not secret and not trusted: it only ever
becomes parameters of a statement.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from libs.errors import Unprocessable

_BIGINT = 2**63  # PostgreSQL's largest number; what is larger was not given by us


class BadCursor(Unprocessable):
    """The cursor is not one that this list gave."""


def to_cursor(*key: Any) -> str:
    """Return the cursor of the row whose sort key is *key* (JSON values, UUIDs of any make, datetimes)."""
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


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
    except (ValueError, TypeError, OverflowError, binascii.Error) as fault:
        raise BadCursor("The cursor is not one that this list gave.") from fault


def _part(part: Any, kind: type) -> Any:
    """Return *part* as a *kind* that a database can take: no endless number, no time without a zone."""
    if isinstance(part, bool) or (isinstance(part, str) and "\0" in part):
        return _refuse()
    if not isinstance(part, kind):
        parse = getattr(kind, "fromisoformat", kind)
        part = parse(part) if isinstance(part, str) or (kind is float and isinstance(part, int)) else _refuse()
    match part:
        case int() if not -_BIGINT <= part < _BIGINT:
            return _refuse()
        case datetime():
            return part.astimezone(UTC) if part.tzinfo else _refuse()
    return part


def _refuse() -> Any:
    raise ValueError
