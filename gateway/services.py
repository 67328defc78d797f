"""
The gateway's way to the services: commands and questions over NATS.

The gateway decides nothing. It says who asks, names the command so that the same request sent twice is one command,
and turns a refusal back into the problem that it was.

Both may be of another version. What a newer service says besides is passed over; a field that has its default is not
sent, so an older service is bothered with what it does not know only where that is really used.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar, overload
from uuid import UUID, uuid4, uuid5

import orjson
from fastapi import Depends, Header, Request
from fastapi import Query as Parameter
from nats.aio.client import Client
from nats.errors import Error as NatsError
from opentelemetry.trace import SpanKind

from gateway.actor import ActorInfo
from gateway.questions import Answer, Questions
from libs.contracts.base import Command, Query, Receipt, Refusal, View
from libs.errors import NotAllowed, NotYet, Refused
from libs.eventlog.log import EventLog
from libs.telemetry import traces

_KEYS = UUID("5b0f3c0e-2c2b-5f0e-9a57-0f6f8d9d7d11")  # the namespace of commands named by an Idempotency-Key

ViewT = TypeVar("ViewT", bound=View)


class ManifestoNotApproved(NotAllowed):
    """A new manifesto stands, and the member has not approved it yet."""


class ServiceIsAway(NotYet):
    """The service did not answer; it may be starting."""


class Approval(Protocol):
    """Knows whether a member approved the manifesto that stands."""

    async def is_given(self, actor: ActorInfo) -> bool:
        """Return whether *actor* approved the current manifesto."""


class Services:
    """The services, as one request reaches them."""

    def __init__(
        self,
        client: Client,
        approval: Approval,
        *,
        timeout_s: float,
        key: str | None = None,
        at_least: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._approval = approval
        self._timeout_s = timeout_s
        self._key = key
        self._at_least = at_least
        self._questions = Questions(self._send_question)

    def as_fresh_as(self, at_least: Sequence[str]) -> "Services":
        """Return the same services, which answer from data at least as new as these receipts, `log:position`."""
        return Services(self._client, self._approval, timeout_s=self._timeout_s, key=self._key, at_least=at_least)

    def once(self, key: str) -> "Services":
        """Return the same services, which carry a command out once however often it is given with this *key*."""
        return Services(self._client, self._approval, timeout_s=self._timeout_s, key=key, at_least=self._at_least)

    @overload
    async def do(self, command: Command, *, actor: ActorInfo | None) -> Receipt: ...

    @overload
    async def do(self, command: Command, *, actor: ActorInfo | None, answer: type[ViewT]) -> ViewT: ...

    async def do(self, command: Command, *, actor: ActorInfo | None, answer: type[View] = Receipt) -> View:
        """
        Have the command carried out in the name of *actor*, and return the receipt, or the *answer* it has instead.

        Raises:
            Refused: The service refuses.
            ManifestoNotApproved: The member may do this only after approving the current manifesto.
            ServiceIsAway: The service does not answer.
        """
        if actor and command.needs_approval and not await self._approval.is_given(actor):
            raise ManifestoNotApproved("A new manifesto stands; read and approve it first (PUT /api/v1/me/approval).")
        headers = {
            "Plaanet-Actor": str(actor.id) if actor else "",
            "Plaanet-Command-Id": str(self._command_id(command, actor)),
        }
        content = command.model_dump_json(exclude_defaults=True).encode()
        said = await self._request(f"do.{command.service}.{type(command).__name__}", content, headers)
        if said.kind == "Refusal":
            raise _refused(said.content)
        return answer.model_validate_json(said.content, extra="ignore")

    async def ask(self, query: Query[ViewT]) -> ViewT:
        """
        Return the answer to *query*, from read models that are as fresh as the request asked (`at_least`).

        Raises:
            Refused: The service refuses.
            ServiceIsAway: The service does not answer.
        """
        content = query.model_dump_json(exclude_defaults=True).encode()
        said = await self._questions.ask(query.service, type(query).__name__, content)
        if said.kind == "Refusal":
            raise _refused(said.content)
        answer: type[ViewT] = query.answer  # type: ignore[assignment]  # the class that ViewT stands for
        return answer.model_validate_json(said.content, extra="ignore")

    async def _send_question(self, service: str, name: str, content: bytes) -> Answer:
        headers = {"Plaanet-At-Least": ",".join(self._at_least)} if self._at_least else {}
        return await self._request(f"ask.{service}.{name}", content, headers)

    def _command_id(self, command: Command, actor: ActorInfo | None) -> UUID:
        if self._key is None:
            return uuid4()
        who = actor.id if actor else "nobody"
        return uuid5(_KEYS, f"{who} {type(command).__name__} {self._key}")

    async def _request(self, subject: str, content: bytes, headers: dict[str, str]) -> Answer:
        try:
            with traces.step(subject.partition(".")[2], SpanKind.CLIENT):
                reply = await self._client.request(
                    subject,
                    content,
                    timeout=self._timeout_s,
                    headers={**headers, **traces.outgoing(), "Plaanet-Asks": "gateway"},
                )
        except (NatsError, TimeoutError) as fault:
            service = subject.split(".")[1]
            raise ServiceIsAway(f"The service {service} does not answer; please try again soon.") from fault
        return Answer((reply.headers or {}).get("Plaanet-Answer", "View"), reply.data)


def _refused(content: bytes) -> Refused:
    refusal = Refusal.model_validate(orjson.loads(content))
    return Refused(refusal.status, refusal.type, refusal.detail)


AtLeast = Annotated[
    str | None,
    Parameter(
        alias="at_least",
        max_length=300,
        pattern=r"^[a-z]+:\d{1,15}(,[a-z]+:\d{1,15})*$",
        description="Answer from data at least as new as this receipt, `log:position`; several with commas.",
        examples=["governance:1705"],
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A word of the client's choice: the same POST with the same key is carried out once.",
    ),
]


async def _services(request: Request, at_least: AtLeast = None, idempotency_key: IdempotencyKey = None) -> Services:
    state = request.app.state
    return Services(
        state.client,
        state.standing,
        timeout_s=state.settings.request_timeout_s,
        # What is not POST is the same twice by itself; its command then has an id that nobody can guess, which a
        # ballot's needs: with a guessable one, strangers could find out whose it is.
        key=idempotency_key if request.method == "POST" else None,
        at_least=at_least.split(",") if at_least else (),
    )


ServicesDep = Annotated[Services, Depends(_services)]
"""The services, for a route."""


async def _governance_log(request: Request) -> EventLog:
    found: EventLog = request.app.state.logs["governance"]
    return found


GovernanceLog = Annotated[EventLog, Depends(_governance_log)]
"""The public vote log, for the routes that serve it raw."""
