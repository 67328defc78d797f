"""Who may vote, on a whole node: sub-groups, reminders by the clock, polls taken back, a group's own polls."""

import asyncio
from datetime import datetime

import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import Person, found_group, open_poll, outcome_of, soon

pytestmark = pytest.mark.node


async def pending(person: Person) -> dict[str, bool]:
    """The polls that wait for a person's ballot, and whether they were reminded of each."""
    return {poll["poll_id"]: poll["was_reminded"] for poll in (await person.get("/me/pending-polls"))["items"]}


async def until_reminded(person: Person, poll_id: str) -> None:
    """Wait for the clock to strike."""
    async with asyncio.timeout(15):
        while not (await pending(person)).get(poll_id):
            await asyncio.sleep(0.05)


async def test_a_sub_group_decides(node: EmbeddedNode) -> None:
    """Its members are on the roll of the whole group's poll, are reminded once, and theirs is the result."""
    async with Person(node.url) as ana, Person(node.url) as bo, Person(node.url) as cy:
        for person in (ana, bo, cy):
            await person.sign_up()
        group_id = await found_group(ana)
        cooks = await found_group(ana, name="Cuisine", parent_id=group_id)
        for person in (bo, cy):
            await person.put(f"/groups/{group_id}/members/me")
        joined = await bo.put(f"/groups/{cooks}/members/me")
        assert (await bo.get(f"/groups/{group_id}/subgroups", at_least=joined))["items"][0]["group_id"] == cooks

        poll_id = await open_poll(
            cy,
            group_id,
            eligibility={"kind": "subgroups", "group_ids": [cooks]},
            closes_at=soon(seconds=6),
            remind_at=soon(seconds=1),
            may_close_early=False,
        )
        await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier"]})
        refused = await cy.http.put(f"/polls/{poll_id}/ballot", json={"choices": []})
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/NotOnTheRoll")
        await until_reminded(ana, poll_id)
        dispute = await cy.put(f"/polls/{poll_id}/roll/dispute", {"reason": "I cook, too."})
        assert await pending(cy) == {}

        result = await outcome_of(ana, poll_id, timeout_s=20)
        poll = await ana.get(f"/polls/{poll_id}", at_least=dispute)
        assert (result["winners"], result["voters_count"], result["ballots_count"]) == (["Figuier"], 2, 1)
        assert poll["terms"]["eligibility"]["group_ids"] == [cooks]
        assert [each["reason"] for each in poll["disputes"]] == ["I cook, too."]
        assert poll["opened_position"] < poll["reminded_position"] < poll["closed_position"]
        assert datetime.fromisoformat(poll["terms"]["remind_at"]) < datetime.fromisoformat(poll["closes_at"])


async def test_a_mistake_is_opened_again(node: EmbeddedNode) -> None:
    """A cancelled poll takes no ballot and has no result, waits for nobody, and leads to the one in its place."""
    async with Person(node.url) as ana, Person(node.url) as bo:
        for person in (ana, bo):
            await person.sign_up()
        group_id = await found_group(ana)
        await bo.put(f"/groups/{group_id}/members/me")
        poll_id = await open_poll(bo, group_id)
        await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})
        await bo.put(f"/polls/{poll_id}/cancelling", {"reason": "Il manque un arbre."})
        late = await ana.http.put(f"/polls/{poll_id}/ballot", json={"choices": ["Figuier"]})
        again = await bo.post(
            f"/groups/{group_id}/polls",
            {"question": "Quel arbre ?", "method": "single", "options": ["Chêne", "Noyer"], "closes_at": soon(hours=1)}
            | {"replaces": poll_id},
        )
        old = await ana.get(f"/polls/{poll_id}", at_least=again)
        result = await ana.http.get(f"/polls/{poll_id}/result")

        assert (late.status_code, late.json()["type"]) == (409, "/problems/PollIsCancelled")
        assert (result.status_code, result.json()["type"]) == (409, "/problems/PollIsCancelled")
        assert (old["is_open"], old["cancelled_because"], old["replaced_by"]) == (
            False,
            "Il manque un arbre.",
            again["id"],
        )
        assert set(await pending(ana)) == {again["id"]}


async def test_a_group_s_own_poll_is_its_own(node: EmbeddedNode) -> None:
    """For others it is not there, in no answer and no list; the raw log tells a stranger that something was opened."""
    async with Person(node.url) as ana, Person(node.url) as stranger:
        await ana.sign_up()
        await stranger.sign_up()
        group_id = await found_group(ana)
        body = {"question": "Qui part en premier ?", "method": "single", "options": ["Nord", "Sud"]}
        opened = await ana.post(f"/groups/{group_id}/polls", body | {"closes_at": soon(hours=1), "audience": "group"})
        poll_id = opened["id"]
        assert (await ana.get(f"/polls/{poll_id}", at_least=opened))["question"] == "Qui part en premier ?"
        for path in ("", "/tally", "/result", "/roll", "/ballots", "/paper-ballots"):
            assert (await stranger.http.get(f"/polls/{poll_id}{path}")).status_code == 404, path
        from_here = {"after": opened["position"] - 1}
        entries = await stranger.http.get(f"{node.url}/log/governance/entries", params=from_here)

        assert (await stranger.get(f"/groups/{group_id}/polls"))["items"] == []
        assert poll_id in entries.text
        assert "Qui part" not in entries.text
