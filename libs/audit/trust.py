"""
Whom an auditor believes: the keys of a policy that came from elsewhere, or those that the log named when it was first
seen. A key that was believed once is believed from then on, and no other.
"""

from dataclasses import dataclass

from libs.audit.notes import COSIGNATURE, ED25519, BadKey, Verifier
from libs.audit.policy import NONE, Policy, parse_policy


@dataclass(frozen=True, slots=True)
class Trust:
    """A *policy*, as its *text* says it; at *first_sight* it is the log's own word."""

    policy: Policy
    text: bytes
    is_first_sight: bool = False

    @classmethod
    def parse(cls, text: bytes) -> "Trust":
        """
        Return the trust that a policy says.

        Raises:
            BadPolicy: The text is none.
        """
        return cls(parse_policy(text), text)

    @classmethod
    def at_first_sight(cls, origin: str, keys: bytes | None) -> "Trust":
        """
        Return the trust in the *keys* that the log *origin* names, a verifier key a line: its own, and its witnesses'.

        No witness is asked for: which of them are worth trusting is for a policy to say.
        """
        logs, witnesses = [], []
        for line in (keys or b"").decode(errors="replace").splitlines():
            try:
                key = Verifier.parse(line.strip())
            except BadKey:
                continue
            if key.kind == ED25519 and key.name == origin:
                logs.append(f"log {key.vkey}")
            elif key.kind == COSIGNATURE:
                witnesses.append(f"witness {key.name} {key.vkey}")
        text = "\n".join([*dict.fromkeys(logs), *dict.fromkeys(witnesses), f"quorum {NONE}", ""]).encode()
        return cls(parse_policy(text), text, is_first_sight=True)
