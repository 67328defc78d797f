"""
Loads aggregates from the log and saves what they decided.

The only meeting of `eventsourcing` (how an aggregate evolves) and the contracts (what the log keeps). They meet by
name: the domain's event class `PollOpened` and the contract `PollOpened` bear the same fields, and a test compares
them. One `Aggregates` serves one command, and remembers where each aggregate's history ended: that is the optimistic
lock.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate
from eventsourcing.utils import get_topic

from libs.contracts import catalogue
from libs.contracts.base import Command, Event
from libs.errors import NotFound, Unprocessable
from libs.eventlog.log import EventLog, LogMovedOn, New, Recorded

A = TypeVar("A", bound=Aggregate)

_ENVELOPE = {"originator_id", "originator_version", "timestamp", "originator_topic"}


class DoneAlready(Exception):
    """The command was carried out before; carries the last entry that it made."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded


class KeyWasUsed(Unprocessable):
    """The idempotency key served another request before."""


@dataclass
class AggregateMemory:
    """
    Aggregates that a process keeps between commands, so that a long history is read once.

    Those that never change once written (`is_settled`) are shared; those with a long history (`is_long`) are lent to
    one command at a time and read on from where they were when they come again. Those that are only looked at are kept
    apart: many commands may look at the same one at once.
    """

    aggregates_max: int = 1000
    """Of each kind."""

    _kept: "dict[type[Aggregate], OrderedDict[UUID, tuple[Aggregate, Recorded]]]" = field(default_factory=dict)
    looked_at: "AggregateMemory | None" = None
    """What is kept of those that are only looked at."""

    def share(self, kind: type[Aggregate], aggregate_id: UUID) -> tuple[Aggregate, Recorded] | None:
        """Return what is kept, and keep it."""
        kept = self._kept.get(kind)
        return kept.get(aggregate_id) if kept else None

    def lend(self, kind: type[Aggregate], aggregate_id: UUID) -> tuple[Aggregate, Recorded] | None:
        """Return what is kept, and keep it no longer."""
        kept = self._kept.get(kind)
        return kept.pop(aggregate_id, None) if kept else None

    def keep(self, aggregate: Aggregate, last: Recorded) -> None:
        """Keep *aggregate*, whose last entry is *last*; the one kept longest makes room."""
        kept = self._kept.setdefault(type(aggregate), OrderedDict())
        kept[aggregate.id] = (aggregate, last)
        if len(kept) > self.aggregates_max:
            kept.popitem(last=False)


