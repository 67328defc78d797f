"""A gap that one server's copy has and another's has not."""

import logging
from collections.abc import Iterator

import pytest

from libs.errors import LogHasGap, LogIsShort
from libs.eventlog.again import ATTEMPTS_MAX, reads_again
from libs.telemetry.metrics import REGISTRY

GAP = LogHasGap("The log governance has a gap: position 2 is missing before 3.")


class Readings:
    """What a reader is answered, one time after another."""

    service = "read-again"

    def __init__(self, *answers: int | Exception) -> None:
        self._answers: Iterator[int | Exception] = iter(answers)
        self.count = 0

    @reads_again
    async def read(self) -> int:
        """Return the next answer."""
        self.count += 1
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def counted() -> float:
    """How many readings met a gap, as operators see it."""
    return REGISTRY.get_sample_value("plaanet_log_read_again_total", {"log": Readings.service}) or 0


async def test_another_copy_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    """Who meets a gap asks again, is given what another server has, and says that one has a gap: it is counted once."""
    readings = Readings(GAP, GAP, 3)
    before = counted()

    with caplog.at_level(logging.WARNING):
        assert await readings.read() == 3

    [said] = caplog.records
    assert said.getMessage() == "a server's copy has a gap"
    assert counted() == before + 1


async def test_a_whole_copy_is_read_once(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody asks twice, or says anything, where nothing is missing."""
    readings = Readings(3, 4)

    assert await readings.read() == 3

    assert readings.count == 1
    assert not caplog.records


async def test_a_gap_in_every_copy_is_believed() -> None:
    """What every server lacks is missing; the last attempt's answer still counts."""
    assert await Readings(*[GAP] * (ATTEMPTS_MAX - 1), 3).read() == 3
    with pytest.raises(LogHasGap):
        await Readings(*[GAP] * ATTEMPTS_MAX, 3).read()


async def test_no_other_fault_is_tried_again() -> None:
    """A log that was cut is not asked until it looks better."""
    readings = Readings(LogIsShort("It ends at 2."), 3)

    with pytest.raises(LogIsShort):
        await readings.read()
    assert readings.count == 1
