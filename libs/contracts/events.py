"""
What events publishes: its events, commands, queries and views.

An event is an entry in a log; what people attend is a *gathering* here, and an event on the screen. People mean a
local time: `starts_at` and `ends_at` carry the wall clock's time with the offset that the zone had when they were
decided (`2030-06-01T19:00:00+02:00` in `Europe/Paris`). Should a country change its clocks, the wall clock's time
stands and the instant moves.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from libs.contracts.base import Command, Event, Query, View
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Place
from libs.contracts.text import Line, Prose

Answer: TypeAlias = Literal["going", "maybe", "not"]
"""What a member says."""

AnswerKept: TypeAlias = Literal["going", "waiting", "maybe", "not"]
"""What came of it: who would go and found no room is *waiting*."""

Role: TypeAlias = Literal["member", "steward"]

Capacity = Annotated[int, Field(ge=1, le=100_000)]
"""How many people there is room for."""

TimeZone = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")
]
"""The name of a time zone in the IANA database: `Europe/Paris`. Whether there is such a zone, the domain says."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

MOVED_UP_MAX = 1000
"""So many members one `MovedUp` names at most; their ids fit in one entry of the log."""

_GROUP, _MEMBER = "4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11", "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"
_GATHERING: dict[str, Any] = {
    "name": "Repair café",
    "starts_at": "2030-06-01T14:00:00+02:00",
    "ends_at": "2030-06-01T18:00:00+02:00",
    "time_zone": "Europe/Paris",
    "place": {"name": "Crest", "latitude": 44.728, "longitude": 5.022, "gazetteer_id": 3022700},
    "capacity": 40,
    "description_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def _example(**data: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": data})


# ---- events ----------------------------------------------------------------------------------------------------------


class GatheringEvent(Event):
    """What the events of a gathering share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "gathering"


class GatheringScheduled(GatheringEvent):
    """
    A member of the group called a gathering.

    Its name and place are public, for good. Its description stands in the vault and may be erased; the log holds the
    SHA-256 of a random salt and the words, which says nothing once the salt is gone.
    """

    group_id: UUID
    organiser: UUID
    name: Line
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    place: Place | None
    capacity: Capacity | None
    description_sha256: Sha256 | None

    model_config = _example(group_id=_GROUP, organiser=_MEMBER, **_GATHERING)


class GatheringChanged(GatheringEvent):
    """The gathering is now this, whole; answers stand, even where the time or the capacity is another."""

    name: Line
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    place: Place | None
    capacity: Capacity | None
    description_sha256: Sha256 | None

    model_config = _example(**_GATHERING)


class GatheringCancelled(GatheringEvent):
    """The gathering will not take place; nothing more follows. The reason is public, for good."""

    reason: Line | None

    model_config = _example(reason="The hall is under water")


class AnswerGiven(GatheringEvent):
    """A member's answer, in place of any earlier one. Who is *waiting* asked to go and found no room."""

    member_id: UUID
    answer: AnswerKept

    model_config = _example(member_id=_MEMBER, answer="waiting")


class AnswerWithdrawn(GatheringEvent):
    """A member's answer counts no longer: taken back, or the member left the group or this node."""

    member_id: UUID

    model_config = _example(member_id=_MEMBER)


class MovedUp(GatheringEvent):
    """There is room now for these, the first on the waiting list, in its order: they are going."""

    member_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOVED_UP_MAX)]

    model_config = _example(member_ids=[_MEMBER])


class StandingEvent(Event):
    """What the events of a member's standing in a group share."""

    service: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "standing"


class StandingLearnt(StandingEvent):
    """
    What somebody is in a group became known here for the first time: *role* is None for who is no member.

    *source_position* is the entry of groups' log that says so; what comes later with a lower one is old news.
    """

    group_id: UUID
    member_id: UUID
    role: Role | None
    source_position: Annotated[int, Field(ge=1)]

    model_config = _example(group_id=_GROUP, member_id=_MEMBER, role="member", source_position=12)


class StandingChanged(StandingEvent):
    """The member is this in the group now, as the entry *source_position* of groups' log says."""

    role: Role | None
    source_position: Annotated[int, Field(ge=1)]

    model_config = _example(role=None, source_position=31)


# ---- commands --------------------------------------------------------------------------------------------------------


class ScheduleGathering(Command):
    """
    Call a gathering of a group; any of its members may.

    A time without an offset is the zone's local time, with one it must be the zone's; with `Z` it is an instant.
    """

    service: ClassVar[str] = "events"
    group_id: UUID
    name: Line
    description: Prose | None = None
    starts_at: datetime
    ends_at: datetime
    time_zone: TimeZone
    place: Place | None = None
    capacity: Capacity | None = None


