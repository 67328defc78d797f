"""Signed notes as other tools write and read them; a signature is never taken for more than it is."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from libs.audit.notes import (
    COSIGNATURE,
    ED25519,
    BadKey,
    BadNote,
    Line,
    Note,
    NotSigned,
    Signer,
    Verifier,
    new_pem,
    open_note,
    parse_lines,
)

SEED = bytes(range(32))
LOG = Signer("vote.example/poll-7", Ed25519PrivateKey.from_private_bytes(SEED))
WITNESS = Signer(
    "witness.example/w1", Ed25519PrivateKey.from_private_bytes(SEED), COSIGNATURE, clock=lambda: 1_700_000_000.9
)
OTHER = Signer("vote.example/poll-7", Ed25519PrivateKey.from_private_bytes(bytes(32)))

LOG_VKEY = "vote.example/poll-7+c08f233f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

CHECKPOINT = """\
vote.example/poll-7
8
Psgz5Q73Y3tEowciT0c63a2Neav3Vqx8f6REU1VMax8=

— vote.example/poll-7 wI8jP5vgLcH9JMuHKUK/L7GSv0oViH+8bov7ys/ZoxVVvgq9mY789ku4nfqf1hLMkKHzlJ+WDY2MjddA/1molGcT5wg=
— witness.example/w1 519lMgAAAABlU/EA51kxdhOzAPAFwaySBj1P4wWoknbOPudZG2hCkdGDHttKJvZhZegZl0YK9DvNwa4DOlkztk8cOHV4Wf8T\
nOMLCA==
""".encode()
"""Made and checked by other programs."""

SPECIFIED = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()
"""The example of the specification."""

SPECIFIED_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def signed(text: str, *signers: Signer) -> Note:
    """A note that they have signed."""
    return Note(text, tuple(signer.sign(text) for signer in signers))


class TestKey:
    @pytest.mark.parametrize("vkey", [LOG_VKEY, WITNESS_VKEY, SPECIFIED_VKEY])
    def test_has_its_known_form(self, vkey: str) -> None:
        """Keys of other tools are read and written as they are."""
        assert Verifier.parse(vkey).vkey == vkey

    def test_tells_its_kind(self) -> None:
        """One key has another key id as a log's than as a witness's."""
        assert LOG.verifier.vkey == LOG_VKEY
        assert WITNESS.verifier.vkey == WITNESS_VKEY

    @pytest.mark.parametrize("name, key", [("", b"k" * 32), ("a b", b"k" * 32), ("a+b", b"k" * 32), ("a", b"k" * 31)])
    def test_that_cannot_be_one_is_refused(self, name: str, key: bytes) -> None:
        """A name that would break the form, or a key of another length, is an error and no key."""
        with pytest.raises(BadKey, match=r"\."):
            Verifier(name, key)

    @pytest.mark.parametrize(
        "vkey",
        [
            "",
            "vote.example",
            "vote.example+c08f233f",
            "vote.example+c08f233f+",
            "vote.example+c08f233f+====",
            LOG_VKEY.replace("c08f233f", "c08f2340"),
            LOG_VKEY.replace("c08f233f", "C08F233F"),
            LOG_VKEY[:-4],
            LOG_VKEY + "=",
            "vote.example+00000000+" + base64.b64encode(b"\x06" + bytes(1312)).decode(),
            LOG_VKEY.replace("poll-7", "poll-8"),
        ],
    )
    def test_that_is_damaged_is_refused(self, vkey: str) -> None:
        """What was copied wrongly, or is of a kind that is not known here, is no key."""
        with pytest.raises(BadKey):
            Verifier.parse(vkey)


class TestSigner:
    def test_signs_to_the_byte_what_others_sign(self) -> None:
        """A log's and a witness's line are the known ones."""
        text = CHECKPOINT.decode().partition("\n\n")[0] + "\n"

        assert signed(text, LOG, WITNESS).encode() == CHECKPOINT

    def test_is_kept_in_a_file(self, tmp_path: Path) -> None:
        """A key that was made once signs as the same one later."""
        (tmp_path / "log.pem").write_bytes(new_pem())
        first, second = (Signer.load("vote.example", tmp_path / "log.pem") for _ in range(2))

        assert first.verifier == second.verifier
        assert open_note(signed("text\n", first), [second.verifier])

    def test_another_kind_of_key_is_refused(self, tmp_path: Path) -> None:
        """What is not an Ed25519 key is not taken for one."""
        other = generate_private_key(SECP256R1())
        (tmp_path / "log.pem").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (tmp_path / "none.pem").write_bytes(b"nothing")

        for name in ("log.pem", "none.pem"):
            with pytest.raises(BadKey, match="restore it from a backup"):
                Signer.load("vote.example", tmp_path / name)


class TestNote:
    @pytest.mark.parametrize("data", [CHECKPOINT, SPECIFIED])
    def test_is_read_and_written_as_it_is(self, data: bytes) -> None:
        """Nothing of a note is lost on the way."""
        assert Note.parse(data).encode() == data

    def test_may_have_empty_lines(self) -> None:
        """The text ends at the last empty line."""
        note = signed("one\n\ntwo\n", LOG)

        assert Note.parse(note.encode()) == note

    def test_may_have_many_signatures(self) -> None:
        """A hundred are taken, one more is not."""
        text = "text\n"
        lines = tuple(Line(f"w{number}", b"abcd", b"signature") for number in range(101))

        assert len(Note.parse(Note(text, lines[:100]).encode()).lines) == 100
        with pytest.raises(BadNote, match="101 signatures"):
            Note.parse(Note(text, lines).encode())

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"text\n",
            b"text\n\n",
            b"\n\xe2\x80\x94 a AAAAAAA=\n",
            CHECKPOINT[:-1],
            CHECKPOINT + b"\n",
            CHECKPOINT.replace(b"\xe2\x80\x94 vote", b"- vote"),
            CHECKPOINT.replace(b"8\n", b"8\r\n"),
            CHECKPOINT.replace(b"8\n", b"\t8\n"),
            CHECKPOINT.replace(b"8\n", b"\xff\n"),
            CHECKPOINT.replace(b"5wg=", b"5wg"),
            CHECKPOINT.replace(b"5wg=", b"5wh="),
            CHECKPOINT.replace(b"w1 519", b"w1  519"),
            CHECKPOINT.replace(b"witness.example/w1", b"a+b"),
            "text\n\n— a AAAAAA==\n".encode(),
            b"a" * 1_000_001,
        ],
    )
    def test_nothing_else_is_one(self, data: bytes) -> None:
        """What differs from the form in a byte is no note."""
        with pytest.raises(BadNote):
            Note.parse(data)

    def test_gains_lines(self) -> None:
        """A newer line of the same key takes the place of the older one."""
        later = Signer(WITNESS.name, WITNESS.private_key, COSIGNATURE, clock=lambda: 1_700_000_060)
        note = signed("text\n", LOG, WITNESS).with_lines([later.sign("text\n")])

        assert [line.name for line in note.lines] == [LOG.name, WITNESS.name]
        assert [each.time_s for each in open_note(note, [LOG.verifier, WITNESS.verifier])] == [None, 1_700_000_060]


class TestOpening:
    def test_tells_who_signed_and_when(self) -> None:
        """A log's signature has no time, a witness's has."""
        found = open_note(Note.parse(CHECKPOINT), [Verifier.parse(LOG_VKEY), Verifier.parse(WITNESS_VKEY)])

        assert [(each.by.vkey, each.time_s) for each in found] == [(LOG_VKEY, None), (WITNESS_VKEY, 1_700_000_000)]

    def test_of_the_specified_example(self) -> None:
        """The example of the specification opens."""
        assert open_note(Note.parse(SPECIFIED), [Verifier.parse(SPECIFIED_VKEY)])

    def test_passes_strangers_over(self) -> None:
        """Lines of unknown keys say nothing, for or against; nor does the same name with another key."""
        note = signed("text\n", LOG, OTHER)
        forged = note.with_lines([Line("stranger", b"abcd", b"no signature at all")])

        assert [each.by for each in open_note(forged, [LOG.verifier])] == [LOG.verifier]

    @pytest.mark.parametrize("trusted", [[], [OTHER.verifier]])
    def test_needs_a_trusted_key(self, trusted: list[Verifier]) -> None:
        """A note that only strangers signed is not signed."""
        with pytest.raises(NotSigned):
            open_note(signed("text\n", LOG), trusted)

    def test_refuses_another_text(self) -> None:
        """A signature is of its text alone."""
        note = signed("text\n", LOG, WITNESS)

        for verifier in (LOG.verifier, WITNESS.verifier):
            with pytest.raises(BadNote, match="is not right"):
                open_note(Note("other text\n", note.lines), [verifier])

    def test_refuses_a_forged_line_beside_a_good_one(self) -> None:
        """A known key that did not sign spoils the note, whoever else signed it."""
        forged = Line(WITNESS.name, WITNESS.verifier.key_id, bytes(72))
        note = signed("text\n", LOG).with_lines([forged])

        assert open_note(note, [LOG.verifier])
        with pytest.raises(BadNote, match="is not right"):
            open_note(note, [LOG.verifier, WITNESS.verifier])

    def test_refuses_another_key_with_the_same_key_id(self) -> None:
        """Four bytes can be hit by trying: a signature of another key under them is not right."""
        forged = OTHER.sign("text\n")._replace(key_id=LOG.verifier.key_id)

        with pytest.raises(BadNote, match="is not right"):
            open_note(Note("text\n", (forged,)), [LOG.verifier])

    def test_refuses_keys_that_cannot_be_told_apart(self) -> None:
        """Two trusted keys of one name and key id would make lines ambiguous."""
        twin = Verifier(LOG.name, OTHER.verifier.public_key)
        twin.__dict__["key_id"] = LOG.verifier.key_id

        with pytest.raises(BadKey, match="Two keys are called"):
            open_note(signed("text\n", LOG), [LOG.verifier, twin])

    def test_does_not_take_a_cosignature_for_a_signature(self) -> None:
        """What a key signed as a witness is not what it signed as a log, though it is the same key."""
        as_log = Verifier(WITNESS.name, WITNESS.verifier.public_key, ED25519)
        line = WITNESS.sign("text\n")

        for signature in (line.signature, line.signature[8:]):
            with pytest.raises(BadNote, match="is not right"):
                open_note(Note("text\n", (Line(as_log.name, as_log.key_id, signature),)), [as_log])

    def test_does_not_take_another_time(self) -> None:
        """The time of a cosignature is signed, too."""
        line = WITNESS.sign("text\n")
        moved = line._replace(signature=(1_700_000_001).to_bytes(8, "big") + line.signature[8:])

        with pytest.raises(BadNote, match="is not right"):
            open_note(Note("text\n", (moved,)), [WITNESS.verifier])


@pytest.mark.parametrize("text", ["", "\n", "— a AAAAAAA=", "— a AAAAAAA=\n\n", "— a AAAAAAA=\nmore\n"])
def test_lines_alone_have_the_same_form(text: str) -> None:
    """What a witness answers with is lines, whole ones, and nothing else."""
    assert len(parse_lines("— a AAAAAAA=\n— b AAAAAAA=\n")) == 2
    with pytest.raises(BadNote):
        parse_lines(text)
