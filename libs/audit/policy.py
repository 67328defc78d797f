"""
Whom an auditor trusts, as a file (https://c2sp.org/tlog-policy): logs, witnesses, and how many of these must agree.

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> <k|any|all> <witness or group> …
    quorum <witness, group or none>

A line that begins with # is a comment. A name is defined before it is used, and is a member of one group at most, so
that each witness has one way to count.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import COSIGNATURE, ED25519, BadKey, BadNote, Note, Signed, Verifier, open_note

NONE = "none"
"""The quorum of a policy that asks for no witness."""

POLICY_BYTES_MAX = 1_000_000

_BLANKS = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BadPolicy(ValueError):
    """The text is not a policy; the message names the line."""


class NoQuorum(BadNote):
    """A log that is trusted has signed the checkpoint, and too few witnesses have."""


class Party(NamedTuple):
    """A log or a witness: its key, and where it is reached if the policy says so."""

    key: Verifier
    url: str | None = None


class Group(NamedTuple):
    """At least *needed_count* of the *members*, which are witnesses or groups."""

    needed_count: int
    members: tuple[str, ...]


class Endorsed(NamedTuple):
    """A checkpoint that a policy accepts; *witnesses* are those that cosigned it, by their names in the policy."""

    checkpoint: Checkpoint
    log: Verifier
    witnesses: Mapping[str, Signed]


@dataclass(frozen=True)
class Policy:
    """What a checkpoint must bear to be believed; *groups* are in the order in which they are defined."""

    logs: tuple[Party, ...] = ()
    witnesses: Mapping[str, Party] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def is_met(self, cosigned: Iterable[str]) -> bool:
        """Return whether the witnesses of these names are a quorum."""
        agreed = set(cosigned)
        for name, group in self.groups.items():
            if len(agreed.intersection(group.members)) >= group.needed_count:
                agreed.add(name)
        return self.quorum == NONE or self.quorum in agreed

    def cosigned(self, note: Note) -> dict[str, Signed]:
        """
        Return the witnesses that have cosigned *note*, each with its newest line.

        Raises:
            BadNote: A line names a witness, and that witness did not sign the note.
        """
        names = {party.key: name for name, party in self.witnesses.items()}
        known = {(key.name, key.key_id) for key in names}
        if not any((line.name, line.key_id) in known for line in note.lines):
            return {}
        lines = sorted(open_note(note, names), key=lambda signed: signed.time_s or 0)
        return {names[signed.by]: signed for signed in lines}

    def open(self, data: bytes) -> Endorsed:
        """
        Return the checkpoint that *data* is, a signed note, if this policy accepts it.

        Raises:
            NotSigned: No log of the policy that bears the checkpoint's origin as its name has signed it.
            NoQuorum: Too few witnesses have.
            BadNote: It is no checkpoint, or a line of a known key is forged.
        """
        note = Note.parse(data)
        checkpoint = Checkpoint.parse(note.text)
        [log, *_] = open_note(note, [log.key for log in self.logs if log.key.name == checkpoint.origin])
        witnesses = self.cosigned(note)
        if not self.is_met(witnesses):
            raise NoQuorum(
                f"The checkpoint of {checkpoint.size} entries is cosigned by {', '.join(witnesses) or 'no witness'};"
                f" that is no quorum ({self.quorum})."
            )
        return Endorsed(checkpoint, log.by, witnesses)


def parse_policy(data: bytes) -> Policy:
    """
    Return the policy that *data* is.

    Raises:
        BadPolicy: It is none.
    """
    if len(data) > POLICY_BYTES_MAX:
        raise BadPolicy(f"A policy of {len(data)} bytes is longer than any that is taken ({POLICY_BYTES_MAX}).")
    reader = _Reader()
    # Names are bytes to the format: what is not UTF-8 passes as it is.
    for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), 1):
        words = _BLANKS.split(line.strip(" \t"))
        if not words[0] or words[0].startswith("#"):
            continue
        try:
            if _FORBIDDEN.search(line):
                raise BadPolicy("has control characters")
            reader.read(words)
        except (BadPolicy, BadKey) as fault:
            raise BadPolicy(f"Line {number} of the policy: {fault}") from fault
    return reader.policy()


class _Reader:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self._logs: list[Party] = []
        self._witnesses: dict[str, Party] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._logs.append(self._party(vkey, ED25519, url, [log.key for log in self._logs]))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._check_is_new(name)
                keys = [witness.key for witness in self._witnesses.values()]
                self._witnesses[name] = self._party(vkey, COSIGNATURE, url, keys)
            case ["group", name, needed, *members] if members:
                self._check_is_new(name)
                self._groups[name] = self._group(needed, members)
            case ["quorum", name]:
                if self._quorum is not None:
                    raise BadPolicy("there is a quorum already")
                if name != NONE:
                    self._check_is_known(name)
                self._quorum = name
            case _:
                raise BadPolicy(f"{' '.join(words)[:200]!r} is not a line of a policy")

    def policy(self) -> Policy:
        if self._quorum is None:
            raise BadPolicy(f"The policy has no quorum; `quorum {NONE}` asks for no witness.")
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _party(self, vkey: str, kind: int, url: list[str], others: list[Verifier]) -> Party:
        key = Verifier.parse(vkey)
        if key.kind != kind:
            raise BadPolicy(f"{key.name} has a key of the kind {key.kind:#04x}, and {kind:#04x} is needed")
        if any(other.public_key == key.public_key for other in others):
            raise BadPolicy(f"the key of {key.name} stands in the policy already")
        return Party(key, *url)

    def _group(self, needed: str, members: list[str]) -> Group:
        for member in members:
            self._check_is_known(member)
            if member in self._members:
                raise BadPolicy(f"{member} is a member already")
            self._members.add(member)
        count = {"any": 1, "all": len(members)}.get(needed)
        if count is None:
            count = int(needed) if needed.isascii() and needed.isdecimal() and len(needed) <= 9 else 0
        if not 1 <= count <= len(members):
            raise BadPolicy(f"{needed} of {len(members)} members cannot be asked for")
        return Group(count, tuple(members))

    def _check_is_new(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise BadPolicy(f"the name {name} is taken")

    def _check_is_known(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise BadPolicy(f"{name} is not defined before it is used")
