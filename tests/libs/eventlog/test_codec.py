"""Entries as bytes: one form, read back exactly, refused when they are not what they should be."""

import json
from uuid import UUID

import orjson
import pytest

from libs.errors import UnknownEntry
from libs.eventlog import upcasts
from libs.eventlog.codec import decode, encode
from tests.libs.eventlog.conftest import NoteFiled, note

ID = UUID("1d000000-0000-4000-8000-000000000001")


def changed(**fields: object) -> bytes:
    """An entry whose fields are not what they were."""
    return orjson.dumps(orjson.loads(encode(note("a"))) | fields)


class TestEncode:
    def test_is_canonical(self) -> None:
        """An entry is one line of JSON with sorted keys, no white space, and text as it is."""
        entry = encode(note("Die, 12 h — é", id=ID))

        assert entry.decode() == (
            '{"actor":"ana","aggregate_id":"0e000000-0000-4000-8000-000000000001",'
            '"data":{"text":"Die, 12 h — é"},"decided_at":"2030-06-01T12:00:00Z","group_id":null,'
            '"id":"1d000000-0000-4000-8000-000000000001","name":"NoteTaken","revision":1,"version":1}'
        )
        assert (
            entry == json.dumps(json.loads(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        )

    def test_a_line_break_in_a_text_stays_inside(self) -> None:
        """No entry spans two lines."""
        assert b"\n" not in encode(note("one\ntwo"))


class TestDecode:
    @pytest.mark.parametrize(
        "entry, complaint",
        [
            (b"", "not an entry"),
            (b"[]", "not an entry"),
            (b"{}", "not an entry"),
            (changed(name="PollMelted"), "unknown here"),
            (changed(revision=2), "newer version"),
            (changed(data={"text": 5}), "not an entry"),
            (changed(data={"text": "a", "more": 1}), "not an entry"),
            (changed(aggregate_id="../etc"), "not an entry"),
            (changed(decided_at="yesterday"), "not an entry"),
        ],
    )
    def test_what_is_no_entry_is_refused(self, entry: bytes, complaint: str) -> None:
        """A reader stops at bytes that it does not understand, and says at which position."""
        with pytest.raises(UnknownEntry, match=rf"governance:7.*{complaint}"):
            decode("governance", 7, entry)

    def test_another_services_event_is_refused(self) -> None:
        """An entry that lies in a log where it does not belong is not read."""
        with pytest.raises(UnknownEntry):
            decode("identity", 1, encode(note("a")))


class TestUpcast:
    def test_an_old_revision_is_made_new_while_it_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An entry of revision 1 is read as one of revision 2; its bytes stay."""
        monkeypatch.setattr(upcasts, "UPCASTS", {("NoteFiled", 1): lambda data: {**data, "drawer": "top"}})
        entry = changed(name="NoteFiled", revision=1, data={})

        recorded = decode("governance", 1, entry)

        assert recorded.event == NoteFiled(drawer="top")
        assert recorded.entry == entry
