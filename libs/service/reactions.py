"""
What happened elsewhere, or the clock, becomes a command here.

A reaction keeps its own checkpoint (in schema `desk`, which a rebuild of the read models leaves alone) and moves it
after its command is recorded: so it reacts at least once, and the command, whose id is made from the event's, is done
once. Every replica may react; the log lets one win and tells the other that it is done already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid5

from libs.contracts.base import Command, Event
from libs.eventlog.log import EventLog, Recorded
from libs.service.database import Pool
from libs.service.projection import Progress
from libs.telemetry import traces

PASSED_OVER_MAX = 1000
"""So many entries that nothing follows from are read again at most after a start."""


class Do(Protocol):
    """Has the service carry out a command in its own name; a refusal is an answer like any other, and no fault."""

    async def __call__(self, command: Command, *, command_id: UUID) -> None: ...


@dataclass
class World:
    """What a reaction may look at: the read models (*pool*), how level they are, and what queries are handed, too."""

    pool: Pool
    progress: Progress
    resources: Sequence[Any] = ()


React = Callable[[Any, Recorded, World], Awaitable[Command | None]]
Tick = Callable[[World], Awaitable[list[tuple[UUID, Command]]]]


@dataclass
class Reactions:
    """One function for each event that this service reacts to, and what its clock does."""

    _react: dict[type[Event], React] = field(default_factory=dict)
    _ticks: list[tuple[float, Tick]] = field(default_factory=list)

    @classmethod
    def of(cls, *parts: "Reactions") -> "Reactions":
        """
        Return what reacts as all its *parts* do.

        Raises:
            ValueError: Two of them react to the same event; a reaction is known by its event, and one would be lost.
        """
        whole = cls()
        for part in parts:
            if twice := whole._react.keys() & part._react.keys():
                raise ValueError(f"Two parts react to {', '.join(kind.__name__ for kind in twice)}.")
            whole._react |= part._react
            whole._ticks += part._ticks
        return whole

    def on(self, event: type[Event]) -> Callable[[React], React]:
        """Register the decorated function `(event, recorded, world)`; it returns the command to do, or None."""

        def register(react: React) -> React:
            self._react[event] = react
            return react

        return register

    def every(self, seconds: float) -> Callable[[Tick], Tick]:
        """Register the decorated function `(world)`, asked every so many seconds for commands and their ids."""

        def register(tick: Tick) -> Tick:
            self._ticks.append((seconds, tick))
            return tick

        return register

    @property
    def logs(self) -> tuple[str, ...]:
        """The logs that are reacted to."""
        return tuple(sorted({event.service for event in self._react}))

    @property
    def ticks(self) -> list[tuple[float, Tick]]:
        """What the clock does: how often, in seconds, and the function."""
        return self._ticks

    def concern(self, recorded: Recorded) -> bool:
        """Return whether something may follow from *recorded*."""
        return type(recorded.event) in self._react

    async def react(self, recorded: Recorded, world: World, do: Do) -> None:
        """Do what follows from *recorded*, once however often it is called."""
        react = self._react.get(type(recorded.event))
        if react is None:
            return
        with traces.following(f"react to {recorded.name}", recorded):
            if command := await react(recorded.event, recorded, world):
                await do(command, command_id=uuid5(recorded.id, type(command).__name__))


async def keep_reacting(reactions: Reactions, log: EventLog, world: World, heard: Progress, do: Do) -> None:
    """Follow *log* and react to it, for ever; *heard* is told how far it came."""
    position = await world.pool.fetchval("SELECT position FROM desk.reacted WHERE log = $1", log.service)
    await heard.moved(log.service, position)
    async for batch in log.follow(position):
        for recorded in batch:
            await reactions.react(recorded, world, do)
        # Passing over the rest once more after a start costs less than noting each of it.
        if batch[-1].position >= position + PASSED_OVER_MAX or any(map(reactions.concern, batch)):
            position = batch[-1].position
            await world.pool.execute(
                "UPDATE desk.reacted SET position = greatest(position, $2) WHERE log = $1", log.service, position
            )
        await heard.moved(log.service, batch[-1].position)


async def keep_ticking(seconds: float, tick: Tick, world: World, do: Do) -> None:
    """Ask *tick* for commands every so many *seconds*, and do them, for ever."""
    while True:
        for command_id, command in await tick(world):
            await do(command, command_id=command_id)
        await asyncio.sleep(seconds)
