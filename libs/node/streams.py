"""The logs' streams: made at a node's first start, and looked at again at every start."""

from collections.abc import Sequence

import nats

from libs.errors import LogFault
from libs.eventlog.jetstream import ensure_stream
from libs.node.permissions import ADMIN, SERVICES
from libs.node.trouble import NodeTrouble


async def prepare_streams(url: str, admin_password: str, services: Sequence[str] = SERVICES) -> None:
    """
    Make the streams of *services* that are missing.

    Raises:
        NodeTrouble: One is there and lacks a flag that keeps a log safe.
    """
    client = await nats.connect(url, user=ADMIN, password=admin_password)
    try:
        for service in services:
            await ensure_stream(client, service)
    except LogFault as fault:
        raise NodeTrouble(f"{fault} Nothing was started: look at it with an administrator's tools first.") from fault
    finally:
        await client.close()
