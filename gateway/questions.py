"""
What one request asks of the services, sent in as few letters as it can be.

Most of what a question costs is its way: a message to NATS and back, a header, a connection to the database. So what
is asked of one service in the same breath (`asyncio.gather`, however deep) goes in one letter, and what is asked twice
is sent once. Each question has an answer of its own: one that is refused takes nothing from the others.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import orjson

from libs.contracts import letter
from libs.contracts.letter import SEVERAL, Line
from libs.errors import NotFound


class Answer(NamedTuple):
    """What a service said: a `View` or a `Refusal`, as JSON."""

    kind: str
    content: bytes


Send = Callable[[str, str, bytes], Coroutine[Any, Any, Answer]]
"""Sends to a service, under a name, some bytes."""

_Waiting = dict[Line, list["asyncio.Future[Answer]"]]


class Questions:
    """The questions of one request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[str, _Waiting] = {}
        self._asked_count = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, service: str, name: str, content: bytes) -> Answer:
        """
        Return what *service* answers to the question *name*.

        Raises:
            Problem: What sending raised; who else asked in the same letter hears the same.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._post, loop, self._asked_count + 1)
        self._asked_count += 1
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.setdefault(service, {}).setdefault((name, content), []).append(answer)
        return await answer

    def _post(self, loop: asyncio.AbstractEventLoop, seen_count: int) -> None:
        """Send what waits, unless more was asked since the last look: what was begun in the same breath goes along."""
        if self._asked_count != seen_count:
            loop.call_soon(self._post, loop, self._asked_count)
            return
        waiting, self._waiting = self._waiting, {}
        for service, questions in waiting.items():
            lines = list(questions)
            for start in range(0, len(lines), letter.QUESTIONS_MAX):
                together = {line: questions[line] for line in lines[start : start + letter.QUESTIONS_MAX]}
                task = loop.create_task(self._answer(service, together))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _answer(self, service: str, questions: _Waiting) -> None:
        try:
            answers = await self._answers(service, list(questions))
        except Exception as fault:  # noqa: BLE001 - whatever it is, who asked has to hear it
            for askers in questions.values():
                for asker in askers:
                    if not asker.done():
                        asker.set_exception(fault)
            return
        for askers, answer in zip(questions.values(), answers, strict=True):
            for asker in askers:
                if not asker.done():
                    asker.set_result(answer)

    async def _answers(self, service: str, questions: list[Line]) -> list[Answer]:
        if len(questions) == 1:
            return [await self._send(service, *questions[0])]
        answer = await self._send(service, SEVERAL, letter.written(questions))
        if answer.kind == "Refusal":
            if orjson.loads(answer.content)["status"] == NotFound.status:  # a release before this one knows no letters
                return [await self._send(service, *question) for question in questions]
            return [answer] * len(questions)
        answers = [Answer(*line) for line in letter.read(answer.content)]
        return [
            await self._send(service, *question) if each.kind == "Alone" else each
            for question, each in zip(questions, answers, strict=True)
        ]
