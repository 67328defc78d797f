"""
The proof that a ballot is in the sealed log, made of the files that are served to everybody, and of nothing else.

A client could make it itself; the API and the receipt's page hand it out.
"""

from typing import NamedTuple
from uuid import UUID, uuid5

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import InvalidProof, leaf_hash, verify_inclusion
from libs.audit.notes import COSIGNATURE, BadKey, BadNote, Note, Verifier, open_note
from libs.audit.proofs import TlogProof
from libs.audit.tiles import BadTile, TileFolder
from libs.errors import LogFault, NotFound, NotYet
from libs.eventlog.codec import decode
from libs.eventlog.log import EventLog, LogUnreachable, Recorded, what_to_do

LOG = "governance"

_CAST = ("BallotCast", "BallotReplaced", "BallotWithdrawn")
_ON_PAPER = ("PaperBallotsEntered", "PaperBatchEntered")


class Witnesses(NamedTuple):
    """Who has seen a checkpoint, of *asked_count* who are asked to; *seen_at_s* is when the last did, from 1970."""

    names: tuple[str, ...]
    asked_count: int
    seen_at_s: int | None


def proof_of(tiles: TileFolder, poll_id: UUID, position: int) -> TlogProof | None:
    """
    Return the proof of the ballot at *position*, or None while the newest checkpoint does not reach it.

    Raises:
        NotFound: The entry is no ballot of that poll.
        LogFault: The tiles do not prove what was signed.
    """
    index = position - 1
    try:
        note = (tiles.path / "checkpoint").read_bytes()
    except FileNotFoundError:
        return None
    try:
        tree = Checkpoint.parse(Note.parse(note).text)
        if index >= tree.size:
            return None
        entry = next(tiles.entries(index, tree.size))
        _check_is_ballot(entry, poll_id, position)
        proof = TlogProof.make(index, note, tiles.hashes(tree.size))
        verify_inclusion(proof.hashes, leaf=leaf_hash(entry), index=index, size=tree.size, root=tree.root)
    except (BadNote, BadTile, InvalidProof, FileNotFoundError) as fault:
        raise LogFault(f"The tiles of the log {LOG} are damaged. {what_to_do(LOG)}") from fault
    return proof


def witnesses_of(tiles: TileFolder, proof: TlogProof | None) -> Witnesses:
    """Return which of the witnesses that the log asks have signed the checkpoint of *proof*; without one, nobody."""
    try:
        keys = [Verifier.parse(line) for line in (tiles.path / "key").read_text().split("\n") if line]
        signed = open_note(Note.parse(proof.checkpoint), keys) if proof else ()
    except (BadKey, BadNote, FileNotFoundError):
        return Witnesses((), 0, None)
    seen = [each for each in signed if each.by.kind == COSIGNATURE]
    times = [each.time_s for each in seen if each.time_s is not None]
    asked = {key.name for key in keys if key.kind == COSIGNATURE}
    return Witnesses(tuple(sorted({each.by.name for each in seen})), len(asked), max(times, default=None))


async def ballot_entry(log: EventLog, poll_id: UUID, position: int) -> Recorded:
    """
    Return the entry of a ballot as the log keeps it, sealed or not.

    Raises:
        NotFound: The log has no such entry, or it is no ballot of that poll.
        NotYet: The log does not answer.
    """
    try:
        found = await log.entries(position - 1, 1)
    except LogUnreachable as fault:
        raise NotYet(str(fault)) from fault
    if not found:
        raise NotFound(f"The log {LOG} has no entry {position}.")
    return _check_is_ballot(found[0].data, poll_id, position)


def _check_is_ballot(entry: bytes, poll_id: UUID, position: int) -> Recorded:
    recorded = decode(LOG, position, entry)
    if recorded.name in _CAST:
        is_of_poll = recorded.aggregate_id == uuid5(poll_id, recorded.actor)  # the ballot's address
    elif recorded.name in _ON_PAPER:
        is_of_poll = poll_id in (recorded.key_id, getattr(recorded.event, "poll_id", None))
    else:
        is_of_poll = False
    if not is_of_poll:
        raise NotFound(f"{LOG}:{position} is no ballot of the poll {poll_id}.")
    return recorded
