"""A service whose part has failed stops."""

import asyncio

from libs.service.process import _stops_when_it_fails


async def fail() -> None:
    """Fail as a projection does that meets a gap."""
    raise ArithmeticError


async def test_a_part_that_fails_stops_the_service() -> None:
    """A task's failure is the signal to stop; its cancellation and its good end are none."""
    stop = asyncio.Event()
    good, cancelled, failing = (asyncio.create_task(work) for work in (asyncio.sleep(0), asyncio.sleep(60), fail()))
    for task in (good, cancelled):
        task.add_done_callback(_stops_when_it_fails(stop))
    cancelled.cancel()
    await asyncio.wait((good, cancelled))
    await asyncio.sleep(0)
    assert not stop.is_set()

    failing.add_done_callback(_stops_when_it_fails(stop))

    await asyncio.wait_for(stop.wait(), 30)
