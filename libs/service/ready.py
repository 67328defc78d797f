"""
When a service is ready: NATS is there, and the read models stand so near the ends of their logs as its operator asks.

What is ready may be put in the place of an older one. A service that is not goes on answering what reaches it: its
replicas share their rows, and who asks for an entry is made to wait for it anyway.
"""

from collections.abc import Sequence

from nats.aio.client import Client

from libs.eventlog.log import EventLog, LogUnreachable
from libs.health import Check, Readiness
from libs.service.projection import Progress


def readiness(client: Client, logs: Sequence[EventLog], progress: Progress, *, behind_max: int) -> Check:
    """Return what says whether every one of *logs* is in the read models but for its last *behind_max* entries."""

    async def check() -> Readiness:
        if not client.is_connected:
            return Readiness(False, {"reason": "NATS is away"})
        try:
            behind = {log.service: max(0, await log.last() - progress.position(log.service)) for log in logs}
        except LogUnreachable as fault:
            return Readiness(False, {"reason": str(fault)})
        return Readiness(all(count <= behind_max for count in behind.values()), {"behind": behind})

    return check
