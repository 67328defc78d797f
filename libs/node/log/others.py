"""
The other servers of a cluster, while one is stopped: whether they have every log, and hold all of each.

What a server without data fetches comes from the leader of each log, so the leader is asked for every entry. No
request names another server to answer it: the readers' way is asked again and again, until the others will have had
their turn.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.audit.tiles import WIDTH
from libs.eventlog.jetstream import API
from libs.eventlog.log import Entry, LogUnreachable
from libs.node.folder import NodeFolder
from libs.node.log.stream import LOG, Stream
from libs.node.log.survey import Kind, Range, Show, add
from libs.node.passwords import password
from libs.node.permissions import ADMIN
from libs.node.streams import connect_as_admin
from libs.node.trouble import NodeTrouble
from libs.telemetry.metrics import moment

READINGS_COUNT = 12
"""One of two servers that has a gap is not met in one of 4,096 places."""

ANSWERING_AFTER_S = 5.0
"""A server that has just started answers readers a little after it is level, and shows nothing of its copy before."""

SILENT_S = 10.0
"""Who was not heard of for so long has ended; one that was told to stop says so itself (`offline`)."""

PATIENCE_S = 3 * SILENT_S
"""So long it may take the others to choose a leader, and the leader to notice that a server has ended."""


class Held(Stream):
    """A log as the other servers have it, behind *client*: what each of them has."""

    def __init__(self, client: Client, log: str = LOG) -> None:
        super().__init__(client, None, log)
        self._last: int | None = None

    async def last(self) -> int:
        """Return the last position, as it was when it was first asked for: members may vote on."""
        if self._last is None:
            self._last = await super().last()
        return self._last

    async def readable(self, first: int, last: int) -> list[Entry]:
        """Return the entries from *first* to *last* that the leader has, and that no other was seen to lack."""
        with suppress(NatsError, LogUnreachable):  # whoever does not answer has nothing
            of_leader = await asyncio.gather(*(self._log.of_leader(position) for position in range(first, last + 1)))
            found = {entry.position: entry for entry in of_leader if entry}
            for _ in range(READINGS_COUNT):
                read = {entry.position: entry.data for entry in await self._log.readable(first, last)}
                found = {position: entry for position, entry in found.items() if read.get(position) == entry.data}
            return list(found.values())
        return []

    async def gaps(self, *, show: Show) -> list[Range]:
        """
        Return what is missing of it, of which nobody knows more than that it must be there.

        Raises:
            NodeTrouble: Nobody says how long it is.
        """
        found: list[Range] = []
        try:
            last = await self._log.last()
        except LogUnreachable as fault:
            raise NodeTrouble(f"{fault} Nothing was changed.") from fault
        for first in range(1, last + 1, WIDTH):
            show(f"asking for {self._log.service}: {first - 1} of {last}")
            wanted = range(first, min(first + WIDTH, last + 1))
            held = {entry.position for entry in await self.readable(wanted[0], wanted[-1])}
            for position in wanted:
                if position not in held:
                    add(found, position, Kind.GAP)
        show("")
        return found


class Others:
    """All servers of a cluster but *name*, behind *client*."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    def held(self, log: str = LOG) -> Held:
        """Return one of their logs, as they have it from now on."""
        return Held(self._client, log)

    async def check_level(self, *, show: Show) -> None:
        """
        Check that the server is stopped, and that all others have all of every log.

        Raises:
            NodeTrouble: It is not so within `PATIENCE_S`, or there is no such server.
        """
        deadline = time.monotonic() + PATIENCE_S
        while objection := objection_to(self._name, await self._standings()):
            if time.monotonic() > deadline or not objection.may_pass:
                raise NodeTrouble(f"{objection.sentence} Nothing was changed.")
            show(objection.sentence)
            await asyncio.sleep(0.5)

    async def wait_until_answering(self, *, show: Show) -> None:
        """Wait until all others, which are level, will answer readers: nobody says who does."""
        show("waiting until every other server answers readers")
        await asyncio.sleep(ANSWERING_AFTER_S)

    async def _standings(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what the leader of each log says of it, by the log's name; nothing where nobody can say it."""
        found: dict[str, Mapping[str, Any]] = {}
        with suppress(NatsError):
            for log in (await self._asked("STREAM.NAMES")).get("streams") or ():
                found[log] = await self._asked(f"STREAM.INFO.{log}")
            return found
        return {}

    async def _asked(self, call: str) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads((await self._client.request(f"{API}.{call}", b"{}", timeout=5)).data)
        return answer


class Objection(NamedTuple):
    """What speaks against putting a server's data aside; whether it *may_pass* by itself in a moment."""

    sentence: str
    may_pass: bool = True


def objection_to(name: str, standings: Mapping[str, Mapping[str, Any]]) -> Objection | None:
    """
    Return what speaks against putting aside the data of the server *name*.

    *standings* is, for each stream, NATS's answer to `STREAM.INFO`.
    """
    if LOG not in standings:
        return Objection("The other servers do not say how the logs stand: they may be choosing a leader.")
    for log, told in standings.items():
        cluster = told.get("cluster") or {}
        leader, followers = cluster.get("leader"), {each["name"]: each for each in cluster.get("replicas") or ()}
        led_s = _between_s(cluster.get("leader_since"), told.get("ts"))
        if not leader:
            return Objection(f"The other servers have no leader for {log}.")
        if name not in (leader, *followers):
            known = ", ".join(sorted((leader, *followers)))
            return Objection(f"No server called {name} keeps {log}, but {known}; say with --name which it is.", False)
        if len(followers) < 2:
            return Objection(f"{log} stands on fewer than three servers: none can be repaired from the others.", False)
        if leader == name or not _has_ended(followers.pop(name), led_s):
            return Objection(f"{name} runs, or ended this moment: stop it, and no other.")
        behind = sorted(
            other for other, each in followers.items() if not each.get("current") or _has_ended(each, led_s)
        )
        if behind:
            return Objection(f"{' and '.join(behind)} does not have all of {log} yet, or is down.")
    return None


def _has_ended(server: Mapping[str, Any], led_s: float) -> bool:
    """Return whether a follower has ended, as a leader sees it that has led for *led_s*."""
    silent_s: float = server.get("active", 0) / 1e9
    if not silent_s and not server.get("current"):
        silent_s = led_s  # 0 says that this leader has never heard of it
    return bool(server.get("offline")) or silent_s > SILENT_S


def _between_s(earlier: object, later: object) -> float:
    """Return how long it is between two moments of one clock; 0 where either is not told."""
    began, now = moment(earlier), moment(later)
    return (now - began).total_seconds() if began and now else 0.0


async def connected(folder: NodeFolder, url: str) -> Client:
    """
    Return an administrator's connection to the server at *url*; close it yourself.

    Raises:
        NodeTrouble: There is none.
    """
    try:
        return await connect_as_admin(url, password(folder.secrets, f"nats-{ADMIN}"))
    except (NatsError, OSError) as fault:
        raise NodeTrouble(f"NATS at {url} does not answer ({fault}); name one of the other servers.") from fault
