"""
A town as it might be, on a node: people, groups, gatherings, places, texts and votes; all of it asked for over HTTP.

The pages are measured on it (`plaanet bench --only pages`), and shown with it in the documents' pictures. Its people
and groups are invented; the town is not.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import httpx

from libs.node.bench import crest_told as told
from libs.node.trouble import NodeTrouble
from libs.node.visitor import RefusedByNode, Visitor

PASSWORD = "un vélo sous la pluie"  # noqa: S105 - the people are invented
_ZONE = ZoneInfo("Europe/Paris")
_METRES_A_DEGREE = 111_195.0
_READY_S_MAX = 180.0
_LOOK_EVERY_S = 0.2


@dataclass
class Crest:
    """The town on the node at *url*; what was made is known by the names in `crest_told`."""

    url: str
    people: dict[str, Visitor] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    gatherings: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    polls: dict[str, str] = field(default_factory=dict)

    def settle(self) -> "Crest":
        """
        Have the people come, found their groups and use them.

        Raises:
            NodeTrouble: The node did not do something that it was asked for.
        """
        self._wait_for_the_gazetteer()
        self._sign_up()
        for group in told.GROUPS:
            self._found(group)
        for gathering in told.GATHERINGS:
            self._call(gathering)
        for place in told.PLACES:
            self._open(place)
        for text in told.TEXTS:
            self._propose(text)
        for poll in told.POLLS:
            self._vote(poll)
        return self

    def close(self) -> None:
        """Close everybody's connection."""
        for person in self.people.values():
            person.close()

    def cookie(self, handle: str) -> str:
        """Sign *handle* in as a browser does, looking from Crest, and return the cookie that it would send."""
        origin = {"Origin": self.url}
        with httpx.Client(base_url=self.url, timeout=30) as browser:
            csrf = browser.get("/connexion").text.partition('name="csrf" value="')[2].partition('"')[0]
            form = {"csrf": csrf, "handle": handle, "password": PASSWORD}
            signed_in = browser.post("/connexion", data=form, headers=origin)
            cookie = _cookie(signed_in)
            at_home = browser.get("/autour", params={"lieu": "Crest (Drôme)"}, headers={"Cookie": cookie})
            return _cookie(at_home)

    def _wait_for_the_gazetteer(self) -> None:
        visitor = Visitor(self.url)
        deadline = time.monotonic() + _READY_S_MAX
        while True:
            try:
                if visitor.get("/places", q="Crest")["items"]:
                    visitor.close()
                    return
            except RefusedByNode:
                pass  # it has not come so far yet
            if time.monotonic() > deadline:
                raise NodeTrouble(f"After {_READY_S_MAX:.0f} s the node does not know where Crest is.")
            time.sleep(_LOOK_EVERY_S)

    def _sign_up(self) -> None:
        visitor = Visitor(self.url)
        sha256 = visitor.get("/manifesto")["sha256"]
        for handle in told.PEOPLE:
            visitor.post(
                "/members", {"handle": handle, "password": PASSWORD, "manifesto_sha256": sha256}, key=_key(handle)
            )
            session = visitor.post("/sessions", {"handle": handle, "password": PASSWORD})
            self.people[handle] = Visitor(self.url)
            self.people[handle].headers["Authorization"] = f"Bearer {session['access_token']}"
        visitor.close()

    def _found(self, group: Mapping[str, Any]) -> None:
        body = {"name": group["name"], "purpose": group["purpose"], "place": _place(group["at"])}
        if "within" in group:
            body["parent_id"] = self.groups[group["within"]]
        founder, *others = group["members"]
        group_id = self.people[founder].post("/groups", body, key=_key(group["name"]))["id"]
        self.groups[group["name"]] = group_id
        for handle in others:
            self.people[handle].put(f"/groups/{group_id}/members/me")
        if group.get("by_request"):
            self.people[founder].put(f"/groups/{group_id}", body | {"admission": "approval"})

    def _call(self, gathering: Mapping[str, Any]) -> None:
        group_id = self.groups[gathering["group"]]
        starts_at = _on(gathering["day"], gathering["time"])
        body = {
            "name": gathering["name"],
            "description": gathering.get("description"),
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
            "time_zone": str(_ZONE),
            "place": _place(gathering["at"]),
            "capacity": gathering.get("capacity"),
        }
        caller = self.people[self._founder(gathering["group"])]
        found = caller.post(f"/groups/{group_id}/gatherings", body, key=_key(gathering["name"]))["id"]
        self.gatherings[gathering["name"]] = found
        for handle in self._members(gathering["group"])[: gathering["come"]]:
            self.people[handle].put(f"/gatherings/{found}/answers/me", {"answer": "going"})

    def _open(self, place: Mapping[str, Any]) -> None:
        body = {
            "name": place["name"],
            "kind": "place",
            "words": place["words"],
            "place": _place(place["at"]),
            "for_group": self.groups[place["group"]],
        }
        founder = self.people[self._founder(place["group"])]
        self.places[place["name"]] = founder.post("/pages", body, key=_key(place["name"]))["id"]

    def _propose(self, text: Mapping[str, Any]) -> None:
        body = {"title": text["title"], "text": text["text"]}
        author = self.people[text["by"]]
        found = author.post(f"/groups/{self.groups[text['group']]}/proposals", body, key=_key(text["title"]))["id"]
        self.texts[text["title"]] = found

    def _vote(self, poll: Mapping[str, Any]) -> None:
        body = {
            "question": poll["question"],
            "method": poll["method"],
            "closes_at": _on(poll["closes"], "20:00").isoformat(),
            "may_close_early": True,
            **poll["terms"],
        }
        opener = self.people[self._founder(poll["group"])]
        members = self._members(poll["group"])
        found = opener.post(f"/groups/{self.groups[poll['group']]}/polls", body, key=_key(poll["question"]))["id"]
        self.polls[poll["question"]] = found
        for handle, ballot in zip(_turned(members, poll.get("from", 0)), poll["ballots"], strict=False):
            self.people[handle].put(f"/polls/{found}/ballot", ballot)
        if poll.get("is_over"):
            opener.put(f"/polls/{found}/closing")
            self._wait_for_result(opener, found)

    def _wait_for_result(self, person: Visitor, poll_id: str) -> None:
        deadline = time.monotonic() + _READY_S_MAX
        while not person.get(f"/polls/{poll_id}")["is_result_declared"]:
            if time.monotonic() > deadline:
                raise NodeTrouble(f"After {_READY_S_MAX:.0f} s the poll {poll_id} has no result.")
            time.sleep(_LOOK_EVERY_S)

    def _members(self, name: str) -> Sequence[str]:
        members: Sequence[str] = next(group["members"] for group in told.GROUPS if group["name"] == name)
        return members

    def _founder(self, name: str) -> str:
        return self._members(name)[0]


