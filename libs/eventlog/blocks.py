"""
The files of a stream, read without nats-server: what is still in them where the server shows it no longer.

A message block (`msgs/<number>.blk`) is one record behind the other, all numbers with the lowest byte first:

    4 bytes    length of the whole record; the highest bit: it has headers
    8 bytes    position; the two highest bits: erased, a tombstone
    8 bytes    time
    2 bytes    length of the subject
               subject
    4 bytes    length of the headers, where it has any
               headers, the entry
    8 bytes    HighwayHash-64 under SHA-256("<stream>-<block number>") of position, time,
               subject, headers, entry

The server cuts a block off at the first record that it cannot read when it starts after a crash, and so loses what lies
behind a single flipped bit (seen on 2.15.1). Here a record that is damaged is passed over, and the next one looked for.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from libs.eventlog.highwayhash import highwayhash64

_HEAD_BYTES = 22
_HASH_BYTES = 8
_RECORD_BYTES_MAX = 1 << 25
_HAS_HEADERS = 1 << 31
_IS_NO_ENTRY = 0b11 << 62

_BLOCK = re.compile(r"(\d+)\.blk", re.ASCII)


@dataclass(frozen=True)
class Record:
    """One record; what it says is to be believed if it `is_whole`."""

    position: int
    subject: str
    data: bytes
    _key: bytes
    _hashed: bytes
    _hash: bytes

    @cached_property
    def is_whole(self) -> bool:
        """Whether its checksum is right."""
        return highwayhash64(self._key, self._hashed) == self._hash


def read_blocks(folder: Path, stream: str) -> Iterator[Record]:
    """Yield every entry that is in the files of *stream*, whose folder is *folder*, in the order of the files."""
    numbered = {int(found[1]): path for path in folder.glob("msgs/*") if (found := _BLOCK.fullmatch(path.name))}
    for number in sorted(numbered):
        key = sha256(f"{stream}-{number}".encode()).digest()
        yield from _records(numbered[number].read_bytes(), key, f"log.{stream}.".encode())


def in_order(records: Iterable[Record]) -> Iterator[Record]:
    """
    Yield the records that stand behind one another, damaged or not.

    One that does not follow the one before it, and is not whole, may bear a damaged position: it is left out.
    """
    last = 0
    for record in records:
        if record.position == last + 1 or (record.position > last and record.is_whole):
            yield record
            last = record.position


def _records(block: bytes, key: bytes, prefix: bytes) -> Iterator[Record]:
    at = 0
    while at < len(block):
        length = int.from_bytes(block[at : at + 4], "little") & ~_HAS_HEADERS
        record = _record(block[at : at + length], key)
        if record is None or not (_follows(block, at + length) or record.is_whole):
            # The length, or something near it, is damaged: the next subject shows where to go on.
            next_subject = block.find(prefix, at + _HEAD_BYTES + 1)
            at = next_subject - _HEAD_BYTES if next_subject >= 0 else len(block)
            continue
        if record.subject.startswith(prefix.decode()):
            yield record
        at += length


def _follows(block: bytes, at: int) -> bool:
    """Return whether there is the beginning of a record, or the block's end."""
    length = int.from_bytes(block[at : at + 4], "little") & ~_HAS_HEADERS
    return at == len(block) or _HEAD_BYTES + _HASH_BYTES <= length <= len(block) - at


def _record(record: bytes, key: bytes) -> Record | None:
    """Return what *record* says, or None where it has not the form of one; what is no entry has no subject."""
    if not _HEAD_BYTES + _HASH_BYTES <= len(record) <= _RECORD_BYTES_MAX:
        return None
    marked, position = int.from_bytes(record[:4], "little"), int.from_bytes(record[4:12], "little")
    if marked & ~_HAS_HEADERS != len(record):
        return None
    begin = _HEAD_BYTES + int.from_bytes(record[20:22], "little")
    subject, rest = record[_HEAD_BYTES:begin], record[begin:-_HASH_BYTES]
    headers = b""
    if marked & _HAS_HEADERS:
        length = int.from_bytes(rest[:4], "little")
        headers, rest = rest[4 : 4 + length], rest[4 + length :]
    hashed = record[4:20] + subject + headers + rest
    name = "" if position & _IS_NO_ENTRY else subject.decode(errors="replace")
    return Record(position & ~_IS_NO_ENTRY, name, rest, key, hashed, record[-_HASH_BYTES:])
