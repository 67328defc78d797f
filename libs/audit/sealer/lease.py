"""
Which of several sealers seals, and what was signed last.

One record on the log's own servers names the holder and the largest tree that may have been signed. It is changed by
who knows how it stands, so of two sealers one loses. Before a sealer signs a tree it writes that tree there: one that
was paused, and wakes after another took over, is refused, and the one that took over never signs what does not begin
with that tree. So two sealers never sign two trees, whatever their clocks say and whether they share a folder.

The holder renews the record every `RENEW_EVERY_S`. Whoever waits takes over when the record has not changed for
`TAKEN_AFTER_S` by its own clock, or at once if the holder has let go, or is known to have ended.
"""

import asyncio
import base64
import logging
import time
from contextlib import suppress
from typing import NamedTuple

import orjson

from libs.eventlog.log import LogUnreachable
from libs.eventlog.register import Moved, Register

RENEW_EVERY_S = 1.5
HELD_S = 4.0
"""So long after it was renewed the holder is sure that nobody else has it."""

TAKEN_AFTER_S = 6.0
LOOK_EVERY_S = 0.5

NOBODY = ""

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another sealer has taken over, or may have; this one signs and publishes nothing more."""


class Committed(NamedTuple):
    """The largest tree that may have been signed."""

    size: int
    root: bytes


class Lease:
    """The right to seal, which *holder* wants; *former* is a holder who is known to have ended."""

    def __init__(self, register: Register, holder: str, *, former: str | None = None) -> None:
        self._register = register
        self._holder = holder
        self._former = former
        self._revision = 0
        self._held_until = 0.0
        self._turn = asyncio.Lock()
        self.committed: Committed | None = None
        """The largest tree that may have been signed, by whomever."""

    @property
    def is_held(self) -> bool:
        """Whether it is sure that nobody else has it."""
        return time.monotonic() < self._held_until

    def check(self) -> None:
        """
        Check that nobody else has it.

        Raises:
            LeaseLost: Somebody may.
        """
        if not self.is_held:
            raise LeaseLost("The right to seal was not renewed in time; another sealer may have it.")

    async def acquire(self) -> None:
        """Wait until it can be had, and take it."""
        seen, since, is_waiting = -1, time.monotonic(), False
        while True:
            try:
                kept = await self._register.read()
                revision = kept.revision if kept else 0
                if revision != seen:
                    seen, since = revision, time.monotonic()
                holder, self.committed = _read(kept.data) if kept else (NOBODY, None)
                is_over = time.monotonic() - since >= TAKEN_AFTER_S
                if holder in (NOBODY, self._former, self._holder) or is_over:
                    self._revision = revision
                    await self._write(self._holder, self.committed)
                    return
            except LogUnreachable:
                seen = -1  # while it could not be looked at, the holder may have renewed it
            except LeaseLost:
                continue  # somebody else was faster
            if not is_waiting:
                is_waiting = True
                log.info("standing by", extra={"service": "sealer"})
            await asyncio.sleep(LOOK_EVERY_S)

    async def keep(self) -> None:
        """
        Renew it, for ever.

        Raises:
            LeaseLost: Another has taken it.
        """
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with suppress(LogUnreachable):
                await self._write(self._holder, self.committed)

    async def commit(self, size: int, root: bytes) -> None:
        """
        Have it kept that the tree of *size* with *root* is going to be signed.

        Raises:
            LeaseLost: Another has taken it; the tree must not be signed.
            LogUnreachable: It is not known to be kept; the tree must not be signed yet.
        """
        await self._write(self._holder, Committed(size, root))

    async def release(self) -> None:
        """Let go, so that another may take it at once."""
        with suppress(LeaseLost, LogUnreachable):
            await self._write(NOBODY, self.committed)
        self._held_until = 0.0

    async def _write(self, holder: str, committed: Committed | None) -> None:
        async with self._turn:
            data, started = _record(holder, committed), time.monotonic()
            try:
                self._revision = await self._register.write(data, after=self._revision)
            except Moved:
                await self._find_own()
                try:
                    self._revision = await self._register.write(data, after=self._revision)
                except Moved:
                    self._lose()
            self._held_until = started + HELD_S
            self.committed = committed

    async def _find_own(self) -> None:
        """Go on from a write of this holder whose answer was lost."""
        kept = await self._register.read()
        if kept is None or _read(kept.data)[0] != self._holder:
            self._lose()
        else:
            self._revision = kept.revision

    def _lose(self) -> None:
        self._held_until = 0.0
        raise LeaseLost("Another sealer has taken over.")


def _record(holder: str, committed: Committed | None) -> bytes:
    tree = {"size": committed.size, "root": base64.b64encode(committed.root).decode()} if committed else None
    return orjson.dumps({"holder": holder, "committed": tree})


def _read(data: bytes) -> tuple[str, Committed | None]:
    record = orjson.loads(data)
    tree = record["committed"]
    return record["holder"], Committed(tree["size"], base64.b64decode(tree["root"])) if tree else None
