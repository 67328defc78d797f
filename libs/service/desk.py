"""
Where a service takes commands and questions: request and reply over NATS, served by FastStream.

A command comes on `do.<service>.<Command>`, a question on `ask.<service>.<Query>`; the caller's opaque id, the
command's id and the trace stand in headers. Every request is answered: with a receipt, a view, or a refusal. A
handler that raises something unforeseen is answered with a refusal too (500), so that nobody waits for nothing.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from faststream.nats import NatsBroker
from faststream.nats.message import NatsMessage
from faststream.response import Response
from pydantic import ValidationError

from libs.contracts import letter
from libs.contracts.base import Command, Contract, Query, Receipt, Refusal, View
from libs.contracts.letter import SEVERAL, Line
from libs.errors import Conflict, NotFound, NotYet, Problem
from libs.eventlog.log import EntryTooLarge, EventLog, LogMovedOn, LogUnreachable, Recorded
from libs.service.aggregates import AggregateMemory, Aggregates, DoneAlready
from libs.service.database import Connection, Pool
from libs.service.projection import Progress
from libs.telemetry import metrics, traces

M = TypeVar("M")

CommandHandler = Callable[..., Awaitable[Recorded | View]]
CommandHandlers = Mapping[type[Command], CommandHandler]
QueryHandlers = Mapping[type[Query[Any]], Callable[..., Awaitable[View]]]

DECISIONS_MAX = 4
"""So often a command is decided when others change the same thing at the same moment, or what was presumed is wrong."""

REACTION_DECISIONS_MAX = 50
"""A reaction has nobody to ask again, so it tries for longer."""

UNKNOWN = "unknown"
"""Whatever is asked for here and is not to be had."""

_IN_HAND = {way: metrics.IN_PROGRESS.labels(way) for way in ("do", "ask")}

log = logging.getLogger(__name__)


@dataclass
class Desk:
    """Answers for one service; command handlers are handed *resources* (a vault, keys), queries *query_resources*."""

    service: str
    origin: str
    events: EventLog
    commands: CommandHandlers
    queries: QueryHandlers
    pool: Pool
    progress: Progress
    catch_up_timeout_s: float
    resources: Sequence[Any] = ()
    query_resources: Sequence[Any] = ()
    hear_all: Callable[[], Awaitable[None]] | None = None
    """Waits until the reactions are level with the logs they follow."""
    _memory: AggregateMemory = field(default_factory=AggregateMemory)

    def open(self, broker: NatsBroker, *, at_once_max: int) -> None:
        """Have *broker* bring this desk its commands and questions, *at_once_max* at a time."""
        for subject, answer in ((f"do.{self.service}.*", self.do), (f"ask.{self.service}.*", self.ask)):
            broker.subscriber(subject, queue=self.service, decoder=_whole, max_workers=at_once_max)(answer)

    async def do(self, message: NatsMessage) -> Response:
        """Carry out a command."""
        started = time.perf_counter()
        name = self._name(self.commands, message)
        with traces.served(f"{self.service}.{name}", message.headers), _IN_HAND["do"].track_inprogress():
            answer = await self._answer(self._do, name, message)
            duration_s = time.perf_counter() - started
            outcome = "refused" if isinstance(answer, Refusal) else "done"
            metrics.observe(metrics.COMMAND_SECONDS, duration_s, name, outcome)
            log.info(
                outcome,
                extra={
                    "command": f"{self.service}.{name}",
                    "duration_ms": round(duration_s * 1000, 1),
                    **(answer.model_dump(include={"position", "type", "status"})),
                },
            )
        return _response(answer)

    async def ask(self, message: NatsMessage) -> Response:
        """Answer a question, or those of a letter."""
        if message.raw_message.subject.endswith(f".{SEVERAL}"):
            return await self._several(message)
        started = time.perf_counter()
        name = self._name(self.queries, message)
        with traces.served(f"{self.service}.{name}", message.headers), _IN_HAND["ask"].track_inprogress():
            answer = await self._answer(self._ask, name, message)
            metrics.observe(metrics.QUERY_SECONDS, time.perf_counter() - started, name)
        return _response(answer)

    def _name(self, handlers: Mapping[Any, object], message: NatsMessage) -> str:
        """Return what is asked for, or `UNKNOWN`: no caller's own words become a label or a span."""
        return self._known(handlers, message.raw_message.subject.rpartition(".")[2])

    def _known(self, handlers: Mapping[Any, object], name: str) -> str:
        return name if any(kind.__name__ == name for kind in handlers) else UNKNOWN

    async def _several(self, message: NatsMessage) -> Response:
        """Answer the questions of one letter, one after another on one connection; each by itself, whatever befalls."""
        with traces.served(f"{self.service}.{SEVERAL}", message.headers), _IN_HAND["ask"].track_inprogress():
            fresh = await self._answer(self._be_fresh, SEVERAL, message)
            if isinstance(fresh, Refusal):
                return _response(fresh)
            async with self.pool.acquire() as connection:
                answers = [await self._line(connection, *line) for line in letter.read(message.body)]
        return Response(letter.written(letter.fitted(answers)), headers={"Plaanet-Answer": SEVERAL})

    async def _line(self, connection: Connection, name: str, content: bytes) -> Line:
        started = time.perf_counter()
        known = self._known(self.queries, name)
        with traces.step(f"{self.service}.{known}"):
            answer = await self._answer(partial(self._found, connection), known, content)
        metrics.observe(metrics.QUERY_SECONDS, time.perf_counter() - started, known)
        return _kind(answer), answer.model_dump_json().encode()

    async def carry_out(
        self, command: Command, *, actor: str, command_id: UUID, attempts_max: int, presumes: bool = True
    ) -> View:
        """
        Decide *command* and keep what follows; decide again when others changed the same thing meanwhile.

        The first attempt *presumes* that what may be new is new (`Aggregates.find_unless_new`).

        Raises:
            Problem: The rules refuse it.
            LogMovedOn: Others were faster *attempts_max* times.
        """
        for attempt in range(attempts_max):
            aggregates = Aggregates(
                self.events,
                actor=actor,
                command_id=command_id,
                now=datetime.now(UTC),
                command=command,
                memory=self._memory,
                is_first_attempt=presumes and attempt == 0,
            )
            try:
                with traces.step(f"decide {type(command).__name__}"):
                    outcome = await self.commands[type(command)](command, aggregates, *self.resources)
            except DoneAlready as done:
                outcome = done.recorded
            except LogMovedOn:
                if attempt + 1 == attempts_max:
                    raise
                continue
            return self._receipt(outcome) if isinstance(outcome, Recorded) else outcome
        raise AssertionError("attempts_max is at least 1")

    async def react(self, command: Command, *, command_id: UUID) -> None:
        """Carry out a command of this service's own; the rules' refusal ends it like any other answer."""
        try:
            await self.carry_out(
                command, actor=self.service, command_id=command_id, attempts_max=REACTION_DECISIONS_MAX
            )
        except Problem as problem:
            log.info("reaction refused", extra={"command": type(command).__name__, "type": type(problem).__name__})

    async def _do(self, name: str, message: NatsMessage) -> View:
        command = _read(self.commands, name, message.body)
        actor = message.headers.get("Plaanet-Actor", "")
        command_id = UUID(message.headers["Plaanet-Command-Id"])
        if command.hears_first and self.hear_all:
            await self.hear_all()
        try:
            return await self.carry_out(command, actor=actor, command_id=command_id, attempts_max=DECISIONS_MAX)
        except LogMovedOn as fault:
            raise Conflict("Others changed the same thing at the same moment; please try again.") from fault
        except Problem:
            # What the refusal stands on may be news from another log that has not been heard here yet.
            if self.hear_all is None:
                raise
            await self.hear_all()
        return await self.carry_out(
            command, actor=actor, command_id=command_id, attempts_max=DECISIONS_MAX, presumes=False
        )

    async def _ask(self, name: str, message: NatsMessage) -> View:
        await self._be_fresh(name, message)
        async with self.pool.acquire() as connection:
            return await self._found(connection, name, message.body)

    async def _be_fresh(self, _: str, message: NatsMessage) -> View:
        """Wait until the read models are where the request wants them."""
        for place in filter(None, message.headers.get("Plaanet-At-Least", "").split(",")):
            origin_log, _, position = place.partition(":")
            with suppress(KeyError):
                await self.progress.reach(origin_log, int(position), timeout_s=self.catch_up_timeout_s)
        return View()

    async def _found(self, connection: Connection, name: str, content: bytes) -> View:
        query = _read(self.queries, name, content)
        return await self.queries[type(query)](query, connection, *self.query_resources)

    async def _answer(self, work: Callable[[str, M], Awaitable[View]], name: str, message: M) -> View:
        answer = await self._view(work, name, message)
        if isinstance(answer, Refusal):
            metrics.REFUSALS.labels(name, answer.type).inc()
        return answer

    async def _view(self, work: Callable[[str, M], Awaitable[View]], name: str, message: M) -> View:
        try:
            return await work(name, message)
        except Problem as problem:
            return Refusal(status=problem.status, type=type(problem).__name__, detail=problem.detail)
        except ValidationError as fault:
            return Refusal(status=422, type="Unprocessable", detail=_first_fault(fault))
        except EntryTooLarge as fault:
            return Refusal(status=413, type="TooLarge", detail=str(fault))
        except LogUnreachable as fault:
            return Refusal(
                status=503,
                type="LogUnreachable",
                detail=f"{fault} It may be kept or not; the same request with the same Idempotency-Key is safe.",
            )
        except Exception:
            log.exception("failed", extra={"request": f"{self.service}.{name}"})
            return Refusal(
                status=500, type="Failed", detail="This failed for a reason that the node's operator can see."
            )

    def _receipt(self, recorded: Recorded) -> Receipt:
        return Receipt(log=recorded.log, position=recorded.position, id=recorded.aggregate_id, origin=self.origin)


def _read(handlers: Mapping[Any, object], name: str, content: bytes) -> Any:
    contract: type[Contract] | None = next((kind for kind in handlers if kind.__name__ == name), None)
    if contract is None:
        raise NotFound("Nothing here is called so.")
    return contract.model_validate_json(content)


def _first_fault(fault: ValidationError) -> str:
    error = fault.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg']}." if place else f"{error['msg']}."


def _response(answer: View) -> Response:
    return Response(answer.model_dump_json().encode(), headers={"Plaanet-Answer": _kind(answer)})


def _kind(answer: View) -> str:
    return type(answer).__name__ if isinstance(answer, Receipt | Refusal) else "View"


async def _whole(message: NatsMessage) -> NatsMessage:
    """Hand the message to the desk as it came: FastStream's own decoding would read its JSON twice."""
    return message


__all__ = ["CommandHandlers", "Desk", "NotYet", "QueryHandlers"]
