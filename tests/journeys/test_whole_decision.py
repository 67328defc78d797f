"""One complete decision, over HTTP: from a first text to what is done about it, and an audit by a stranger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import Person, audit, found_group, outcome_of, soon, until

pytestmark = pytest.mark.node

TEXT = "Le champ derrière l'école devient un verger, ouvert à toutes et à tous."
DISCUSSION_S, VOTE_S = 8, 12
"""So long each phase lasts: both end by the node's own clock."""

AMENDED = f"{TEXT}\nUn tiers du champ reste sauvage."


@pytest.fixture
async def village(node: EmbeddedNode) -> AsyncIterator[tuple[list[Person], str]]:
    """Five members of a group, the first of them its steward; and the group's id."""
    async with AsyncExitStack() as stack:
        people = [await (await stack.enter_async_context(Person(node.url))).sign_up() for _ in range(5)]
        group_id = await found_group(people[0])
        for member in people[1:]:
            await member.put(f"/groups/{group_id}/members/me", expect=None)
        yield people, group_id


async def test_a_text_becomes_a_decision_that_is_followed_up(
    node: EmbeddedNode, village: tuple[list[Person], str]
) -> None:
    """Proposal, statements, amendment, support, delegation, ranked vote, result, tasks, review; a clean audit."""
    (ana, bo, cy, dan, eve), group_id = village
    template = await ana.post(
        f"/groups/{group_id}/templates",
        {
            "name": "Grandes décisions",
            "terms": {
                "method": "ranked",
                "rules": {"quorum_roll": [1, 2]},
                "takes_delegations": True,
                "vote_days": 7,
                "support_needed": 2,
            },
        },
    )
    proposal = await bo.post(
        f"/groups/{group_id}/proposals",
        {
            "title": "Un verger",
            "text": TEXT,
            "topic": "terres",
            "template_id": template["id"],
            "discussion_until": soon(seconds=DISCUSSION_S),
        },
    )
    path = f"/proposals/{proposal['id']}"
    await cy.post(f"{path}/statements", {"side": "for", "words": "Mes enfants grimperont aux arbres."})
    await dan.post(f"{path}/statements", {"side": "against", "words": "Et les abeilles sauvages ?"})
    amendment = await dan.post(
        f"{path}/amendments", {"of_version": 1, "title": "Un verger", "text": AMENDED, "why": "Pour les abeilles."}
    )
    taken_in = await bo.put(f"/amendments/{amendment['id']}/taking-in")
    shown = await cy.get(path, at_least=taken_in)
    assert shown["version_number"] == 2
    assert shown["text"] == AMENDED
    difference = await cy.get(f"{path}/versions/1/diff/2")
    assert "Un tiers du champ reste sauvage." in str(difference)

    too_early = await bo.http.post(f"{path}/vote", json=_vote())
    assert too_early.status_code == 409
    for supporter in (cy, dan):
        await supporter.put(f"{path}/support")
    await until(lambda: _phase(bo, path), "ready", timeout_s=DISCUSSION_S + 10)
    poll_id = await _put_to_vote(bo, path)

    await _vote_and_delegate(poll_id, ana=ana, bo=bo, cy=cy, dan=dan, eve=eve)
    result = await outcome_of(eve, poll_id, timeout_s=VOTE_S + 20)

    assert result["winners"] == ["Pommiers"]
    assert (result["ballots_count"], result["delegated_count"]) == (5, 2)
    assert result["verdict"]["is_passed"]
    await until(lambda: _phase(bo, path), "adopted")
    await _follow_up(poll_id, ana=ana, dan=dan)
    assert await asyncio.to_thread(audit, node.url) == 0


def _vote() -> dict[str, Any]:
    return {"options": ["Pommiers", "Noyers", "Figuiers"], "closes_at": soon(seconds=VOTE_S)}


async def _phase(person: Person, path: str) -> str:
    phase: str = (await person.get(path))["phase"]
    return phase


async def _put_to_vote(author: Person, path: str) -> str:
    opened = await author.post(f"{path}/vote", _vote())
    proposal = await author.get(path, at_least=opened)
    poll_id: str = proposal["poll_id"]
    poll = await author.get(f"/polls/{poll_id}", at_least=opened)
    assert poll["terms"]["proposal"]["text_sha256"] == proposal["text_sha256"]
    return poll_id


async def _vote_and_delegate(poll_id: str, *, ana: Person, bo: Person, cy: Person, dan: Person, eve: Person) -> None:
    """Ana, Bo and Cy vote; Dan and Eve let Cy vote for them."""
    await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Noyers", "Pommiers"]})
    await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Noyers"]})
    await dan.put(f"/polls/{poll_id}/delegation", {"member_id": eve.id})
    granted = await eve.put(f"/polls/{poll_id}/delegation", {"member_id": cy.id})
    carried = await cy.get(f"/polls/{poll_id}/delegation", at_least=granted)
    assert carried["carries_count"] == 2
    await cy.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuiers", "Pommiers"]})
    replaced = await cy.put(f"/polls/{poll_id}/ballot", {"choices": ["Pommiers"]})
    own = await cy.get(f"/polls/{poll_id}/ballot", at_least=replaced)
    assert [entry["counts"] for entry in own["history"]] == [False, True]


async def _follow_up(poll_id: str, *, ana: Person, dan: Person) -> None:
    """Somebody does something by some day, and a member who doubts the result has it counted again."""
    task = await ana.post(
        f"/polls/{poll_id}/tasks", {"what": "Commander les arbres.", "member_id": dan.id, "due_on": "2031-02-01"}
    )
    done = await dan.put(
        f"/tasks/{task['id']}", {"state": "done", "member_id": dan.id, "due_on": "2031-02-01", "note": "Quarante."}
    )
    await ana.put(f"/polls/{poll_id}/review", {"review_on": "2031-06-01"})
    follow_up = await dan.get(f"/polls/{poll_id}/follow-up", at_least=done)
    assert [each["state"] for each in follow_up["tasks"]] == ["done"]
    raised = await dan.post(f"/polls/{poll_id}/objections", {"reason": "Est-ce sûr ?", "remedy": "recount"})

    async def recounted() -> bool:
        objections = await dan.get(f"/polls/{poll_id}/objections", at_least=raised)
        agrees: bool = objections["items"][0]["agrees"] is True
        return agrees

    await until(recounted, True)
