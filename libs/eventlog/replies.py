"""
Requests on NATS that are answered by many messages.

The client's own `request` takes the first answer and drops the rest; a Direct Get batch is many answers and an end.
All requests share one subscription: an inbox each would cost a round trip each.
"""

import asyncio
from itertools import count

from nats.aio.client import Client
from nats.aio.msg import Msg


class Replies:
    """Collects the answers of *client*'s requests until each one's end."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._numbers = count(1)
        self._collecting: dict[str, tuple[list[Msg], asyncio.Future[list[Msg]]]] = {}
        self._subscribing: asyncio.Task[object] | None = None

    async def all(self, subject: str, body: bytes, *, timeout_s: float) -> list[Msg]:
        """
        Return every answer, the last of them the end (a message with a status and no data).

        Raises:
            TimeoutError: The end did not come within *timeout_s* seconds.
        """
        await self._subscribe()
        number = str(next(self._numbers))
        answered: asyncio.Future[list[Msg]] = asyncio.get_running_loop().create_future()
        self._collecting[number] = ([], answered)
        try:
            await self._client.publish(subject, body, reply=f"{self._inbox}.{number}")
            async with asyncio.timeout(timeout_s):
                return await answered
        finally:
            del self._collecting[number]

    async def _subscribe(self) -> None:
        if self._subscribing is None:
            self._subscribing = asyncio.create_task(self._listen())
        await asyncio.shield(self._subscribing)

    async def _listen(self) -> None:
        await self._client.subscribe(
            f"{self._inbox}.*", cb=self._collect, pending_msgs_limit=-1, pending_bytes_limit=-1
        )

    async def _collect(self, message: Msg) -> None:
        number = message.subject.rpartition(".")[2]
        if number not in self._collecting:
            return  # too late: nobody waits for it any more
        messages, answered = self._collecting[number]
        messages.append(message)
        if not message.data and "Status" in (message.headers or {}) and not answered.done():
            answered.set_result(messages)
