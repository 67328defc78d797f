"""The vote log, raw and sealed: what an auditor needs, and nothing that needs trust in this node."""

import asyncio
import gzip
from pathlib import Path as PathOnDisk
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from gateway.services import GovernanceLog
from libs.audit.tiles import ENTRIES, BadTile, Tile, TileFolder
from libs.errors import NotFound, NotYet
from libs.eventlog.log import READ_ENTRIES_MAX, LogUnreachable

router = APIRouter(prefix="/log", tags=["log"])

MEDIA_TYPE = "application/jsonl"
OCTETS = "application/octet-stream"
IMMUTABLE = "public, max-age=31536000, immutable"

_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}
_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {OCTETS: {}}}}


async def _tile_folder(request: Request) -> TileFolder:
    folder: PathOnDisk | None = request.app.state.settings.tiles_dir
    if folder is None:
        raise NotFound("The log is not sealed on this node.")
    return TileFolder(folder)


Tiles = Annotated[TileFolder, Depends(_tile_folder)]
"""What the sealer publishes, as it lies; a web server in front may serve the same folder itself."""


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
    caching = IMMUTABLE if len(found) == limit else "no-cache"
    headers = {
        "Plaanet-Log-Last": str(last),
        "Plaanet-Log-Origin": f"{request.app.state.settings.node_name}/governance",
        "Cache-Control": caching,
    }
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


@router.get("/governance/checkpoint", response_class=Response, responses=_TEXT)
async def read_checkpoint(tiles: Tiles) -> Response:
    """
    Read the newest checkpoint: how long the vote log is and what is in it, signed by the log and by its witnesses.

    A signed note (C2SP tlog-checkpoint); all that it implies can be fetched as tiles.
    """
    return _text(await _read(tiles.path / "checkpoint"), "public, max-age=1")


@router.get("/governance/key", response_class=Response, responses=_TEXT)
async def read_key(tiles: Tiles) -> Response:
    """
    Read the public keys that checkpoints are signed with, to keep them now.

    One verifier key a line, as in C2SP signed-note: the log's own, then those of the witnesses it asks.
    """
    return _text(await _read(tiles.path / "key"), "public, max-age=60")


@router.get("/governance/rotation/{key_id}", response_class=Response, responses=_TEXT)
async def read_rotation(
    tiles: Tiles, key_id: Annotated[str, Path(pattern="^[0-9a-f]{8}$", description="The former key's id.")]
) -> Response:
    """Read the last checkpoint of a key that the log has no longer: its extension line names the key that followed."""
    return _text(await _read(tiles.path / "rotation" / key_id), IMMUTABLE)


@router.get("/governance/tile/{path:path}", response_class=Response, responses=_BYTES)
async def read_tile(
    tiles: Tiles,
    request: Request,
    path: Annotated[str, Path(max_length=200, examples=["0/000", "entries/x001/x234/067.p/5"])],
) -> Response:
    """
    Read a tile: 256 hashes of the Merkle tree over the vote log, or the 256 entries below them.

    Paths and contents are those of C2SP tlog-tiles. A partial tile is gone when the full one is there.
    """
    try:
        tile = Tile.parse(f"tile/{path}")
    except BadTile as fault:
        raise NotFound(str(fault)) from fault
    data = await _read(tiles.place(tile))
    if tile.level != ENTRIES:
        return Response(data, media_type=OCTETS, headers={"Cache-Control": IMMUTABLE})
    headers = {"Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    if _takes_gzip(request.headers.get("Accept-Encoding", "")):
        data = await asyncio.to_thread(gzip.compress, data, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type=OCTETS, headers=headers)


async def _read(path: PathOnDisk) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError as fault:
        raise NotFound("There is no such file of the sealed log, or not yet.") from fault


def _text(data: bytes, caching: str) -> Response:
    return Response(data, media_type="text/plain; charset=utf-8", headers={"Cache-Control": caching})


def _takes_gzip(accepted: str) -> bool:
    """Return whether an `Accept-Encoding` takes gzip."""
    for each in accepted.split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
