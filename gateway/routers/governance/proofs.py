"""The proof that a ballot is in the sealed log, for whoever cast it to keep."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from gateway.proofs import LOG, ballot_entry, proof_of
from gateway.routers.log import Tiles
from gateway.services import GovernanceLog
from libs.audit.proofs import SUFFIX
from libs.errors import NotYet

router = APIRouter()

MEDIA_TYPE = "text/plain; charset=utf-8"


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
    proof = await asyncio.to_thread(proof_of, tiles, poll_id, position)
    if proof is None:
        await ballot_entry(log, poll_id, position)
        raise NotSealedYet(f"{LOG}:{position} is received and kept, and not sealed yet; ask again in a moment.")
    name = f"{LOG}-{position}{SUFFIX}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "public, max-age=60"}
    return Response(proof.encode(), media_type=MEDIA_TYPE, headers=headers)
