"""What follows from results over HTTP: what each route asks of governance, and in whose name."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Command, Query, View
from libs.contracts.governance import (
    AgreeTask,
    FollowUp,
    FollowUpOf,
    MoveTask,
    Objections,
    ObjectionsTo,
    PlanReview,
    RaiseObjection,
    Tasks,
    TasksOf,
)
from tests.gateway.conftest import ANA, BO, FakeServices

POLL, GROUP, TASK = (UUID(int=n) for n in range(1, 4))
AT = f"/api/v1/polls/{POLL}"
DAY = date(2030, 9, 1)

READS: list[tuple[str, Query[Any], View]] = [
    (
        f"{AT}/follow-up?limit=5",
        FollowUpOf(poll_id=POLL, limit=5),
        FollowUp(poll_id=POLL, review_on=DAY, review_fell_due_at=None, tasks=(), next=None),
    ),
    (
        f"/api/v1/groups/{GROUP}/tasks?state=doing&cursor=abc",
        TasksOf(group_id=GROUP, state="doing", cursor="abc"),
        Tasks(items=(), next=None),
    ),
    (f"{AT}/objections", ObjectionsTo(poll_id=POLL), Objections(items=(), next=None)),
]
ACTS: list[tuple[str, str, Any, Command]] = [
    (
        "POST",
        f"{AT}/tasks",
        {"what": "Order trees.", "member_id": str(BO), "due_on": "2030-09-01"},
        AgreeTask(poll_id=POLL, what="Order trees.", member_id=BO, due_on=DAY),
    ),
    (
        "PUT",
        f"/api/v1/tasks/{TASK}",
        {"state": "done", "member_id": None, "due_on": None, "note": "Forty."},
        MoveTask(task_id=TASK, state="done", member_id=None, due_on=None, note="Forty."),
    ),
    ("PUT", f"{AT}/review", {"review_on": "2030-09-01"}, PlanReview(poll_id=POLL, review_on=DAY)),
    (
        "POST",
        f"{AT}/objections",
        {"reason": "Paper is missing.", "remedy": "recount"},
        RaiseObjection(poll_id=POLL, reason="Paper is missing.", remedy="recount"),
    ),
]


@pytest.mark.parametrize("path, query, view", READS)
async def test_members_ask_in_their_own_name(
    ana: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """So that they see who does what."""
    fake.answers(type(query), view)
    answer = await ana.get(path)

    assert answer.json() == view.model_dump(mode="json")
    assert fake.asked == [query.model_copy(update={"asker": ANA})]


@pytest.mark.parametrize("path, query, view", READS)
async def test_strangers_ask_too(
    stranger: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """What they may see, governance says."""
    fake.answers(type(query), view)

    assert (await stranger.get(path)).status_code == 200
    assert fake.asked == [query]


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_members_act(
    ana: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Each route is one command in the caller's name."""
    answer = await ana.request(method, path, json=body)

    assert answer.status_code == (201 if method == "POST" else 200), answer.text
    assert [done for done, _ in fake.done] == [command]


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_strangers_do_not(
    stranger: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Who is not signed in is told so."""
    assert isinstance(command, Command)
    assert (await stranger.request(method, path, json=body)).status_code == 401
    assert not fake.done


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", f"{AT}/tasks", {"what": ""}),
        ("POST", f"{AT}/tasks", {"what": "A", "due_on": "1066-10-14"}),
        ("PUT", f"/api/v1/tasks/{TASK}", {"state": "done"}),
        ("PUT", f"/api/v1/tasks/{TASK}", {"state": "lost", "member_id": None, "due_on": None}),
        ("PUT", f"{AT}/review", {"review_on": "soon"}),
        ("POST", f"{AT}/objections", {"reason": "No.", "remedy": "money"}),
    ],
)
async def test_nonsense_is_refused(
    ana: httpx.AsyncClient, fake: FakeServices, method: str, path: str, body: Any
) -> None:
    """A task is said whole, and what makes no sense does not reach governance."""
    assert (await ana.request(method, path, json=body)).status_code == 422
    assert not fake.done


async def test_the_documents_examples_can_be_sent(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Whoever tries the interface in the documentation is not refused."""
    schemas = (await ana.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    for method, path, name in (
        ("POST", f"{AT}/tasks", "NewTask"),
        ("PUT", f"/api/v1/tasks/{TASK}", "TaskBody"),
        ("PUT", f"{AT}/review", "ReviewBody"),
        ("POST", f"{AT}/objections", "NewObjection"),
    ):
        assert (await ana.request(method, path, json=schemas[name]["example"])).is_success, name
    assert len(fake.done) == 4
