"""Sealed entries: opened by their key in their place, by nothing else and nowhere else."""

import base64
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from libs.contracts.base import Sealed
from libs.contracts.governance import BallotCast, PollClosed
from libs.errors import UnknownEntry
from libs.eventlog.codec import KeyIsMissing, decode, encode
from libs.eventlog.log import New
from libs.eventlog.sealing import DATA_BYTES_MAX, CannotBeOpened, open_sealed, seal
from tests.libs.eventlog.conftest import NOON

KEY, OTHER_KEY = bytes(32), bytes(31) + b"1"
POLL, BALLOT, VOTER = UUID(int=1), UUID(int=2), UUID(int=3)
PLACE: dict[str, Any] = {"name": "BallotCast", "aggregate_id": BALLOT, "version": 1}


class OneKey:
    """Knows the key of one poll."""

    def __init__(self, key_id: UUID = POLL, key: bytes = KEY) -> None:
        self._keys = {key_id: key}

    def key(self, key_id: UUID) -> bytes | None:
        return self._keys.get(key_id)


def ballot(choice: str = "yes", *, key_id: UUID | None = POLL) -> New:
    """A ballot to be kept, sealed unless *key_id* is None."""
    event = BallotCast(poll_id=POLL, voter=VOTER, choices=(choice,))
    return New(event, BALLOT, 1, 0, str(VOTER), uuid4(), NOON, key_id=key_id)


class TestSeal:
    def test_what_was_sealed_is_opened_by_its_key(self) -> None:
        """Who has the key reads what was written."""
        assert open_sealed(seal(b'{"a":1}', KEY, **PLACE), KEY, **PLACE) == {"a": 1}

    @pytest.mark.parametrize(
        "differing", [{"name": "BallotReplaced"}, {"aggregate_id": UUID(int=9)}, {"version": 2}], ids=str
    )
    def test_in_another_place_it_says_nothing(self, differing: dict[str, object]) -> None:
        """A ballot that is copied under another voter, or into another turn, cannot be opened there."""
        with pytest.raises(CannotBeOpened):
            open_sealed(seal(b"{}", KEY, **PLACE), KEY, **PLACE | differing)

    def test_another_key_does_not_open_it(self) -> None:
        """Each poll has a key of its own."""
        with pytest.raises(CannotBeOpened):
            open_sealed(seal(b"{}", KEY, **PLACE), OTHER_KEY, **PLACE)

    def test_an_altered_bit_is_found(self) -> None:
        """Nobody changes a sealed ballot unnoticed, not even without knowing what it says."""
        raw = bytearray(base64.b64decode(seal(b"{}", KEY, **PLACE)))
        raw[20] ^= 1

        with pytest.raises(CannotBeOpened):
            open_sealed(base64.b64encode(raw).decode(), KEY, **PLACE)

    def test_its_length_does_not_tell_what_it_says(self) -> None:
        """A yes and a long no are of one length."""
        assert len(seal(b"yes", KEY, **PLACE)) == len(seal(b"no" * 200, KEY, **PLACE))

    def test_the_same_sealed_twice_looks_different(self) -> None:
        """Two voters who chose the same cannot be put together."""
        assert seal(b"{}", KEY, **PLACE) != seal(b"{}", KEY, **PLACE)


class TestEntries:
    def test_a_reader_with_the_key_reads_the_event(self) -> None:
        """For who holds the key a sealed entry is like any other."""
        new = ballot()

        recorded = decode("governance", 1, encode(new, OneKey()), OneKey())

        assert recorded.event == new.event
        assert recorded.key_id == POLL

    def test_a_reader_without_it_knows_that_there_is_one(self) -> None:
        """Who did what kind of thing is known, what they said is not."""
        recorded = decode("governance", 1, encode(ballot("an orchard"), OneKey()))

        assert isinstance(recorded.event, Sealed)
        assert (recorded.name, recorded.key_id, recorded.actor) == ("BallotCast", POLL, str(VOTER))
        assert b"orchard" not in recorded.entry

    def test_the_wrong_key_stops_the_reader(self) -> None:
        """An entry that its own key does not open is not passed over in silence."""
        with pytest.raises(UnknownEntry, match="not sealed with this key"):
            decode("governance", 1, encode(ballot(), OneKey()), OneKey(key=OTHER_KEY))

    def test_nothing_is_kept_in_the_open_for_want_of_a_key(self) -> None:
        """A writer without the key keeps nothing."""
        with pytest.raises(KeyIsMissing):
            encode(ballot())

    def test_an_entry_in_the_open_needs_no_key(self) -> None:
        """What everybody may read is written as ever."""
        assert decode("governance", 1, encode(ballot(key_id=None))).event == ballot().event

    def test_what_must_be_seen_cannot_be_sealed(self) -> None:
        """Where a poll ends is for everybody: a sealed close is no entry."""
        fields = orjson.loads(encode(ballot(), OneKey())) | {"name": "PollClosed"}

        assert not PollClosed.is_sealable
        with pytest.raises(UnknownEntry):
            decode("governance", 1, orjson.dumps(fields), OneKey())

    def test_the_longest_still_fits(self) -> None:
        """What may be sealed fits into an entry once it is."""
        overhead = len(encode(ballot("x", key_id=None)))
        new = ballot("x" * (DATA_BYTES_MAX - overhead))

        assert decode("governance", 1, encode(new, OneKey()), OneKey()).event == new.event
