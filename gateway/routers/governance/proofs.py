"""
The proof that a ballot is in the sealed log, for whoever cast it to keep.

It is made of the files that are served to everybody, and of nothing else: a client could make it itself.
"""

import asyncio
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Path, Response

from gateway.routers.log import Tiles
from gateway.services import GovernanceLog
from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import InvalidProof, leaf_hash, verify_inclusion
from libs.audit.notes import BadNote, Note
from libs.audit.proofs import SUFFIX, TlogProof
from libs.audit.tiles import BadTile, TileFolder
from libs.errors import LogFault, NotFound, NotYet
from libs.eventlog.codec import decode
from libs.eventlog.log import EventLog, LogUnreachable, what_to_do

router = APIRouter()

LOG = "governance"
MEDIA_TYPE = "text/plain; charset=utf-8"

_CAST = ("BallotCast", "BallotReplaced", "BallotWithdrawn")
_ON_PAPER = ("PaperBallotsEntered", "PaperBatchEntered")


class NotSealedYet(NotYet):
    """The entry is kept for good, and no checkpoint that witnesses have cosigned reaches it yet."""


@router.get(
    "/polls/{poll_id}/ballots/{position}/proof",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "c2sp.org/tlog-proof@v1\nindex 1704\n…"}}}},
)
async def read_ballot_proof(
    poll_id: UUID,
    position: Annotated[int, Path(ge=1, le=10**15, description="The ballot's, from its receipt.")],
    tiles: Tiles,
    log: GovernanceLog,
) -> Response:
    """
    Read the proof that a ballot, cast, replaced, withdrawn or on paper, is in the sealed log: a file to keep.

    It verifies with any tool that knows C2SP tlog-proof, the entry's bytes and the log's key. Until the
    entry is sealed, usually for a second or two, the answer is 503 `NotSealedYet`.
    """
    proof = await asyncio.to_thread(_proof, tiles, poll_id, position)
    if proof is None:
        await _check_is_on_its_way(log, poll_id, position)
        raise NotSealedYet(f"{LOG}:{position} is received and kept, and not sealed yet; ask again in a moment.")
    name = f"{LOG}-{position}{SUFFIX}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "public, max-age=60"}
    return Response(proof.encode(), media_type=MEDIA_TYPE, headers=headers)


def _proof(tiles: TileFolder, poll_id: UUID, position: int) -> TlogProof | None:
    """
    Return the proof, or None while the newest checkpoint does not reach the entry.

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


async def _check_is_on_its_way(log: EventLog, poll_id: UUID, position: int) -> None:
    """
    Raises:
        NotFound: The log has no such entry, or it is no ballot of that poll.
    """
    try:
        found = await log.entries(position - 1, 1)
    except LogUnreachable as fault:
        raise NotYet(str(fault)) from fault
    if not found:
        raise NotFound(f"The log {LOG} has no entry {position}.")
    _check_is_ballot(found[0].data, poll_id, position)


def _check_is_ballot(entry: bytes, poll_id: UUID, position: int) -> None:
    recorded = decode(LOG, position, entry)
    if recorded.name in _CAST:
        is_of_poll = recorded.aggregate_id == uuid5(poll_id, recorded.actor)  # the ballot's address
    elif recorded.name in _ON_PAPER:
        is_of_poll = poll_id in (recorded.key_id, getattr(recorded.event, "poll_id", None))
    else:
        is_of_poll = False
    if not is_of_poll:
        raise NotFound(f"{LOG}:{position} is no ballot of the poll {poll_id}.")
