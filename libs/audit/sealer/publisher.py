"""
Who has cosigned what, and the checkpoint that everybody sees.

One checkpoint at a time is the *candidate*. Every witness that has nothing else to do is asked to cosign it; as soon as
those that did are a quorum of the policy it is published, and the newest one that was signed meanwhile is the next
candidate. A witness that is away is asked again after growing pauses; it holds up the publication only where the quorum
needs it, and the sealing never. Lines that come after the publication are published as well.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import ReadHashes
from libs.audit.notes import Note, Signed
from libs.audit.policy import Policy
from libs.audit.sealer.state import WitnessStatus
from libs.audit.sealer.witness import Witness, WitnessTrouble

REFRESH_S = 600.0
"""A witness is asked for its word again after so long, also where nothing is new: auditors look at its time."""

PAUSE_FIRST_S = 1.0
PAUSE_MAX_S = 60.0

log = logging.getLogger(__name__)


@dataclass
class _Asked:
    """A witness, and how far it is."""

    witness: Witness
    status: WitnessStatus
    task: asyncio.Task[Signed] | None = None
    note: Note | None = None
    """What it was asked to cosign the last time."""

    cosigned_text: str = ""
    again_at: float = 0.0
    """By the monotonic clock: not before then is it asked again."""

    pause_s: float = 0.0


class Publisher:
    """
    Has *witnesses* cosign what the log signed, and publishes what *policy* accepts.

    *read_hashes* gives the tiles of a size; *publish* shows a checkpoint to everybody; *tell* hears how witnesses fare.
    """

    def __init__(
        self,
        policy: Policy,
        witnesses: list[Witness],
        *,
        read_hashes: Callable[[int], ReadHashes],
        publish: Callable[[Note], None],
        tell: Callable[[list[WitnessStatus]], None],
        published: Note | None = None,
    ) -> None:
        self._policy = policy
        self._asked = [_Asked(each, WitnessStatus(each.name)) for each in witnesses]
        self._read_hashes = read_hashes
        self._publish = publish
        self._tell = tell
        self._published = published
        self._candidate: Note | None = None
        self._newest: Note | None = None
        self._is_stirred = asyncio.Event()
        """Set when something was signed, or a witness has answered."""

    def signed(self, note: Note) -> None:
        """Take notice of a newer checkpoint that the log has signed."""
        self._newest = note
        self._is_stirred.set()

    async def run(self) -> None:
        """Have checkpoints cosigned and publish them, for ever."""
        try:
            while True:
                self._is_stirred.clear()
                self._choose()
                self._ask()
                await self._wait()
                self._hear()
        finally:
            tasks = [asked.task for asked in self._asked if asked.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _choose(self) -> None:
        """Take the newest checkpoint as the candidate, unless one is still before the witnesses."""
        if self._newest is None or (self._candidate and self._newest.text == self._candidate.text):
            return
        if self._candidate is None or self._is_shown(self._candidate) or not self._is_waited_for(self._candidate):
            self._candidate = self._newest
            if self._published and self._published.text == self._candidate.text:
                self._candidate = self._candidate.with_lines(self._published.lines)
            self._show_if_met()

    def _ask(self) -> None:
        """Ask every witness that has nothing to do, has not cosigned the candidate, and is not to be left alone."""
        if self._candidate is None:
            return
        now, checkpoint = time.monotonic(), Checkpoint.parse(self._candidate.text)
        for asked in self._asked:
            if asked.task is None and now >= asked.again_at and not self._is_done(asked):
                asked.note = self._candidate
                read_hashes = self._read_hashes(checkpoint.size)
                asked.task = asyncio.create_task(asked.witness.cosign(asked.note, checkpoint, read_hashes))
                asked.task.add_done_callback(lambda _: self._is_stirred.set())

    def _is_done(self, asked: _Asked) -> bool:
        assert self._candidate is not None
        cosigned_at = asked.status.cosigned_at
        is_fresh = cosigned_at is not None and (datetime.now(UTC) - cosigned_at).total_seconds() < REFRESH_S
        return asked.cosigned_text == self._candidate.text and is_fresh

    async def _wait(self) -> None:
        """Wait until a witness answers, something new was signed, or a witness may be asked again."""
        pauses = [asked.again_at - time.monotonic() for asked in self._asked if not asked.task]
        with suppress(TimeoutError):
            async with asyncio.timeout(min((each for each in pauses if each > 0), default=REFRESH_S)):
                await self._is_stirred.wait()

    def _hear(self) -> None:
        """Take what the witnesses answered."""
        for asked in self._asked:
            if asked.task is None or not asked.task.done():
                continue
            task, note, asked.task = asked.task, asked.note, None
            assert note is not None
            try:
                signed = task.result()
            except WitnessTrouble as trouble:
                self._is_late(asked, str(trouble))
            else:
                self._is_well(asked, note)
                self._add(note, signed)
        self._tell([asked.status for asked in self._asked])

    def _is_late(self, asked: _Asked, trouble: str) -> None:
        asked.pause_s = min(asked.pause_s * 2, PAUSE_MAX_S) if asked.pause_s else PAUSE_FIRST_S
        asked.again_at = time.monotonic() + asked.pause_s
        if trouble != asked.status.trouble:
            log.warning("witness late", extra={"witness": asked.witness.name, "reason": trouble})
        since = asked.status.late_since or datetime.now(UTC)
        asked.status = replace(asked.status, trouble=trouble, late_since=since)

    def _is_well(self, asked: _Asked, note: Note) -> None:
        if asked.status.trouble:
            log.info("witness back", extra={"witness": asked.witness.name})
        asked.pause_s = 0.0
        asked.cosigned_text = note.text
        asked.status = WitnessStatus(
            asked.witness.name, size=Checkpoint.parse(note.text).size, cosigned_at=datetime.now(UTC)
        )

    def _add(self, note: Note, signed: Signed) -> None:
        """Add a line to what it is of: the candidate, or what is published."""
        if self._candidate and note.text == self._candidate.text:
            self._candidate = self._candidate.with_lines([signed.line])
            self._show_if_met()
        elif self._published and note.text == self._published.text:
            self._show(self._published.with_lines([signed.line]))

    def _show_if_met(self) -> None:
        assert self._candidate is not None
        if self._policy.is_met(self._policy.cosigned(self._candidate)):
            self._show(self._candidate)

    def _show(self, note: Note) -> None:
        if note != self._published:
            self._publish(note)
            self._published = note

    def _is_waited_for(self, note: Note) -> bool:
        return any(asked.task and asked.note and asked.note.text == note.text for asked in self._asked)

    def _is_shown(self, note: Note) -> bool:
        return self._published is not None and self._published.text == note.text
