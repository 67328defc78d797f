"""The gateway alone: its routes against services that say what a test has them say."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from fastapi import FastAPI

from gateway import auth, services
from gateway.actor import ActorInfo
from gateway.app import create_app
from libs.contracts.base import Command, Query, Receipt, View
from libs.errors import Problem
from libs.settings import GatewaySettings

ANA = UUID("a0000000-0000-4000-8000-000000000001")
BO = UUID("b0000000-0000-4000-8000-000000000002")
SESSION = UUID("50000000-0000-4000-8000-000000000003")


class FakeServices:
    """Answers what it was told to; remembers what it was asked, and in whose name."""

    def __init__(self) -> None:
        self._answers: dict[str, View | Problem] = {}
        self.asked: list[Query[Any]] = []
        self.done: list[tuple[Command, ActorInfo | None]] = []
        self.at_least: tuple[str, ...] = ()
        self.keys: list[str] = []

    def answers(self, request: type[Command] | type[Query[Any]], answer: View | Problem) -> None:
        """Have every such command or query answered so."""
        self._answers[request.__name__] = answer

    def as_fresh_as(self, at_least: Sequence[str]) -> "FakeServices":
        """The same; a page asks for what its reader wrote."""
        self.at_least = tuple(at_least)
        return self

    def once(self, key: str) -> "FakeServices":
        """The same; it remembers by which word a form would be known again."""
        self.keys.append(key)
        return self

    async def do(self, command: Command, *, actor: ActorInfo | None, answer: type[View] = Receipt) -> View:
        self.done.append((command, actor))
        return self._say(type(command).__name__, default=receipt(command.service))

    async def ask(self, query: Query[Any]) -> View:
        self.asked.append(query)
        return self._say(type(query).__name__)

    def _say(self, name: str, default: View | None = None) -> View:
        answer = self._answers.get(name, default)
        assert answer is not None, f"This test does not say what the service answers to {name}."
        if isinstance(answer, Problem):
            raise answer
        return answer


def receipt(log: str, position: int = 17) -> Receipt:
    """A receipt as the services give it."""
    return Receipt(log=log, position=position, id=uuid5(ANA, log), origin=f"node.example/{log}")


@pytest.fixture
def fake() -> FakeServices:
    """The services behind the gateway."""
    return FakeServices()


@pytest.fixture(scope="session")
def house() -> FastAPI:
    """An application for its routes alone: to make them ready at the first request takes longer than most tests."""
    return _application()


@pytest.fixture
def app(fake: FakeServices, house: FastAPI) -> FastAPI:
    """The application, connected to the fake services and to nothing else."""
    app = _application()
    app.router, app.dependency_overrides = house.router, house.dependency_overrides
    app.dependency_overrides.clear()
    app.dependency_overrides[services._services] = lambda: fake
    return app


def _application() -> FastAPI:
    return create_app(
        GatewaySettings(
            node_name="node.example",
            nats_url="nats://nowhere",
            nats_user="gateway",
            nats_password_file=Path("/nonexistent"),
        )
    )


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node.example") as client:
        yield client


@pytest.fixture
async def ana(app: FastAPI, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same client, signed in as Ana (do not ask for both in one test)."""
    actor = ActorInfo(ANA, SESSION, approved_sha256="0" * 64, expires_at=4e9)
    app.dependency_overrides[auth._maybe_actor] = lambda: actor
    return stranger
