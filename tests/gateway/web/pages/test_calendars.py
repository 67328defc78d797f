"""Gatherings as calendars read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from libs.contracts.events import GatheringInBrief, GatheringOf, Gatherings, GatheringsOf
from libs.contracts.groups import GroupOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices
from tests.gateway.web.pages.test_gatherings import GROUP, NOON, SOUP, cantine, soup


def events(response: httpx.Response) -> list[Any]:
    """What a calendar finds in the answer; what the library says of its types is too wide to be of use."""
    found: list[Any] = Calendar.from_ical(response.content).walk("VEVENT")
    return found


@pytest.fixture
def town(fake: FakeServices) -> FakeServices:
    """One group with one gathering to come."""
    fake.answers(GatheringOf, soup())
    fake.answers(GroupOf, cantine())
    brief = GatheringInBrief(**{name: getattr(soup(), name) for name in GatheringInBrief.model_fields})
    fake.answers(GatheringsOf, Gatherings(items=(brief,), next=None))
    return fake


async def test_a_calendar_knows_when_and_where(town: FakeServices, member: httpx.AsyncClient) -> None:
    """By the zone's own clocks, whose rules come along."""
    answer = await member.get(f"/r/{SOUP}/rencontre.ics")
    [event] = events(answer)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert event.decoded("dtstart") == soup().starts_at
    assert event["dtstart"].params["TZID"] == "Europe/Paris"
    assert b"BEGIN:VTIMEZONE" in answer.content
    assert event["location"] == "Salle Coloriage, Crest"
    assert event["uid"] == f"{SOUP}@node.example"
    assert event["url"] == f"https://node.example/r/{SOUP}"
    assert "On mange" in event["description"]
    assert town.asked[0] == GatheringOf(gathering_id=SOUP, asker=ANA)


async def test_a_stranger_has_no_description(town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """What a stranger is not shown, their calendar is not told."""
    town.answers(GatheringOf, soup(description=None, organiser=None))
    [event] = events(await visitor.get(f"/r/{SOUP}/rencontre.ics"))

    assert "description" not in event


async def test_a_change_replaces_what_a_calendar_has(town: FakeServices, member: httpx.AsyncClient) -> None:
    """The same thing under a higher number; cancelled, it is struck there, too."""
    sequences = []
    for changed in (
        {},
        {"changed_at": NOON + timedelta(hours=1)},
        {
            "changed_at": NOON + timedelta(hours=1),
            "cancelled_at": NOON + timedelta(hours=2),
            "cancellation_reason": "Crue",
        },
    ):
        town.answers(GatheringOf, soup(**changed))
        [event] = events(await member.get(f"/r/{SOUP}/rencontre.ics"))
        sequences.append(event["sequence"])

    assert sequences == sorted(set(sequences))
    assert (event["status"], event["description"]) == ("CANCELLED", "Crue")


async def test_a_name_cannot_write_lines_of_its_own(town: FakeServices, member: httpx.AsyncClient) -> None:
    """However it is written, it stays the name."""
    name = "Soupe;X-EVIL=1,\\nATTENDEE:mailto:x@example.org"
    town.answers(GatheringOf, soup(name=name))
    [event] = events(await member.get(f"/r/{SOUP}/rencontre.ics"))

    assert event["summary"] == name
    assert "attendee" not in event


async def test_a_groups_calendar_is_the_same_for_everybody(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Whoever is given its address learns what is public, be it a member's browser that asked."""
    answer = await member.get(f"/g/{GROUP}/agenda.ics")

    assert len(events(answer)) == 2, "what is to come, and what is past"
    assert answer.headers["cache-control"].startswith("public")
    assert "set-cookie" not in answer.headers
    assert all(getattr(query, "asker", None) is None for query in town.asked)
    assert b"meet.example.org" not in answer.content
    assert Calendar.from_ical(answer.content)["x-wr-calname"] == "Cantine"


async def test_a_group_that_is_not_there_has_none(town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """As for any page of it."""
    town.answers(GroupOf, Refused(404, "NotFound", "…"))

    assert (await visitor.get(f"/g/{GROUP}/agenda.ics")).status_code == 404


async def test_a_night_in_spring(town: FakeServices, member: httpx.AsyncClient) -> None:
    """The clocks go forward meanwhile; both ends are what the clocks show."""
    start = datetime.fromisoformat("2030-03-30T22:00:00+01:00")
    end = datetime.fromisoformat("2030-03-31T06:00:00+02:00")
    town.answers(GatheringOf, soup(starts_at=start, ends_at=end))
    [event] = events(await member.get(f"/r/{SOUP}/rencontre.ics"))

    assert event.decoded("dtend").astimezone(UTC) - event.decoded("dtstart").astimezone(UTC) == timedelta(hours=7)
