"""Those who want the same thing take turns; those who want different things do not wait for each other."""

import asyncio
import gc
from uuid import UUID

from libs.service.turns import Turns

CAFE = UUID(int=1)
CHOIR = UUID(int=2)


async def test_one_after_another_in_the_order_of_asking() -> None:
    """Nobody comes in between, and nobody is passed over."""
    turns = Turns()
    seen: list[str] = []

    async def visit(name: str) -> None:
        async with turns.at(CAFE):
            seen.append(f"{name} comes")
            await asyncio.sleep(0)
            seen.append(f"{name} goes")

    await asyncio.gather(visit("ana"), visit("bo"), visit("cleo"))

    assert seen == ["ana comes", "ana goes", "bo comes", "bo goes", "cleo comes", "cleo goes"]


async def test_another_thing_is_another_queue() -> None:
    """Whoever is at the café keeps nobody from the choir."""
    turns = Turns()

    async with turns.at(CAFE), asyncio.timeout(1), turns.at(CHOIR):
        pass


async def test_a_turn_ends_with_a_fault_too() -> None:
    """A command that is refused lets the next one in."""
    turns = Turns()
    try:
        async with turns.at(CAFE):
            raise ValueError
    except ValueError:
        pass

    assert not turns.at(CAFE).locked()


async def test_queues_are_gone_when_nobody_is_there() -> None:
    """A million gatherings leave no million locks behind."""
    turns = Turns()
    for number in range(100):
        async with turns.at(UUID(int=number)):
            pass
    gc.collect()

    assert len(turns._queues) == 0
