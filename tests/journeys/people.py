"""People who use a node over HTTP, as any client would."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

T = TypeVar("T")

ROOT = Path(__file__).parents[2]

OPTIONS = ["Tilleul", "Chêne", "Figuier"]

PASSWORD = "un vélo sous la pluie"

SIGNED_IN_S = 240.0
"""An access token is good for ten minutes; whoever stays signed in gets another long before one test outlives it."""


class Person:
    """Somebody with a browser of their own; signed in or a stranger."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=20)
        self.id = ""
        self.handle = ""
        self.refresh_token = ""
        self._since_s = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def sign_up(self, handle: str | None = None) -> Self:
        """Approve the manifesto that stands, sign up and sign in."""
        manifesto = (await self.http.get("/manifesto")).json()
        self.handle = handle or f"p{uuid4().hex[:20]}"
        body = {"handle": self.handle, "password": PASSWORD, "manifesto_sha256": manifesto["sha256"]}
        await self.post("/members", body, expect=201)
        return await self.sign_in()

    async def sign_in(self) -> Self:
        """Begin a session."""
        session = await self.post("/sessions", {"handle": self.handle, "password": PASSWORD}, expect=None)
        self.use(session)
        return self

    async def stay_signed_in(self) -> None:
        """Begin another session where the last one is not new any more (`SIGNED_IN_S`)."""
        if time.monotonic() - self._since_s > SIGNED_IN_S:
            await self.sign_in()

    def use(self, session: dict[str, Any]) -> None:
        """Use the session's tokens from now on."""
        self._since_s = time.monotonic()
        self.id, self.refresh_token = session["member_id"], session["refresh_token"]
        self.http.headers["Authorization"] = f"Bearer {session['access_token']}"

    async def get(self, path: str, *, at_least: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """Read something, as fresh as the receipt *at_least*."""
        if at_least:
            query["at_least"] = f"{at_least['log']}:{at_least['position']}"
        return _content(await self.http.get(path, params=query), 200)

    async def post(self, path: str, body: Any, *, expect: int | None = 201, key: str | None = None) -> dict[str, Any]:
        """Found something, or do what is not the same twice."""
        headers = {"Idempotency-Key": key} if key else {}
        return _content(await self.http.post(path, json=body, headers=headers), expect)

    async def put(self, path: str, body: Any = None, *, expect: int | None = 200) -> dict[str, Any]:
        """Have something be so."""
        return _content(await self.http.put(path, json=body), expect)

    async def delete(self, path: str, *, expect: int | None = 200, body: Any = None) -> dict[str, Any]:
        """Have something be no more."""
        return _content(await self.http.request("DELETE", path, json=body), expect)


def _content(response: httpx.Response, expect: int | None) -> dict[str, Any]:
    wanted = {expect} if expect else {200, 201}
    assert response.status_code in wanted, f"{response.request.method} {response.url}: {response.text}"
    content: dict[str, Any] = response.json() if response.content else {}
    return content


CREST = {"name": "Crest", "latitude": 44.7289, "longitude": 5.0227}


def soon(**ahead: float) -> str:
    """A moment ahead of now, as clients write it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def found_group(founder: Person, **changed: Any) -> str:
    """A new group at Crest; its id."""
    body = {"name": "Jardin partagé", "purpose": "Cultiver ensemble", "place": CREST, **changed}
    group_id: str = (await founder.post("/groups", body))["id"]
    return group_id


async def open_poll(member: Person, group_id: str, **changed: Any) -> str:
    """A ranked poll about trees, open for an hour; its id."""
    body = {
        "question": "Quel arbre planter ?",
        "method": "ranked",
        "options": OPTIONS,
        "closes_at": soon(hours=1),
        "may_close_early": True,
        "allows_paper": True,
        **changed,
    }
    poll_id: str = (await member.post(f"/groups/{group_id}/polls", body))["id"]
    return poll_id


async def outcome_of(person: Person, poll_id: str, *, timeout_s: float = 10) -> dict[str, Any]:
    """The poll's result, as soon as it is declared."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        response = await person.http.get(f"/polls/{poll_id}/result")
        if response.status_code == 200:
            result: dict[str, Any] = response.json()
            return result
        await asyncio.sleep(0.05)
    raise TimeoutError(f"The poll {poll_id} had no result within {timeout_s} s: {response.text}")


def plaanet(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command, as an operator or a stranger types it; what it prints, and how it ends."""
    command = [sys.executable, "-m", "libs.node", *map(str, arguments)]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)


def audit(url: str) -> int:
    """Audit the node as a stranger would, with the command line; return its exit code."""
    return subprocess.run([sys.executable, "-m", "libs.node", "audit", url], check=False, cwd=ROOT).returncode


async def until(ask: Callable[[], Awaitable[T]], wanted: T, *, timeout_s: float = 10) -> None:
    """Ask again until the answer is *wanted*: what follows by the node's own clock takes a moment."""
    deadline = time.monotonic() + timeout_s
    while (found := await ask()) != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Still {found!r} after {timeout_s} s, not {wanted!r}.")
        await asyncio.sleep(0.05)
