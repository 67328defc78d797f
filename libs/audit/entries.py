"""
One entry of the log: what it says, and whether it is written in the one form that an entry has.

Nearly all entries of a large log are ballots. `read_cast` knows those that are as they must be by their form alone and
says nothing of others; `read` reads every entry, at some length, and has the last word.
"""

import re
from datetime import datetime
from typing import NamedTuple

import orjson

from libs.contracts import catalogue
from libs.contracts.base import Event, Sealed
from libs.contracts.governance import BallotCast
from libs.errors import UnknownEntry
from libs.eventlog.codec import decode, encode
from libs.eventlog.log import ENTRY_BYTES_MAX, EntryTooLarge, New, Recorded
from libs.eventlog.sealing import Keys

LOG = "governance"

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STRING = r'"[^"\\\x00-\x1f]*"'
_MARK = "(?:0|[1-9][0-9]{0,14})"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.(?!000000)[0-9]{6})?"

_CAST = re.compile(
    rf'\{{"actor":"({_UUID})","aggregate_id":"({_UUID})","data":\{{'
    rf'"choices":(\[(?:{_STRING}(?:,{_STRING})*)?\])(?:,"marks":(\[{_MARK}(?:,{_MARK})*\]))?,"poll_id":"({_UUID})","voter":"\1"\}},'
    rf'"decided_at":"({_TIME})Z","group_id":"({_UUID})","id":"({_UUID})",'
    rf'"name":"BallotCast","revision":{BallotCast.revision},"version":1\}}'
)


class Cast(NamedTuple):
    """
    A voter's first ballot, cast by the voter, in the form that an entry has.

    UUIDs are in text, but for the *address*, the entry's aggregate id, and its own *id*: these are their 16 bytes.
    *choices* and *marks* are JSON, *marks* None where there are none. It gives no reason.
    """

    voter: str
    address: bytes
    choices: str
    marks: str | None
    poll_id: str
    decided_at: datetime
    group_id: str
    id: bytes


def read_cast(entry: bytes) -> Cast | None:
    """Return what *entry* says if it is a `Cast`; None says nothing of it."""
    if len(entry) > ENTRY_BYTES_MAX:
        return None
    try:
        match = _CAST.fullmatch(entry.decode())
        if match is None:
            return None
        voter, address, choices, marks, poll_id, decided_at, group_id, id_ = match.groups()
        return Cast(
            voter,
            uuid_bytes(address),
            choices,
            marks,
            poll_id,
            datetime.fromisoformat(f"{decided_at}+00:00"),
            group_id,
            uuid_bytes(id_),
        )
    except ValueError:  # no UTF-8, or a day that is in no calendar
        return None


def uuid_bytes(text: str) -> bytes:
    """Return the 16 bytes of a UUID in text."""
    return bytes.fromhex(text.replace("-", ""))


def read(position: int, entry: bytes, keys: Keys | None = None) -> Recorded:
    """
    Return what *entry* says; what is sealed with a key that *keys* lacks is `Sealed`.

    Raises:
        UnknownEntry: It says nothing that can be read.
    """
    recorded = decode(LOG, position, entry, keys)
    if type(recorded.version) is not int or type(recorded.actor) is not str or recorded.decided_at.tzinfo is None:
        raise UnknownEntry(f"{type(recorded.event).__name__} lacks a version, an actor or a time with its zone.")
    return recorded


def is_canonical(recorded: Recorded) -> bool:
    """Return whether the bytes are those that anyone would write who had to say the same."""
    fields = orjson.loads(recorded.entry)
    if recorded.key_id is not None:  # written by who has the key; its form can still be looked at
        return _sorted(fields) == recorded.entry and len(recorded.entry) <= ENTRY_BYTES_MAX
    again = New(
        event=recorded.event,
        aggregate_id=recorded.aggregate_id,
        version=recorded.version,
        after=0,
        actor=recorded.actor,
        id=recorded.id,
        decided_at=recorded.decided_at,
        group_id=recorded.group_id,
    )
    try:
        if encode(again) == recorded.entry:
            return True
    except EntryTooLarge:
        return False
    # One of an older revision is read as a new one and cannot be written again; its form can still be looked at.
    is_older: bool = fields["revision"] < recorded.event.revision
    return is_older and _sorted(fields) == recorded.entry


def contract_of(recorded: Recorded) -> type[Event]:
    """Return what kind of event it is, sealed or not."""
    event = recorded.event
    return catalogue.events()[event.name] if isinstance(event, Sealed) else type(event)


def _sorted(fields: object) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
