"""A log read to an end that is known: as long as it says it is, whichever server of a cluster answers."""

import asyncio
import time
from collections.abc import AsyncIterator

from libs.eventlog.log import Entry, EventLog, LogUnreachable

BEHIND_TIMEOUT_S = 30.0

_ASK_AGAIN_S = 0.05


async def up_to(log: EventLog, after: int, last: int) -> AsyncIterator[list[Entry]]:
    """
    Yield the entries behind *after* in batches, up to *last*, which the leader has; there may be more in the last one.

    The server that answers may be a moment behind the leader; it is asked again.

    Raises:
        LogUnreachable: It does not answer, or stays behind for `BEHIND_TIMEOUT_S`.
    """
    deadline = time.monotonic() + BEHIND_TIMEOUT_S
    while after < last:
        if batch := await log.entries(after):
            yield batch
            after, deadline = batch[-1].position, time.monotonic() + BEHIND_TIMEOUT_S
        elif time.monotonic() > deadline:
            raise LogUnreachable(f"The log {log.service} ends at {last}, and {after + 1} is not to be had.")
        else:
            await asyncio.sleep(_ASK_AGAIN_S)