def _key(name: str) -> str:
    """Return a word for a request that may be sent twice, and is carried out once."""
    return uuid5(NAMESPACE_URL, name).hex


def _turned(members: Sequence[str], start: int) -> list[str]:
    return [*members[start:], *members[:start]]


def _place(at: tuple[str, float, float]) -> dict[str, Any]:
    """Return a place so many metres north and east of the middle of Crest."""
    name, north_m, east_m = at
    latitude, longitude = told.MIDDLE
    across = _METRES_A_DEGREE * math.cos(math.radians(latitude))
    return {
        "name": name,
        "latitude": round(latitude + north_m / _METRES_A_DEGREE, 5),
        "longitude": round(longitude + east_m / across, 5),
    }


def _on(days: int, clock: str) -> datetime:
    """Return a time of day so many days from now."""
    hour, minute = map(int, clock.split(":"))
    return (datetime.now(UTC).astimezone(_ZONE) + timedelta(days=days)).replace(
        hour=hour, minute=minute, second=0, microsecond=0
    )


def _cookie(answer: httpx.Response) -> str:
    if "set-cookie" not in answer.headers:
        raise NodeTrouble(f"{answer.url.path} set no cookie ({answer.status_code}).")
    return str(answer.headers["set-cookie"]).partition(";")[0]