class Aggregates:
    """
    The aggregates of one command: its *actor*, its id, the time *now* of its decision.

    An aggregate whose class has an attribute *founded_by* is told there who the actor of its first entry was.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        actor: str,
        command_id: UUID,
        now: datetime,
        command: Command | None = None,
        memory: AggregateMemory | None = None,
        is_first_attempt: bool = False,
    ) -> None:
        self.actor = actor
        self.command_id = command_id
        self.now = now
        self._log = log
        self._is_first_attempt = is_first_attempt
        self._memory = memory or AggregateMemory()
        self._looked_at = self._memory.looked_at = self._memory.looked_at or AggregateMemory()
        self._stamp = _stamp(command_id, command)
        self._last: dict[UUID, Recorded] = {}

    def new_id(self) -> UUID:
        """Return the id of what this command founds; the same command founds the same thing."""
        return uuid5(self.command_id, "founded")

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """
        Return the aggregate as its history made it.

        Raises:
            NotFound: It has no history.
            DoneAlready: This command made one of its entries.
        """
        if (aggregate := await self.find(kind, aggregate_id)) is None:
            raise NotFound(f"There is no {_words(kind)} {aggregate_id}.")
        return aggregate

    async def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """
        Return the aggregate as its history made it, or None if it has none.

        Raises:
            DoneAlready: This command made one of its entries.
        """
        aggregate, last = self._remembered(kind, aggregate_id)
        if aggregate is not None and getattr(kind, "is_settled", False):
            return aggregate
        history = await self._log.history(aggregate_name(kind), aggregate_id, after=last.position if last else 0)
        for recorded in history:
            aggregate = _evolve(kind, aggregate, recorded)
        known = [last, *history] if last else history
        if aggregate is None or not known:
            return None
        self._check_is_new(known)
        last = known[-1]
        self._last[aggregate_id] = last
        if getattr(kind, "is_settled", False):
            self._memory.keep(aggregate, last)
        return aggregate

    async def find_unless_new(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """
        Do as `find` does, but presume at the command's first attempt that there is none.

        For what is mostly new it saves a look at the log. Where the presumption is wrong the log refuses the entry that
        follows from it, and the command is decided again, with what is there.
        """
        return None if self._is_first_attempt else await self.find(kind, aggregate_id)

    async def look_at(self, kind: type[A], aggregate_id: UUID) -> A:
        """
        Return the aggregate as its history made it, to read and not to change: others look at the same one.

        It is kept and read on from where it was, so that a command pays only for what is new.

        Raises:
            NotFound: It has no history.
        """
        kept = self._looked_at.share(kind, aggregate_id)
        history = await self._log.history(aggregate_name(kind), aggregate_id, after=kept[1].position if kept else 0)
        if kept is None and not history:
            raise NotFound(f"There is no {_words(kind)} {aggregate_id}.")
        aggregate, last = kept or (None, history[0])
        assert aggregate is None or isinstance(aggregate, kind)
        for recorded in history:
            # Another command may have brought the same one further while this one read.
            if aggregate is None or recorded.version > aggregate.version:
                aggregate, last = _evolve(kind, aggregate, recorded), recorded
        assert aggregate is not None
        if aggregate.version == last.version:
            self._looked_at.keep(aggregate, last)
        return aggregate

    async def save(
        self,
        *aggregates: Aggregate,
        group_id: UUID | None = None,
        actor: str | None = None,
        key_id: UUID | None = None,
    ) -> Recorded:
        """
        Keep what *aggregates* decided, all or nothing, and return the last entry of the last of them.

        The last aggregate is the main one: the receipt names it. Where it decided nothing new (what was asked is so
        already) its newest entry is returned. *group_id* is the group that the entries belong to; without it, each
        aggregate's own attribute of that name. *actor* is who the entries say it was, where that is a pseudonym.
        *key_id* names the key that what is sealable is sealed with; without it, again each aggregate's own attribute.

        Raises:
            LogMovedOn: Somebody else changed one of them meanwhile.
            KeyWasUsed: What this command would found was founded by another request with the same key.
        """
        *others, main = aggregates
        # The main aggregate's ids come first: a command that is sent again makes them again, whatever else changed.
        main_new = self._new(main, group_id, actor, key_id, numbered_from=0)
        new: list[New] = []
        for aggregate in others:
            new += self._new(aggregate, group_id, actor, key_id, numbered_from=len(main_new) + len(new))
        new += main_new
        if not new:
            recorded = self._last[main.id]
        else:
            try:
                entries = await self._log.append(*new)
            except LogMovedOn as fault:
                if main.id == self.new_id() and new[-1].version == 1:
                    raise KeyWasUsed("This Idempotency-Key was used for another request before.") from fault
                raise
            self._last |= {entry.aggregate_id: entry for entry in entries}
            recorded = entries[-1]
        for aggregate in aggregates:
            if getattr(aggregate, "is_long", False) and aggregate.id in self._last:
                self._memory.keep(aggregate, self._last[aggregate.id])
        return recorded

    def _new(
        self, aggregate: Aggregate, group_id: UUID | None, actor: str | None, key_id: UUID | None, *, numbered_from: int
    ) -> list[New]:
        last = self._last.get(aggregate.id)
        key_id = key_id or getattr(aggregate, "key_id", None)
        return [
            New(
                event=(contract := to_contract(event)),
                aggregate_id=aggregate.id,
                version=event.originator_version,
                after=last.position if last else 0,
                actor=actor or self.actor,
                id=UUID(bytes=self._stamp + number.to_bytes(4, "big")),
                decided_at=self.now,
                group_id=group_id or getattr(aggregate, "group_id", None),
                key_id=key_id if contract.is_sealable else None,
            )
            for number, event in enumerate(aggregate.collect_events(), numbered_from)
        ]

    def _remembered(self, kind: type[A], aggregate_id: UUID) -> tuple[A | None, Recorded | None]:
        found = None
        if getattr(kind, "is_settled", False):
            found = self._memory.share(kind, aggregate_id)
        elif getattr(kind, "is_long", False):
            found = self._memory.lend(kind, aggregate_id)
        if found is None:
            return None, None
        aggregate, last = found
        assert isinstance(aggregate, kind)
        return aggregate, last

    def _check_is_new(self, history: Sequence[Recorded]) -> None:
        for recorded in reversed(history):
            if recorded.id.bytes[:12] == self._stamp:
                raise DoneAlready(recorded)


def aggregate_name(kind: type[Aggregate]) -> str:
    """Return an aggregate's name in subjects: its class's, in snake case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


def to_contract(domain_event: Any) -> Event:
    """Return the contract of a domain event, field for field."""
    fields = {name: value for name, value in vars(domain_event).items() if name not in _ENVELOPE}
    return catalogue.events()[type(domain_event).__name__](**fields)


def _evolve(kind: type[A], aggregate: A | None, recorded: Recorded) -> A:
    event_class = getattr(kind, type(recorded.event).__name__)
    envelope: dict[str, Any] = {
        "originator_id": recorded.aggregate_id,
        "originator_version": recorded.version,
        "timestamp": recorded.decided_at,
    }
    if aggregate is None:
        envelope["originator_topic"] = get_topic(kind)
    fields = {name: getattr(recorded.event, name) for name in type(recorded.event).model_fields}
    evolved = event_class(**envelope, **fields).mutate(aggregate)
    assert isinstance(evolved, kind)
    if aggregate is None and hasattr(kind, "founded_by"):
        setattr(evolved, "founded_by", recorded.actor)  # noqa: B010 - not every kind has it
    return evolved


def _stamp(command_id: UUID, command: Command | None) -> bytes:
    """
    Return the 12 bytes that the ids of all of a command's events begin with.

    They are made from the command's id and content: the same request sent twice makes the same ids, another request
    under the same id makes others. The bits of version and variant say "custom" (RFC 9562, UUID version 8).
    """
    content = b"" if command is None else type(command).__name__.encode() + command.model_dump_json().encode()
    stamp = bytearray(hashlib.sha256(command_id.bytes + content).digest()[:12])
    stamp[6] = 0x80 | stamp[6] & 0x0F
    stamp[8] = 0x80 | stamp[8] & 0x3F
    return bytes(stamp)


def _words(kind: type[Aggregate]) -> str:
    return aggregate_name(kind).replace("_", " ")
