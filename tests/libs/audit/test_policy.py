"""A policy says whom an auditor believes; a checkpoint that it does not accept is worth nothing."""

from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash
from libs.audit.notes import COSIGNATURE, BadNote, Line, Note, NotSigned, Signer
from libs.audit.policy import BadPolicy, NoQuorum, Party, Policy, parse_policy

LOG, OTHER_LOG = (
    Signer(name, Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)))
    for name in ("vote.example/governance", "other.example/governance")
)
WITNESSES = {
    name: Signer(
        f"{name}.example", Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)), COSIGNATURE, clock=lambda: 7
    )
    for name in ("x1", "x2", "x3", "y1", "y2", "y3")
}
CHECKPOINT = Checkpoint(LOG.name, 1, leaf_hash(b""))

POLICY = f"""
# two organisations
log {LOG.verifier.vkey} https://vote.example/log/governance
{"".join(f"witness {name} {w.verifier.vkey}" + chr(10) for name, w in WITNESSES.items())}
 \tgroup X 2\tx1 x2   x3
group Y any y1 y2 y3
group X-and-Y all X Y
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return parse_policy(text.encode())


def note(*names: str, log: Signer = LOG, checkpoint: Checkpoint = CHECKPOINT) -> Note:
    """The checkpoint, signed by the log and cosigned by witnesses."""
    signers = (log, *(WITNESSES[name] for name in names))
    return Note(checkpoint.text, tuple(signer.sign(checkpoint.text) for signer in signers))


class TestReading:
    def test_tells_who_and_where(self) -> None:
        """Keys, addresses and groups; blanks and comments mean nothing."""
        read = policy(POLICY)

        assert read.logs == (Party(LOG.verifier, "https://vote.example/log/governance"),)
        assert read.witnesses["y2"] == Party(WITNESSES["y2"].verifier, None)
        assert list(read.groups) == ["X", "Y", "X-and-Y"]

    @pytest.mark.parametrize("name", ["Stadtwerke-Süd".encode(), b"\xff\xfe", "a\u00a0b".encode()])
    def test_takes_names_as_bytes(self, name: bytes) -> None:
        """A name is whatever stands between blanks and tabs."""
        vkey = WITNESSES["x1"].verifier.vkey.encode()
        read = parse_policy(b"witness " + name + b" " + vkey + b"\nquorum " + name)

        assert [each.encode(errors="surrogateescape") for each in read.witnesses] == [name]

    W = f"witness w {WITNESSES['x1'].verifier.vkey}\n"
    V = f"witness v {WITNESSES['x2'].verifier.vkey}\n"

    @pytest.mark.parametrize(
        "text, words",
        [
            ("", "no quorum"),
            ("quorum none\nquorum none", "Line 2 of the policy: there is a quorum already"),
            ("quorum w", "Line 1 of the policy: w is not defined"),
            ("quorum", "is not a line"),
            ("quorum w\n" + W, "w is not defined"),
            (W + W + "quorum w", "the name w is taken"),
            (W + W.replace(" w ", " v ") + "quorum w", "the key of x1.example stands in the policy already"),
            (W.replace(" w ", " none ") + "quorum none", "the name none is taken"),
            (W + "group w any w\nquorum w", "the name w is taken"),
            (W + "group g 0 w\nquorum g", "0 of 1 members"),
            (W + "group g 2 w\nquorum g", "2 of 1 members"),
            (W + "group g some w\nquorum g", "some of 1 members"),
            (W + "group g ١ w\nquorum g", "of 1 members"),
            (W + "group g any\nquorum g", "is not a line"),
            (W + "group g any w w\nquorum g", "w is a member already"),
            (W + V + "group g any w\ngroup h all w v\nquorum h", "w is a member already"),
            (W + "group g any h w\ngroup h any w\nquorum g", "h is not defined"),
            (W + "group g any none w\nquorum g", "none is not defined"),
            ("log nonsense\nquorum none", "is not a verifier key"),
            (f"log {WITNESSES['x1'].verifier.vkey}\nquorum none", "a key of the kind 0x04, and 0x01 is needed"),
            (f"witness w {LOG.verifier.vkey}\nquorum none", "a key of the kind 0x01, and 0x04 is needed"),
            (f"log {LOG.verifier.vkey} a b\nquorum none", "is not a line"),
            (f"log {LOG.verifier.vkey}\nlog {LOG.verifier.vkey}\nquorum none", "stands in the policy already"),
            ("quorum none\r\n", "control characters"),
            ("Quorum none", "is not a line"),
            ("#" * 1_000_001, "longer than any"),
        ],
    )
    def test_says_which_line_is_wrong(self, text: str, words: str) -> None:
        """What cannot be meant is refused, in a sentence."""
        with pytest.raises(BadPolicy, match=words):
            policy(text)


class TestQuorum:
    @pytest.mark.parametrize(
        "cosigned, is_met",
        [
            ((), False),
            (("x1", "x2"), False),
            (("x1", "y1"), False),
            (("y1", "y2", "y3", "x3"), False),
            (("x1", "x3", "y2"), True),
            (tuple(WITNESSES), True),
            (("x1", "x1", "y1"), False),
            (("X", "Y"), False),
        ],
    )
    def test_of_groups(self, cosigned: Sequence[str], is_met: bool) -> None:
        """Two of X and one of Y: not fewer, no other, none twice."""
        assert policy(POLICY).is_met(name for name in cosigned if name in WITNESSES) is is_met

    def test_of_one(self) -> None:
        """A quorum may be one witness."""
        read = policy(POLICY.replace("quorum X-and-Y", "quorum y3"))

        assert read.is_met(["y3"])
        assert not read.is_met(["x1", "x2", "x3", "y1", "y2"])

    def test_of_none(self) -> None:
        """A policy may ask for no witness."""
        assert policy("quorum none").is_met([])

    def test_of_many_groups(self) -> None:
        """A long chain of groups is counted like a short one."""
        lines = [f"witness w {WITNESSES['x1'].verifier.vkey}", "group g0 any w"]
        lines += [f"group g{number + 1} any g{number}" for number in range(5000)]
        read = policy("\n".join([*lines, "quorum g5000"]))

        assert read.is_met(["w"])
        assert not read.is_met([])


class TestOpening:
    def test_what_it_accepts(self) -> None:
        """A checkpoint of a trusted log with a quorum of witnesses; others' lines mean nothing."""
        data = note("x1", "x3", "y2", "y1").with_lines([Line("stranger", b"abcd", b"nothing")]).encode()
        endorsed = policy(POLICY).open(data)

        assert endorsed.checkpoint == CHECKPOINT
        assert endorsed.log == LOG.verifier
        assert {name: signed.time_s for name, signed in endorsed.witnesses.items()} == dict.fromkeys(
            ("x1", "x3", "y2", "y1"), 7
        )

    def test_too_few_witnesses(self) -> None:
        """The log's own word is not enough."""
        with pytest.raises(NoQuorum, match="1 entries is cosigned by x1, y2; that is no quorum"):
            policy(POLICY).open(note("x1", "y2").encode())
        with pytest.raises(NoQuorum, match="cosigned by no witness"):
            policy(POLICY).open(note().encode())

    def test_another_log(self) -> None:
        """Witnesses of another log's checkpoint, or another's name in this one, are no help."""
        other = Checkpoint(OTHER_LOG.name, 1, leaf_hash(b""))

        for each in (note(*WITNESSES, log=OTHER_LOG, checkpoint=other), note(*WITNESSES, log=OTHER_LOG)):
            with pytest.raises(NotSigned):
                policy(POLICY).open(each.encode())

    def test_one_trusted_log_does_not_speak_for_another(self) -> None:
        """A log signs under its own name alone, also where a policy trusts both."""
        both = policy(f"log {LOG.verifier.vkey}\nlog {OTHER_LOG.verifier.vkey}\nquorum none")

        assert both.open(note().encode()).log == LOG.verifier
        with pytest.raises(NotSigned):
            both.open(note(log=OTHER_LOG).encode())

    def test_a_forged_line(self) -> None:
        """A witness's line that this witness did not write spoils the checkpoint, whoever else cosigned it."""
        forged = WITNESSES["x2"].sign("something else\n")

        with pytest.raises(BadNote, match=r"x2.example .* is not right"):
            policy(POLICY).open(note("x1", "x3", "y2").with_lines([forged]).encode())

    def test_the_newest_of_several_lines_counts(self) -> None:
        """A witness that cosigned twice is one witness, as of its later time."""
        witness = WITNESSES["y1"]
        later = Signer(witness.name, witness.private_key, COSIGNATURE, clock=lambda: 9).sign(CHECKPOINT.text)
        several = Note(CHECKPOINT.text, (later, *note("y1").lines))

        cosigned = policy(POLICY).cosigned(several)
        assert {name: signed.time_s for name, signed in cosigned.items()} == {"y1": 9}
