"""From nothing to an audited decision, over HTTP, as members and strangers would do it."""

import asyncio

import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import CREST, Person, audit, found_group, open_poll, outcome_of

pytestmark = pytest.mark.node


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
        assert (await bo.get(f"/gatherings/{gathering_id}", at_least=waiting))["my_answer"]["ahead_count"] == 0
        moved = await ana.put(f"/gatherings/{gathering_id}/answers/me", {"answer": "not"})
        assert (await bo.get(f"/gatherings/{gathering_id}", at_least=moved))["my_answer"]["answer"] == "going"

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
        assert await asyncio.to_thread(audit, node.url) == 0
