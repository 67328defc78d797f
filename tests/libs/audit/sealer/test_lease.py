"""One of several sealers has the right to seal; who lost it is refused, whatever it believes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.audit.sealer import lease as leases
from libs.audit.sealer.lease import Committed, Lease, LeaseLost
from libs.eventlog.log import LogUnreachable
from libs.eventlog.register import Kept, MemoryRegister

TREE = Committed(7, b"r" * 32)


class Shaky(MemoryRegister):
    """A register whose answers can be lost, before or after it has done what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.loses_answers = False

    async def read(self) -> Kept | None:
        if self.is_away:
            raise LogUnreachable("away")
        return await super().read()

    async def write(self, data: bytes, *, after: int) -> int:
        if self.is_away:
            raise LogUnreachable("away")
        revision = await super().write(data, after=after)
        if self.loses_answers:
            raise LogUnreachable("lost")
        return revision


@pytest.fixture
def register() -> Shaky:
    """A register without a record."""
    return Shaky()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a holder who is silent waits for a moment only."""
    monkeypatch.setattr(leases, "TAKEN_AFTER_S", 0.05)
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.01)


@asynccontextmanager
async def keeping(lease: Lease) -> AsyncIterator[None]:
    """Renew it meanwhile."""
    task = asyncio.create_task(lease.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_has_it_at_once(register: Shaky) -> None:
    """Where nobody had it, it is taken without waiting, and nothing was signed."""
    lease = Lease(register, "one")
    await lease.acquire()

    lease.check()
    assert lease.committed is None


async def test_one_that_let_go_is_followed_at_once(register: Shaky) -> None:
    """The next learns what may have been signed."""
    one, two = Lease(register, "one"), Lease(register, "two")
    await one.acquire()
    await one.commit(*TREE)
    await one.release()
    assert not one.is_held

    await two.acquire()

    assert two.committed == TREE


async def test_one_that_is_known_to_have_ended(register: Shaky) -> None:
    """Whoever holds the lock that the former holder held need not wait for its silence."""
    await Lease(register, "one").acquire()

    await Lease(register, "two", former="one").acquire()


async def test_one_that_renews_is_left_alone(register: Shaky, hasty: None) -> None:
    """Whoever waits goes on waiting while the holder renews."""
    one, two = Lease(register, "one"), Lease(register, "two")
    await one.acquire()
    waiting = asyncio.create_task(two.acquire())
    async with keeping(one):
        for _ in range(20):  # many times as long as one may be silent
            await asyncio.sleep(0.01)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30)  # silent now


async def test_one_that_was_paused(register: Shaky, hasty: None) -> None:
    """Who wakes after another took over can neither commit, nor renew, nor let go for the other."""
    one, two = Lease(register, "one"), Lease(register, "two")
    await one.acquire()
    await two.acquire()
    await two.commit(*TREE)

    with pytest.raises(LeaseLost):
        await one.commit(8, b"x" * 32)
    with pytest.raises(LeaseLost):
        one.check()
    await one.release()
    await two.commit(9, b"y" * 32)
    assert two.is_held


async def test_two_that_take_it_at_once(register: Shaky) -> None:
    """Of several that find it free one has it."""
    several = [Lease(register, str(number)) for number in range(5)]
    tasks = [asyncio.create_task(each.acquire()) for each in several]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    assert sum(each.is_held for each in several) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_answer_that_is_lost(register: Shaky) -> None:
    """A commit whose answer was lost is not known to be kept; the same holder may commit again."""
    lease = Lease(register, "one")
    await lease.acquire()
    register.loses_answers = True
    with pytest.raises(LogUnreachable):
        await lease.commit(*TREE)
    register.loses_answers = False

    await lease.commit(*TREE)

    assert lease.committed == TREE


async def test_servers_that_are_away(register: Shaky, hasty: None) -> None:
    """While the record cannot be read nobody takes over, for the holder's renewals would not be seen."""
    one, two = Lease(register, "one"), Lease(register, "two")
    await one.acquire()
    register.is_away = True
    waiting = asyncio.create_task(two.acquire())
    await asyncio.sleep(leases.TAKEN_AFTER_S * 2)
    register.is_away = False
    await one.commit(*TREE)

    assert not waiting.done()
    await asyncio.wait_for(waiting, 30)
    assert two.committed == TREE


async def test_a_record_that_was_lost(register: Shaky) -> None:
    """A holder whose record is gone, or older, has lost it: it must look at its folders anew."""
    lease = Lease(register, "one")
    await lease.acquire()
    register._kept = None

    with pytest.raises(LeaseLost):
        await lease.commit(*TREE)
