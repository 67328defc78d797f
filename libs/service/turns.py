"""
One after another, for things that many want to change at once.

The log lets one of two writers win and has the other decide again; fifty people who answer the same invitation in the
same second would mostly lose. Within one process they take turns instead, and the log settles what is left between
processes.
"""

import asyncio
from uuid import UUID
from weakref import WeakValueDictionary


class Turns:
    """A queue for each thing that somebody is at; gone when nobody is."""

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def at(self, thing_id: UUID) -> asyncio.Lock:
        """Return what is to be held (`async with`) while one is at the thing."""
        return self._queues.setdefault(thing_id, asyncio.Lock())
