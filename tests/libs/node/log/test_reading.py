"""A log is read to its end also where the server that answers is behind."""

import pytest

from libs.eventlog.log import Entry, LogUnreachable
from libs.eventlog.memory import MemoryLog
from libs.node.log import reading
from libs.node.log.reading import up_to


class Behind(MemoryLog):
    """A log whose answering server has *seen* entries, and one more each time that it is asked in vain."""

    def __init__(self, last: int, seen: int, *, catches_up: bool = True) -> None:
        super().__init__("governance")
        self._entries = [Entry(number, "", b"") for number in range(1, last + 1)]
        self._seen = seen
        self._catches_up = catches_up

    async def entries(self, after: int, limit: int = 2) -> list[Entry]:
        """What that server has."""
        found = self._entries[after : min(after + limit, self._seen)]
        self._seen += not found and self._catches_up
        return found


async def test_it_is_waited_for() -> None:
    """Every entry up to the end that the leader named comes, in order, however late the server has it."""
    batches = [[entry.position for entry in batch] async for batch in up_to(Behind(7, 3), 0, 7)]

    assert [position for batch in batches for position in batch] == [1, 2, 3, 4, 5, 6, 7]


async def test_nothing_is_asked_for_at_the_end() -> None:
    """Whoever has all of it is told so at once."""
    assert [batch async for batch in up_to(Behind(7, 0), 7, 7)] == []


async def test_one_that_stays_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never has what the leader has is not waited for without end, and the position is named."""
    monkeypatch.setattr(reading, "BEHIND_TIMEOUT_S", 0.1)

    with pytest.raises(LogUnreachable, match="ends at 7, and 4 is not to be had"):
        async for _ in up_to(Behind(7, 3, catches_up=False), 0, 7):
            pass