class ChangeGathering(Command):
    """Make a gathering what is said here, whole; its organiser and the group's stewards may."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    name: Line
    description: Prose | None = None
    starts_at: datetime
    ends_at: datetime
    time_zone: TimeZone
    place: Place | None = None
    capacity: Capacity | None = None


class CancelGathering(Command):
    """Call a gathering off; its organiser and the group's stewards may."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    reason: Line | None = None


class AnswerGathering(Command):
    """Say whether the caller comes; on *going* without room, the caller waits."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    answer: Answer


class WithdrawAnswer(Command):
    """Take the caller's answer back, as if none had been given."""

    service: ClassVar[str] = "events"
    needs_approval: ClassVar[bool] = False
    gathering_id: UUID


class LearnStanding(Command):
    """Take note of what groups' log says about a member; sent by this service to itself."""

    service: ClassVar[str] = "events"
    group_id: UUID
    member_id: UUID
    role: Role | None
    source_position: Annotated[int, Field(ge=1)]


class ReleaseAnswer(Command):
    """Take back the answer of who left the group, or was erased; sent by this service to itself."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    member_id: UUID
    is_erased: bool


class EraseWords(Command):
    """Erase the descriptions that a member wrote; sent by this service to itself."""

    service: ClassVar[str] = "events"
    member_id: UUID


# ---- views -----------------------------------------------------------------------------------------------------------


class MyAnswer(View):
    """The asker's own answer; *ahead_count* is how many wait before the asker, for who is waiting."""

    answer: AnswerKept
    answered_at: datetime
    ahead_count: int | None


class GatheringInBrief(View):
    """
    What anyone may know of a gathering, and the asker's own answer.

    An answer older than *changed_at* was given to something else; *moved_from* is the hour that it was moved from.
    """

    gathering_id: UUID
    group_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    place: Place | None
    capacity: int | None
    going_count: int
    waiting_count: int
    maybe_count: int
    not_count: int
    scheduled_at: datetime
    changed_at: datetime | None
    moved_from: datetime | None = None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    my_answer: MyAnswer | None


class Gathering(GatheringInBrief):
    """One gathering; *organiser* and *description* are for members of the group, and None for others."""

    organiser: UUID | None
    description: str | None


class Gatherings(View):
    """A page of gatherings; *next* is the cursor of the next page, None on the last."""

    items: tuple[GatheringInBrief, ...]
    next: str | None


class MemberAnswer(View):
    """One member's answer; *member_id* is None for a former member."""

    member_id: UUID | None
    answer: AnswerKept
    answered_at: datetime


class Answers(View):
    """A page of answers in the order in which they were given, which is the waiting list's order too."""

    items: tuple[MemberAnswer, ...]
    next: str | None


class GatheringOfMine(View):
    """A gathering that the member called, and its description as it stands in the vault."""

    gathering_id: UUID
    group_id: UUID
    name: str
    starts_at: datetime
    description: str | None


class AnswerOfMine(View):
    """An answer that the member gave."""

    gathering_id: UUID
    name: str
    starts_at: datetime
    answer: AnswerKept
    answered_at: datetime


class EventsData(View):
    """What this service holds of one member."""

    gatherings: tuple[GatheringOfMine, ...]
    answers: tuple[AnswerOfMine, ...]


class WordsErased(View):
    """How many descriptions were erased."""

    descriptions_count: int


# ---- queries ---------------------------------------------------------------------------------------------------------


class GatheringsOf(Query[Gatherings]):
    """The gatherings of a group: those to come, the next first, or those that are over, the latest first."""

    service: ClassVar[str] = "events"
    group_id: UUID
    asker: UUID | None
    when: Literal["coming", "past"] = "coming"
    cursor: Cursor | None = None
    limit: Limit = 50


class GatheringDirectory(Query[Gatherings]):
    """What is neither over nor cancelled, the next first; *words* are looked for in names, *among* those alone."""

    service: ClassVar[str] = "events"
    asker: UUID | None
    words: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    among: Annotated[tuple[UUID, ...], Field(max_length=200)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class GatheringOf(Query[Gathering]):
    """One gathering."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    asker: UUID | None


class AnswersTo(Query[Answers]):
    """Who answered, for members of the group; *only* one kind, where it is named."""

    service: ClassVar[str] = "events"
    gathering_id: UUID
    asker: UUID
    only: AnswerKept | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class EventsDataOf(Query[EventsData]):
    """What this service holds of a member, for the member."""

    service: ClassVar[str] = "events"
    member_id: UUID
