"""Whether the vote log is sealed to its end, and its witnesses keep up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from libs.audit.sealer.state import STATUS
from libs.node.doctor.finding import Finding, note, well, wrong
from libs.node.folder import NodeFolder

CATCH_UP_S = 5.0
"""The sealer works every second; what is under way gets so long to arrive."""


async def sealed(folder: NodeFolder, end: int | None) -> AsyncIterator[Finding]:
    """Say what is wrong with the sealing of the vote log, whose last position is *end* (None: not known)."""
    status = await _status(folder, end)
    if status is None:
        yield wrong(f"The sealer has not sealed anything yet; {folder.logs}/sealer.log may say why.")
        return
    if status["fault"]:
        yield wrong(f"The vote log is no longer sealed: {status['fault']}")
        return
    for witness in status["witnesses"]:
        if witness["trouble"]:
            since = datetime.fromisoformat(witness["late_since"])
            yield note(f"The witness {witness['name']} is late since {since:%Y-%m-%d %H:%M} UTC: {witness['trouble']}.")
    size, published = status["size"], status["published_size"]
    if end is not None and size < end:
        yield wrong(f"The seal ends at governance:{size}, {end - size} entries behind; sealer's log file says why.")
    if published != size:
        yield wrong(
            f"The log is sealed up to {size} and published up to {published or 0}: too few witnesses have cosigned."
            f" Ballots are kept meanwhile; look after the witnesses above, or change {folder.witnesses_policy}."
        )
    elif end is None or size >= end:
        cosigned = sum(witness["size"] == size for witness in status["witnesses"])
        yield well(
            f"Seal: entries 1 to {size}, published; cosigned by {cosigned} of {len(status['witnesses'])} witnesses."
        )


async def _status(folder: NodeFolder, end: int | None) -> dict[str, Any] | None:
    deadline = asyncio.get_running_loop().time() + CATCH_UP_S
    while True:
        status = _read(folder)
        if _is_level(status, end) or asyncio.get_running_loop().time() > deadline:
            return status
        await asyncio.sleep(0.1)


def _is_level(status: dict[str, Any] | None, end: int | None) -> bool:
    """Return whether waiting would bring nothing."""
    if status is None:
        return False
    return bool(status["fault"]) or (status["size"] >= (end or 0) and status["published_size"] == status["size"])


def _read(folder: NodeFolder) -> dict[str, Any] | None:
    with suppress(FileNotFoundError, ValueError):
        found: dict[str, Any] = json.loads((folder.sealer / STATUS).read_bytes())
        return found
    return None
