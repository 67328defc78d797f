"""A service whose part has failed stops, whatever a library does with its cancellation."""

import asyncio

from libs.service.process import _end, _stops_when_it_fails


async def fail() -> None:
    """Fail as a projection does that meets a gap."""
    raise ArithmeticError


async def stubborn() -> None:
    """Swallow the first cancellation, as wait_for may until Python 3.12."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def test_a_part_that_fails_stops_the_service() -> None:
    """A task's failure is the signal to stop; its cancellation and its good end are none."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(work) for work in (asyncio.sleep(0), stubborn(), fail())]
    for task in tasks[:2]:
        task.add_done_callback(_stops_when_it_fails(stop))
    await asyncio.sleep(0.01)
    await _end(tasks[:2])
    assert not stop.is_set()

    tasks[2].add_done_callback(_stops_when_it_fails(stop))

    await asyncio.wait_for(stop.wait(), 1)


async def test_a_task_that_swallows_its_cancellation_is_cancelled_again() -> None:
    """Stopping ends every part, also one that survives the first attempt."""
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await asyncio.wait_for(_end([task]), 5)

    assert task.cancelled()
