"""
The receipt of a ballot: which line of the log it is, a code that is short enough to be read to a neighbour, and how far
the line is sealed and witnessed.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

import segno
from markupsafe import Markup

from gateway.proofs import Witnesses, ballot_entry, proof_of, witnesses_of
from libs.audit.merkle import leaf_hash
from libs.audit.proofs import TlogProof
from libs.audit.tiles import TileFolder
from libs.errors import LogFault
from libs.eventlog.log import EventLog, Recorded

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none of I, L, O, U, which are misread or misheard

RECEIVED, SEALED, WITNESSED = 1, 2, 3
"""How far a ballot's line has come; the levels of `drawings.seal`."""


def code_of(leaf: bytes) -> str:
    """Return the eight signs that stand for the hash of a line: its first 40 bits, five a sign."""
    number = int.from_bytes(leaf[:5], "big")
    signs = "".join(_SIGNS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


@dataclass(frozen=True)
class Receipt:
    """
    What a voter can keep of a ballot's line.

    *is_broken* says that the sealed log does not hold what it was given: the one thing that a receipt is kept for.
    """

    position: int
    leaf: bytes
    entry: bytes
    received_at: datetime
    proof: TlogProof | None
    witnesses: Witnesses
    is_broken: bool = False

    @property
    def code(self) -> str:
        """The line's short code."""
        return code_of(self.leaf)

    @property
    def level(self) -> int:
        """How far the line has come."""
        if self.proof is None:
            return RECEIVED
        return WITNESSED if self.witnesses.names else SEALED

    @property
    def is_waiting(self) -> bool:
        """Whether more will be known in a moment."""
        return not self.is_broken and self.level < (WITNESSED if self.witnesses.asked_count else SEALED)

    @property
    def witnessed_at(self) -> datetime | None:
        """When the last of the witnesses saw it."""
        seen_at_s = self.witnesses.seen_at_s
        return None if seen_at_s is None else datetime.fromtimestamp(seen_at_s, UTC)


_NOBODY = Witnesses((), 0, None)


async def receipt_of(log: EventLog, tiles_dir: TileFolder | None, poll_id: UUID, position: int) -> Receipt:
    """
    Return the receipt of the ballot at *position*; *tiles_dir* is None where this node does not seal.

    Raises:
        NotFound: The log has no such ballot of that poll.
        NotYet: The log does not answer.
    """
    recorded: Recorded = await ballot_entry(log, poll_id, position)
    proof, witnesses, is_broken = None, _NOBODY, False
    if tiles_dir is not None:
        try:
            proof = await asyncio.to_thread(proof_of, tiles_dir, poll_id, position)
            witnesses = await asyncio.to_thread(witnesses_of, tiles_dir, proof)
        except LogFault:
            is_broken = True
    return Receipt(
        position=position,
        leaf=leaf_hash(recorded.entry),
        entry=recorded.entry,
        received_at=recorded.decided_at,
        proof=proof,
        witnesses=witnesses,
        is_broken=is_broken,
    )


def check_address(base_url: str, poll_id: UUID, receipt: Receipt) -> str:
    """Return where the line is looked for when the poll is counted again; it names no person."""
    query = urlencode({"ligne": receipt.position, "code": receipt.code})
    return f"{base_url.rstrip('/')}/v/{poll_id}/verification?{query}"


def qr_code(text: str) -> Markup:
    """Return *text* as a QR code, an SVG that stands in the page."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=3, omitsize=True, svgclass="qr", lineclass=None))
