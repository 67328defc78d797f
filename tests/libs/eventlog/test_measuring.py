"""How the logs fare, as metrics."""

from uuid import uuid4

import pytest

from libs.eventlog.log import LogUnreachable
from libs.eventlog.measuring import Measures
from libs.eventlog.memory import MemoryLog
from libs.telemetry.metrics import REGISTRY
from tests.libs.eventlog.conftest import OTHER_NOTE, note


def measured(name: str, **labels: str) -> float | None:
    """What stands in the metrics of the test's log."""
    return REGISTRY.get_sample_value(f"plaanet_{name}", {"log": "governance", **labels})


@pytest.fixture
async def log() -> MemoryLog:
    """A log of three entries."""
    log = MemoryLog("governance")
    first, *_ = await log.append(note("a"))
    await log.append(note("b", version=2, after=first.position))
    await log.append(note("c", to=OTHER_NOTE))
    return log


class TestMeasure:
    async def test_how_far_a_reader_is_behind(self, log: MemoryLog) -> None:
        """A reader at 1 of 3 is two entries behind, and has been for some time; one that is level is not."""
        position = 1
        measures = Measures([log], {"projection": {"governance": lambda: position}})
        await measures.measure(log)
        await measures.measure(log)
        assert measured("reader_lag_positions", reader="projection") == 2
        assert (measured("reader_lag_seconds", reader="projection") or 0) > 0

        position = 3
        await measures.measure(log)
        assert measured("reader_lag_positions", reader="projection") == 0
        assert measured("reader_lag_seconds", reader="projection") == 0

    async def test_a_reader_that_keeps_up_is_not_late(self, log: MemoryLog) -> None:
        """Under load there is always something newer than what was read: late is who has not come where the log was."""
        position = 2
        measures = Measures([log], {"projection": {"governance": lambda: position}})
        await measures.measure(log)
        for _ in range(3):
            await log.append(note("more", to=uuid4()))
            position += 1
            await measures.measure(log)
            assert measured("reader_lag_positions", reader="projection") == 1
            assert measured("reader_lag_seconds", reader="projection") == 0

        await measures.measure(log)
        assert (measured("reader_lag_seconds", reader="projection") or 0) > 0

    async def test_a_reader_of_other_logs_is_left_out(self, log: MemoryLog) -> None:
        """Who does not follow a log is not behind it."""
        await Measures([log], {"elsewhere": {"groups": lambda: 0}}).measure(log)

        assert measured("reader_lag_positions", reader="elsewhere") is None

    async def test_a_gap_is_seen_without_reading(self, log: MemoryLog) -> None:
        """Positions that the server no longer has are counted, though nobody reads so far back."""
        measures = Measures([log], {})
        await measures.measure(log)
        assert measured("log_missing_entries") == 0

        log.lose(2)
        await measures.measure(log)
        assert measured("log_missing_entries") == 1
        assert measured("log_entries") == 3

    async def test_readings_that_met_a_gap_are_counted_from_nothing(self) -> None:
        """Prometheus sees an increase only where it saw a number before."""
        Measures([MemoryLog("never-read-again")], {})

        assert REGISTRY.get_sample_value("plaanet_log_read_again_total", {"log": "never-read-again"}) == 0

    async def test_a_log_that_is_away_stops_nothing(self, log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> None:
        """While a log does not answer, that is said; how long it was stays as it was."""
        measures = Measures([log], {})
        await measures.measure(log)

        async def away() -> None:
            raise LogUnreachable("The log does not answer.")

        monkeypatch.setattr(log, "state", away)
        await measures.measure(log)
        assert measured("log_reachable") == 0
        assert measured("log_entries") == 3
