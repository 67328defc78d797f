"""What stands and falls together."""

import asyncio

import pytest

from libs.together import together


async def swallow_one_cancellation(ended: asyncio.Event) -> None:
    """Go on after the first cancellation, as a library's `wait_for` may; end at the second."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()


async def fail() -> None:
    """Fail once the others are under way."""
    await asyncio.sleep(0)
    raise RuntimeError("the log has a gap")


class TestTogether:
    async def test_one_failure_ends_all_even_who_swallows_a_cancellation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process whose projection failed does not stay up because another task missed the news."""
        monkeypatch.setattr("libs.together.ASK_AGAIN_S", 0.01)
        ended = asyncio.Event()

        with pytest.raises(ExceptionGroup) as raised:
            async with asyncio.timeout(30), together(swallow_one_cancellation(ended), fail()):
                await asyncio.Event().wait()

        assert [str(fault) for fault in raised.value.exceptions] == ["the log has a gap"]
        assert ended.is_set()

    async def test_the_end_of_the_block_ends_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is left running behind who asked for it."""
        monkeypatch.setattr("libs.together.ASK_AGAIN_S", 0.01)
        ended = asyncio.Event()

        async with together(swallow_one_cancellation(ended)) as tasks:
            await asyncio.sleep(0)

        assert ended.is_set()
        assert all(task.done() for task in tasks)

    async def test_a_failure_reaches_a_block_that_waits_for_its_tasks(self) -> None:
        """Who waits for the first to end hears of the failure, once all have ended."""
        with pytest.raises(ExceptionGroup):
            async with together(fail(), asyncio.Event().wait()) as tasks:  # type: ignore[arg-type]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
