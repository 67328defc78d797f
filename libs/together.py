"""
Work that stands and falls together: what must never be half alive.

A task group cancels each of its tasks once. That is not enough here: the `wait_for` in a library may swallow a
cancellation that comes at the moment of its answer (until Python 3.12, cpython issue 86296), and a process whose
projection has failed would stay up and say nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

ASK_AGAIN_S = 1.0
"""Who has not ended so long after being cancelled is cancelled again."""


@asynccontextmanager
async def together(*work: Coroutine[Any, Any, None]) -> AsyncIterator[Sequence[asyncio.Task[None]]]:
    """
    Run all *work* beside the block, and give the block its tasks.

    When one fails, the block is cancelled; when the block ends, however it does, the tasks are made to end.

    Raises:
        ExceptionGroup: What failed.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        try:
            yield tasks
        finally:
            await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    while tasks := [task for task in tasks if not task.done()]:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=ASK_AGAIN_S)
