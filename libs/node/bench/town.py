"""A group of members who are about to vote: all of it asked for through the public API, nothing forged."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.node.bench.load import Request, send
from libs.node.trouble import NodeTrouble

API = "/api/v1"
OPTIONS = ("An orchard", "A playground", "Leave it wild")
_SETTLED_S_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Town:
    """A group on the node at *port*, by the tokens of its members; the first is its steward."""

    port: int
    group_id: UUID
    tokens: tuple[str, ...]

    def open_polls(self, number: int) -> list[UUID]:
        """Open *number* polls, each with every member on its roll."""
        body = {
            "question": "What becomes of the field behind the school?",
            "method": "ranked",
            "options": OPTIONS,
            "closes_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        }
        requests = [Request("POST", f"{API}/groups/{self.group_id}/polls", body, self.tokens[0])] * number
        _, receipts = send(self.port, requests, at_once=1)
        return [UUID(receipt["id"]) for receipt in receipts]

    def ballots(self, polls: list[UUID]) -> list[Request]:
        """Return one ballot of every member in each of *polls*, poll by poll."""
        return [
            Request("PUT", f"{API}/polls/{poll}/ballot", {"choices": _choices(number)}, token)
            for poll in polls
            for number, token in enumerate(self.tokens)
        ]


def settle(port: int, members_count: int) -> Town:
    """Sign up *members_count* members and bring them together in a group."""
    [manifesto] = send(port, [Request("GET", f"{API}/manifesto")], at_once=1)[1]
    people = [
        {"handle": f"member-{number:04}", "password": f"correct horse {number:04}"} for number in range(members_count)
    ]
    signing_up = [
        Request("POST", f"{API}/members", {**person, "manifesto_sha256": manifesto["sha256"]}) for person in people
    ]
    send(port, signing_up, at_once=4)
    _, sessions = send(port, [Request("POST", f"{API}/sessions", person) for person in people], at_once=4)
    tokens = tuple(session["access_token"] for session in sessions)
    body = {"name": "A group that votes much", "purpose": "To find out how fast it goes."}
    [group] = send(port, [Request("POST", f"{API}/groups", body, tokens[0])], at_once=1)[1]
    joining = [Request("PUT", f"{API}/groups/{group['id']}/members/me", {}, token) for token in tokens[1:]]
    send(port, joining, at_once=4)
    town = Town(port, UUID(group["id"]), tokens)
    _wait_until_known(town)
    return town


def _wait_until_known(town: Town) -> None:
    """Wait until a poll's roll has everybody: governance hears of members a moment after they joined."""
    deadline = time.monotonic() + _SETTLED_S_MAX
    while time.monotonic() < deadline:
        [poll_id] = town.open_polls(1)
        path = f"{API}/polls/{poll_id}?at_least=governance:1"
        time.sleep(0.2)
        [poll] = send(town.port, [Request("GET", path)], at_once=1)[1]
        if poll["voters_count"] == len(town.tokens):
            return
    raise NodeTrouble(f"After {_SETTLED_S_MAX:.0f} s the vote log does not know all members of the group.")


def _choices(number: int) -> list[str]:
    first = number % len(OPTIONS)
    return [*OPTIONS[first:], *OPTIONS[:first]][: 1 + number % len(OPTIONS)]
