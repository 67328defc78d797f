"""An entry's form: the quick look at a ballot and the long one never disagree."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest

from libs.audit.entries import is_canonical, read, read_cast
from libs.contracts.governance import BallotCast
from libs.errors import UnknownEntry
from libs.eventlog.log import ENTRY_BYTES_MAX
from tests.libs.audit.conftest import place, rewritten, with_data


@pytest.fixture
def cast(decided: list[bytes]) -> bytes:
    """The entry of a ballot."""
    return decided[place(decided, "BallotCast")]


def agree(entry: bytes) -> bool:
    """Whether the quick look takes *entry*; what it takes, the long one must read as the same and find canonical."""
    quick = read_cast(entry)
    if quick is None:
        return False
    recorded = read(1, entry)
    event = recorded.event
    assert isinstance(event, BallotCast)
    assert is_canonical(recorded)
    assert (recorded.version, recorded.actor, str(event.voter)) == (1, quick.voter, quick.voter)
    assert (recorded.aggregate_id.bytes, recorded.id.bytes) == (quick.address, quick.id)
    assert (str(event.poll_id), str(recorded.group_id)) == (quick.poll_id, quick.group_id)
    assert (list(event.choices), recorded.decided_at) == (orjson.loads(quick.choices), quick.decided_at)
    return True


class TestTheQuickLook:
    @pytest.mark.parametrize("choices", [[], ["orchard"], ["wild", "orchard"], ["Été", "\u2028", "日本", "\x7f", "😀"]])
    def test_takes_an_honest_ballot(self, cast: bytes, choices: list[str]) -> None:
        """Whatever is chosen, in any alphabet."""
        assert agree(with_data(cast, choices=choices))

    @pytest.mark.parametrize("time", ["2030-06-01T08:00:00Z", "2030-06-01T23:59:59.000001Z", "0001-01-01T00:00:00Z"])
    def test_takes_any_time(self, cast: bytes, time: str) -> None:
        """With a fraction of a second and without."""
        assert agree(rewritten(cast, lambda fields: fields.update(decided_at=time)))

    @pytest.mark.parametrize(
        "change",
        [
            lambda fields: fields.update(decided_at="2030-06-01T08:00:00.000000Z"),
            lambda fields: fields.update(decided_at="2030-06-01T08:00:00.5Z"),
            lambda fields: fields.update(decided_at="2030-06-01T24:00:00Z"),
            lambda fields: fields.update(decided_at="2030-02-30T08:00:00Z"),
            lambda fields: fields.update(decided_at="2030-06-01T08:00:60Z"),
            lambda fields: fields.update(decided_at="0000-06-01T08:00:00Z"),
            lambda fields: fields.update(decided_at="２030-06-01T08:00:00Z"),
            lambda fields: fields.update(actor=fields["actor"].upper()),
            lambda fields: fields.update(actor=str(UUID(int=7))),
            lambda fields: fields.update(id=fields["id"].replace("-", "")),
            lambda fields: fields.update(group_id=None),
            lambda fields: fields.update(version=2),
            lambda fields: fields.update(version=1.0),
            lambda fields: fields.update(revision=True),
            lambda fields: fields.update(more=1),
            lambda fields: fields["data"].update(more=1),
            lambda fields: fields["data"].update(choices=[1]),
            lambda fields: fields["data"].update(choices=["a\nb"]),
            lambda fields: fields["data"].update(choices=["x" * ENTRY_BYTES_MAX]),
        ],
    )
    def test_leaves_the_rest(self, cast: bytes, change: Callable[[dict[str, Any]], None]) -> None:
        """What is not as it must be, and what need not be wrong but is seldom, is for the long look."""
        assert not agree(rewritten(cast, change))

    def test_agrees_on_every_altered_byte(self, cast: bytes) -> None:
        """Whichever byte is changed, left out or put in: what the quick look takes, the long one would write again."""
        taken = sum(agree(entry) for entry in _altered(with_data(cast, choices=["é", "b"])))

        assert taken > 300  # another hexadecimal digit makes another ballot, of which nothing is wrong by itself

    def test_leaves_what_is_no_text(self, cast: bytes) -> None:
        """Half a character, or one that cannot be."""
        for choice in (b"\xc3", b"\xed\xa0\x80", b"\xff", b"\xc0\x80"):
            entry = cast.replace(b"orchard", choice)

            assert not agree(entry)
            with pytest.raises(UnknownEntry):
                read(1, entry)


def _altered(entry: bytes) -> Iterator[bytes]:
    for i in range(len(entry)):
        yield entry[:i] + entry[i + 1 :]
        for other in b'0af9AZz"\\,:[]{}- \n\x00\xff':
            yield entry[:i] + bytes([other]) + entry[i:]
            if entry[i] != other:
                yield entry[:i] + bytes([other]) + entry[i + 1 :]
