"""The vote log, raw: what an auditor needs, and nothing that needs trust in this node."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.services import GovernanceLog, ServicesDep
from libs.audit.notes import Verifier
from libs.contracts.governance import LogKeyOf
from libs.errors import NotYet
from libs.eventlog.log import READ_ENTRIES_MAX, LogUnreachable

router = APIRouter(prefix="/log", tags=["log"])

MEDIA_TYPE = "application/jsonl"


@router.get(
    "/governance/entries",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"example": '{"actor":"…","name":"BallotCast",…}\n'}}}},
)
async def read_entries(
    log: GovernanceLog,
    request: Request,
    after: Annotated[int, Query(ge=0, le=10**15, description="The position behind which to read.")] = 0,
    limit: Annotated[int, Query(ge=1, le=READ_ENTRIES_MAX)] = READ_ENTRIES_MAX,
) -> Response:
    """
    Read the vote log: the exact bytes of its entries, one a line, in order.

    The first line is the entry at position *after* + 1. `Plaanet-Log-Last` is the log's last position,
    `Plaanet-Log-Origin` its name among all nodes. There are fewer than *limit* lines at the log's end, and perhaps
    before it: ask again from where you are until you reach the last position.
    """
    try:
        last = await log.last()
        found = await log.entries(after, limit)
    except LogUnreachable as fault:
        raise NotYet(str(fault)) from fault
    body = b"".join(entry.data + b"\n" for entry in found)
    # Full pages never change: whoever stands between may keep them.
    caching = "public, max-age=31536000, immutable" if len(found) == limit else "no-cache"
    headers = {
        "Plaanet-Log-Last": str(last),
        "Plaanet-Log-Origin": f"{request.app.state.settings.node_name}/governance",
        "Cache-Control": caching,
    }
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


@router.get(
    "/governance/key",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "node.example/governance+530d903a+AekyeRrm…\n"}}}},
)
async def read_key(request: Request, services: ServicesDep) -> Response:
    """
    Read the public key that the vote log will be sealed with, to keep it now.

    One line, a verifier key as in C2SP signed-note. Nothing is sealed yet: the audit replays the entries themselves.
    """
    key = await services.ask(LogKeyOf())
    name = f"{request.app.state.settings.node_name}/governance"
    return Response(Verifier(name, bytes.fromhex(key.public_key)).vkey + "\n", media_type="text/plain; charset=utf-8")
