"""The logs' streams: made at a node's first start, and looked at again at every start."""

from collections.abc import Sequence

from nats.aio.client import Client

from libs.errors import LogFault
from libs.eventlog.jetstream import JetStreamLog, LogsNotYet, ensure_stream
from libs.eventlog.log import what_to_do
from libs.eventlog.register import ensure_register
from libs.node.permissions import ADMIN, SERVICES
from libs.node.trouble import NodeTrouble

SEALED_LOG = "governance"


async def prepare_streams(
    url: str, admin_password: str, services: Sequence[str] = SERVICES, *, replicas: int = 1
) -> None:
    """
    Make the streams that are missing of *services*, and that of the registers, each on *replicas* servers.

    Raises:
        LogsNotYet: A cluster is only starting; try again.
        NodeTrouble: One is there and lacks a flag that keeps a log safe.
    """
    client = await connect_as_admin(url, admin_password)
    try:
        for service in services:
            await ensure_stream(client, service, replicas=replicas)
        await ensure_register(client, replicas=replicas)
    except LogsNotYet:
        raise
    except LogFault as fault:
        raise NodeTrouble(f"{fault} Nothing was started: look at it with an administrator's tools first.") from fault
    finally:
        await client.close()


async def check_reaches(url: str, admin_password: str, sealed_size: int) -> None:
    """
    Check that the vote log is at least as long as what is sealed of it.

    Raises:
        NodeTrouble: It is shorter; what would be written to it now would take positions that are taken.
    """
    client = await connect_as_admin(url, admin_password)
    try:
        last = await JetStreamLog(client, SEALED_LOG).last()
    finally:
        await client.close()
    if last < sealed_size:
        raise NodeTrouble(
            f"The log {SEALED_LOG} ends at {last}, and {sealed_size} entries of it are sealed: it was cut or lost, or"
            f" comes from an older copy. Nothing was started. {what_to_do(SEALED_LOG)}"
        )


async def connect_as_admin(url: str, password: str) -> Client:
    """
    Return an administrator's connection to the server at *url*; close it yourself.

    Raises:
        nats.errors.Error: There is none, or it refuses. It is not waited for.
    """

    async def say_it_once(fault: Exception) -> None:
        """The client tells every fault here, and raises the last."""

    client = Client()
    try:
        await client.connect(
            url,
            user=ADMIN,
            password=password,
            connect_timeout=5,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            error_cb=say_it_once,
        )
    except BaseException:
        await client.close()  # a refusal leaves the connection open
        raise
    return client
