"""What both kinds of register promise."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.eventlog.log import LogUnreachable
from libs.eventlog.register import SEALER_LEASE, JetStreamRegister, MemoryRegister, Moved, Register
from libs.node.embedded import EmbeddedNats


@pytest.fixture(params=["memory", pytest.param("jetstream", marks=pytest.mark.nats)])
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    """A register of each kind in turn, without a record: what one promises, both must keep."""
    if request.param == "memory":
        yield MemoryRegister()
        return
    async with EmbeddedNats(tmp_path / "nats") as server:
        client = await server.connect("sealer")
        yield JetStreamRegister(client, SEALER_LEASE)
        await client.close()


async def test_has_no_record_at_first(register: Register) -> None:
    """Before the first change there is none."""
    assert await register.read() is None


async def test_keeps_the_newest(register: Register) -> None:
    """What was written last is read, with the revision that it was given."""
    first = await register.write(b"one", after=0)
    second = await register.write(b"two", after=first)

    assert second > first
    assert await register.read() == (second, b"two")


async def test_of_two_writers_one_is_refused(register: Register) -> None:
    """Whoever does not know how it stands changes nothing."""
    first = await register.write(b"one", after=0)
    second = await register.write(b"two", after=first)

    for stale in (0, first):
        with pytest.raises(Moved):
            await register.write(b"late", after=stale)
    assert await register.read() == (second, b"two")


@pytest.mark.nats
async def test_one_that_does_not_answer(nats_server: EmbeddedNats) -> None:
    """Whether a change was kept is not known then."""
    client = await nats_server.connect("sealer")
    register = JetStreamRegister(client, SEALER_LEASE)
    nats_server.process.send(signal.SIGSTOP)
    try:
        with pytest.raises(LogUnreachable):
            await register.write(b"one", after=0)
        with pytest.raises(LogUnreachable):
            await register.read()
    finally:
        nats_server.process.send(signal.SIGCONT)
    await client.close()


@pytest.mark.nats
@pytest.mark.parametrize("user", ["governance", "gateway", "auditor"])
async def test_is_the_sealers_alone(nats_server: EmbeddedNats, user: str) -> None:
    """Nobody else reads or changes who seals."""
    client = await nats_server.connect(user)
    register = JetStreamRegister(client, SEALER_LEASE)

    with pytest.raises(LogUnreachable):
        await register.write(b"mine", after=0)
    with pytest.raises(LogUnreachable):
        await register.read()
    await client.close()
