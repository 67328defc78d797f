"""
Event to the exact bytes that are kept and hashed, and back.

An entry is one line of canonical JSON: UTF-8, keys sorted by code point at every depth, no white space. Its keys are
actor, aggregate_id, data, decided_at, group_id, id, name, revision, version. What the log keeps is never decoded and
encoded again: the bytes stand as they are.

A field of the data that came later than its contract is written only where it differs from its default. So the same
content has one form, whichever version of Plaanet wrote it. Data that not everybody may read is sealed (`sealing.py`).
"""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from pydantic import ValidationError

from libs.contracts import catalogue
from libs.contracts.base import Event, Sealed
from libs.errors import UnknownEntry
from libs.eventlog.log import ENTRY_BYTES_MAX, EntryTooLarge, New, Recorded
from libs.eventlog.sealing import Keys, open_sealed, seal
from libs.eventlog.upcasts import upcast

Data = dict[str, object]


class KeyIsMissing(Exception):
    """An entry was to be sealed with a key that is not known here."""


def encode(new: New, keys: Keys | None = None) -> bytes:
    """
    Return the entry's bytes, its data sealed where *new* names a key.

    Raises:
        EntryTooLarge: They are more than `ENTRY_BYTES_MAX`.
        KeyIsMissing: *keys* lacks the one that it should be sealed with.
    """
    data: Data = new.event.model_dump(mode="json", exclude_defaults=True)
    entry = orjson.dumps(
        {
            "actor": new.actor,
            "aggregate_id": str(
                new.aggregate_id
            ),  # asyncpg's UUIDs are a class of their own, which orjson does not know
            "data": _sealed(new, data, keys) if new.key_id else data,
            "decided_at": new.decided_at.astimezone(UTC),
            "group_id": str(new.group_id) if new.group_id else None,
            "id": new.id,
            "name": type(new.event).__name__,
            "revision": new.event.revision,
            "version": new.version,
        },
        option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z,
    )
    if len(entry) > ENTRY_BYTES_MAX:
        raise EntryTooLarge(
            f"{type(new.event).__name__} would be an entry of {len(entry)} bytes; the log takes {ENTRY_BYTES_MAX}."
        )
    return entry


def _sealed(new: New, data: Data, keys: Keys | None) -> Data:
    assert new.key_id
    key = keys.key(new.key_id) if keys else None
    if key is None:
        raise KeyIsMissing(f"{type(new.event).__name__} is to be sealed with the key {new.key_id}, which is missing.")
    sealed = seal(
        orjson.dumps(data, option=orjson.OPT_SORT_KEYS),
        key,
        name=type(new.event).__name__,
        aggregate_id=new.aggregate_id,
        version=new.version,
    )
    return {"key_id": str(new.key_id), "sealed": sealed}


def recorded(log: str, position: int, new: New, entry: bytes) -> Recorded:
    """Return *new* as the log keeps it, without reading its bytes again."""
    return Recorded(
        log=log,
        position=position,
        event=new.event,
        id=new.id,
        actor=new.actor,
        aggregate_id=new.aggregate_id,
        version=new.version,
        group_id=new.group_id,
        decided_at=new.decided_at,
        entry=entry,
        key_id=new.key_id,
    )


def decode(log: str, position: int, entry: bytes, keys: Keys | None = None, *, trace: str = "") -> Recorded:
    """
    Return what the bytes at *position* of *log* say; what is sealed with a key that *keys* lacks is `Sealed`.

    *trace* stood beside them.

    Raises:
        UnknownEntry: They are not an entry, or there is no contract for it here, or it is newer than ours, or the key
            does not open it.
    """
    try:
        fields = orjson.loads(entry)
        name, revision = fields["name"], fields["revision"]
        contract = catalogue.events().get(name)
        if contract is None or contract.service != log:
            raise UnknownEntry(
                f"{log}:{position} is a {name}, which is unknown here: it was written by a newer version of Plaanet."
            )
        data, aggregate_id = fields["data"], UUID(fields["aggregate_id"])
        key_id = UUID(data["key_id"]) if contract.is_sealable and "sealed" in data else None
        key = keys.key(key_id) if keys and key_id else None
        if key:
            data = open_sealed(data["sealed"], key, name=name, aggregate_id=aggregate_id, version=fields["version"])
        return Recorded(
            log=log,
            position=position,
            event=_event(contract, name, revision, data) if key or not key_id else Sealed(name=name, **data),
            id=UUID(fields["id"]),
            actor=fields["actor"],
            aggregate_id=aggregate_id,
            version=fields["version"],
            group_id=UUID(fields["group_id"]) if fields["group_id"] else None,
            decided_at=datetime.fromisoformat(fields["decided_at"]),
            entry=entry,
            key_id=key_id,
            trace=trace,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        if isinstance(fault, ValidationError):
            fault = ValueError("; ".join(error["msg"] for error in fault.errors()))
        raise UnknownEntry(f"{log}:{position} is not an entry that can be read here: {fault}") from fault


def _event(contract: type[Event], name: str, revision: int, data: Data) -> Event:
    if revision > contract.revision:
        raise ValueError(f"{name} of revision {revision} was written by a newer version of Plaanet")
    if revision < contract.revision:
        data = upcast(name, revision, data, to=contract.revision)
    return contract.model_validate(data)
