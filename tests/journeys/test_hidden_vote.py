"""A vote whose results are hidden until the close, and one that is a group's own, over HTTP."""

import json
from collections import Counter
from uuid import UUID

import pytest

from libs.audit.merkle import leaf_hash, root_over
from libs.contracts.governance import BallotCast, BallotReplaced
from libs.eventlog.codec import decode
from libs.node.embedded import EmbeddedNode
from libs.tally import Ballot, ballots_sha256
from tests.journeys.people import Person, found_group, open_poll, outcome_of

pytestmark = pytest.mark.node


async def test_hidden_until_the_close(node: EmbeddedNode) -> None:
    """While the poll is open nobody learns more than how many voted; then everybody counts again, and it agrees."""
    async with Person(node.url) as ana, Person(node.url) as bo, Person(node.url) as stranger:
        await ana.sign_up()
        await bo.sign_up()
        group_id = await found_group(ana)
        await bo.put(f"/groups/{group_id}/members/me", expect=None)
        poll_id = await open_poll(ana, group_id, method="score", results="hidden", settings={"score_max": 5})
        await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"], "marks": [5]})
        await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier"], "marks": [1]})
        changed = await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier", "Chêne"], "marks": [4, 2]})

        tally = await stranger.get(f"/polls/{poll_id}/tally", at_least=changed)
        assert (tally["ballots_count"], tally["blank_count"], tally["counts"]) == (2, None, [])
        own = await bo.get(f"/polls/{poll_id}/ballot")
        assert [(entry["marks"], entry["counts"]) for entry in own["history"]] == [([1], False), ([4, 2], True)]
        named = await ana.get(f"/polls/{poll_id}/ballots")
        assert {ballot["choices"] for ballot in named["items"]} == {None}
        refused = await ana.http.get(f"/polls/{poll_id}/key")
        assert refused.json()["type"] == "/problems/ResultsAreHidden"
        entries = await log_of(stranger, node)
        assert sum(f'"key_id":"{poll_id}"'.encode() in entry for entry in entries) == 3

        await ana.put(f"/polls/{poll_id}/closing")
        result = await outcome_of(stranger, poll_id)
        assert result["winners"] == ["Chêne"]
        assert [entry["counts"] for entry in result["rounds"]][-1] == [0, 7, 4]
        entries = await log_of(stranger, node)
        closed = json.loads(entries[result["closed_position"] - 1])
        assert closed["data"]["key"] == (await stranger.get(f"/polls/{poll_id}/key"))["key"]
        assert result["ballots_sha256"] == ballots_sha256(Counter(ballots_in(entries, poll_id, closed["data"]["key"])))
        assert result["seed"] == root_over([leaf_hash(entry) for entry in entries[: result["closed_position"]]]).hex()


async def log_of(stranger: Person, node: EmbeddedNode) -> list[bytes]:
    """All entries of the vote log, as they lie there."""
    return (await stranger.http.get(f"{node.url}/log/governance/entries?limit=500")).content.splitlines()


def ballots_in(entries: list[bytes], poll_id: str, key: str) -> list[Ballot]:
    """What the ballots of a poll say last, for anybody who has the log and the poll's key."""

    class OneKey:
        def key(self, key_id: UUID) -> bytes | None:
            return bytes.fromhex(key) if str(key_id) == poll_id else None

    said: dict[UUID, Ballot] = {}
    for position, entry in enumerate(entries, 1):
        recorded = decode("governance", position, entry, OneKey())
        if str(recorded.key_id) == poll_id and isinstance(recorded.event, BallotCast | BallotReplaced):
            said[recorded.aggregate_id] = Ballot(recorded.event.choices, recorded.event.marks)
    return list(said.values())


async def test_a_groups_own(node: EmbeddedNode) -> None:
    """For strangers there is no such poll; members and the auditor whom the steward names read it."""
    async with Person(node.url) as ana, Person(node.url) as auditor:
        await ana.sign_up()
        await auditor.sign_up()
        group_id = await found_group(ana)
        poll_id = await open_poll(ana, group_id, method="single", audience="group")
        await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})
        await ana.put(f"/polls/{poll_id}/closing")
        result = await outcome_of(ana, poll_id)

        for path in ("", "/tally", "/result", "/key", "/ballots"):
            assert (await auditor.http.get(f"/polls/{poll_id}{path}")).status_code == 404, path
        named = await ana.post(f"/polls/{poll_id}/auditors", {"member_id": auditor.id})
        assert (await auditor.get(f"/polls/{poll_id}/result", at_least=named))["winners"] == ["Chêne"]
        key = await auditor.get(f"/polls/{poll_id}/key")
        assert key == await ana.get(f"/polls/{poll_id}/key")
        assert (await auditor.http.get(f"/polls/{poll_id}/ballots")).status_code == 403
        entries = await log_of(auditor, node)
        assert not any(key["key"].encode() in entry for entry in entries)
        assert result["ballots_sha256"] == ballots_sha256(Counter(ballots_in(entries, poll_id, key["key"])))
