"""The same request again, at once and later: what is asked twice is done once."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import Person, audit, found_group, open_poll, outcome_of

pytestmark = pytest.mark.node


async def test_a_post_with_a_key_founds_one_thing(node: EmbeddedNode) -> None:
    """Ten times the same POST at once under one key: one group, and ten times its receipt."""
    async with Person(node.url) as ana:
        await ana.sign_up()
        key = uuid4().hex
        body = {"name": "Jardin partagé", "purpose": "Cultiver ensemble"}

        receipts = await asyncio.gather(*(ana.post("/groups", body, key=key) for _ in range(10)))

        assert len({receipt["id"] for receipt in receipts}) == 1
        assert len({receipt["position"] for receipt in receipts}) == 1


async def test_another_post_under_the_same_key_is_refused(node: EmbeddedNode) -> None:
    """A key that served one request does not serve another: 422, and the first stays as it was."""
    async with Person(node.url) as ana:
        await ana.sign_up()
        key = uuid4().hex
        receipt = await ana.post("/groups", {"name": "Jardin", "purpose": "Cultiver"}, key=key)

        refused = await ana.post("/groups", {"name": "Fanfare", "purpose": "Jouer"}, key=key, expect=422)

        assert refused["type"] == "/problems/KeyWasUsed"
        assert (await ana.get(f"/groups/{receipt['id']}", at_least=receipt))["name"] == "Jardin"


async def test_fifty_ballots_of_one_voter_at_once_are_one(node: EmbeddedNode) -> None:
    """Fifty clients of one member vote in the same moment, in three ways: one ballot counts."""
    async with Person(node.url) as ana:
        await ana.sign_up()
        poll_id = await open_poll(ana, await found_group(ana))
        options = ["Tilleul", "Chêne", "Figuier"]

        answers = await asyncio.gather(
            *(ana.http.put(f"/polls/{poll_id}/ballot", json={"choices": [options[i % 3]]}) for i in range(50))
        )

        codes = Counter(answer.status_code for answer in answers)
        assert codes[200] >= 1
        assert set(codes) <= {200, 409}
        await ana.put(f"/polls/{poll_id}/closing")
        assert (await outcome_of(ana, poll_id))["ballots_count"] == 1
        assert await asyncio.to_thread(audit, node.url) == 0


async def test_paper_batches_with_a_key_are_entered_once(node: EmbeddedNode) -> None:
    """A steward whose connection broke sends the batch again: its ballots count once."""
    async with Person(node.url) as ana:
        await ana.sign_up()
        poll_id = await open_poll(ana, await found_group(ana))
        body = {"ballots": [["Chêne"], ["Tilleul"]]}

        first = await ana.post(f"/polls/{poll_id}/paper-ballots", body, key="hall")
        second = await ana.post(f"/polls/{poll_id}/paper-ballots", body, key="hall")

        assert first == second
        await ana.put(f"/polls/{poll_id}/closing")
        assert (await outcome_of(ana, poll_id))["ballots_count"] == 2


async def test_a_reader_never_sees_less_than_their_receipt(node: EmbeddedNode) -> None:
    """With `at_least`, each of many writes is read back at once."""
    async with Person(node.url) as ana:
        await ana.sign_up()
        poll_id = await open_poll(ana, await found_group(ana))
        for number in range(30):
            choice = ["Tilleul", "Chêne", "Figuier"][number % 3]
            receipt = await ana.put(f"/polls/{poll_id}/ballot", {"choices": [choice]})

            own = await ana.get(f"/polls/{poll_id}/ballot", at_least=receipt)
            assert (own["choices"], own["position"]) == ([choice], receipt["position"])
