"""What the log in memory adds for tests: it can lose an entry."""

import pytest

from libs.errors import LogHasGap
from libs.eventlog.memory import MemoryLog
from tests.libs.eventlog.conftest import OTHER_NOTE, note


async def test_a_lost_entry_stops_a_reader() -> None:
    """A reader that meets a hole stops at it, and says which position is missing."""
    log = MemoryLog("governance")
    await log.append(note("a"), note("b", version=2), note("c", to=OTHER_NOTE))
    log.lose(2)

    with pytest.raises(LogHasGap, match="position 2 is missing"):
        await anext(log.follow(0))
    with pytest.raises(LogHasGap, match="position 2 is missing"):
        await log.entries(0)
