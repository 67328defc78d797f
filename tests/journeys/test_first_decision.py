"""From nothing to an audited decision, over HTTP, as members and strangers would do it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import PASSWORD, Person, outcome_of

pytestmark = pytest.mark.node

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
        "options": ["Tilleul", "Chêne", "Figuier"],
        "closes_at": soon(hours=1),
        "may_close_early": True,
        "allows_paper": True,
        **changed,
    }
    poll_id: str = (await member.post(f"/groups/{group_id}/polls", body))["id"]
    return poll_id


async def test_a_newcomers_first_decision(node: EmbeddedNode) -> None:
    """Sign up, found a group, call a gathering, put a question, vote, and read the same result as anybody."""
    async with Person(node.url) as ana, Person(node.url) as bo, Person(node.url) as stranger:
        await ana.sign_up()
        await bo.sign_up()
        group_id = await found_group(ana)
        joined = await bo.put(f"/groups/{group_id}/members/me", expect=None)

        members = await bo.get(f"/groups/{group_id}/members", at_least=joined)
        assert {member["member_id"] for member in members["items"]} == {ana.id, bo.id}

        gathering = {
            "name": "Plantation",
            "starts_at": "2030-03-02T10:00:00",
            "ends_at": "2030-03-02T12:00:00",
            "time_zone": "Europe/Paris",
            "place": CREST,
            "capacity": 1,
        }
        gathering_id = (await ana.post(f"/groups/{group_id}/gatherings", gathering))["id"]
        await ana.put(f"/gatherings/{gathering_id}/answers/me", {"answer": "going"})
        waiting = await bo.put(f"/gatherings/{gathering_id}/answers/me", {"answer": "going"})
        assert (await bo.get(f"/gatherings/{gathering_id}", at_least=waiting))["my_place_in_queue"] == 1
        moved = await ana.put(f"/gatherings/{gathering_id}/answers/me", {"answer": "not"})
        assert (await bo.get(f"/gatherings/{gathering_id}", at_least=moved))["my_answer"] == "going"

        poll_id = await open_poll(ana, group_id)
        await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier", "Tilleul"]})
        await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})
        changed = await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Tilleul", "Figuier"]})
        paper = await ana.post(f"/polls/{poll_id}/paper-ballots", {"ballots": [["Figuier"], ["Chêne", "Figuier"], []]})
        assert paper["position"] > changed["position"]
        await ana.put(f"/polls/{poll_id}/closing")

        result = await outcome_of(stranger, poll_id)
        assert result["winners"] == ["Figuier"]
        assert (result["ballots_count"], result["paper_ballots_count"], result["blank_count"]) == (5, 3, 1)
        refused = await ana.http.put(f"/polls/{poll_id}/ballot", json={"choices": ["Chêne"]})
        assert refused.json()["type"] == "/problems/PollIsClosed"
    assert node.audit().exit_code == 0
