"""What may be asked of events: one function for each question, one statement each."""

from datetime import UTC, datetime, timezone
from typing import Any
from uuid import UUID

from asyncpg import Record

from libs.contracts.events import (
    AnswerOfMine,
    Answers,
    AnswersTo,
    EventsData,
    EventsDataOf,
    Gathering,
    GatheringDirectory,
    GatheringOf,
    GatheringOfMine,
    Gatherings,
    GatheringsOf,
    MemberAnswer,
    MyAnswer,
)
from libs.contracts.events import GatheringInBrief as InBrief
from libs.errors import NotFound
from libs.gazetteer.keys import search_key
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.events.domain.standing import NotAMember

_IN_BRIEF = """
SELECT gathering.gathering_id, gathering.group_id, name, starts_at, starts_wall, ends_at, ends_wall, time_zone, place,
       capacity, going_count, waiting_count, maybe_count, not_count, scheduled_at, changed_at, moved_from,
       moved_from_wall, cancelled_at, cancellation_reason, mine.answer AS my_answer, mine.answered_at AS my_answered_at,
       CASE mine.answer WHEN 'waiting' THEN
           (SELECT count(*) FROM answer ahead
             WHERE ahead.gathering_id = gathering.gathering_id AND ahead.answer = 'waiting'
               AND ahead.position < mine.position)
       END AS my_ahead_count"""

_ANSWERED = """
  LEFT JOIN answer mine ON mine.gathering_id = gathering.gathering_id AND mine.member_id = $2
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE answer = 'going') AS going_count,
              count(*) FILTER (WHERE answer = 'waiting') AS waiting_count,
              count(*) FILTER (WHERE answer = 'maybe') AS maybe_count,
              count(*) FILTER (WHERE answer = 'not') AS not_count
         FROM answer WHERE answer.gathering_id = gathering.gathering_id) AS counts"""

_COMING = f"""{_IN_BRIEF}
  FROM known_group
  LEFT JOIN gathering ON gathering.group_id = known_group.group_id AND ends_at > $3
   AND ($4::timestamptz IS NULL OR (starts_at, gathering_id) > ($4, $5)){_ANSWERED}
 WHERE known_group.group_id = $1
 ORDER BY starts_at, gathering_id
 LIMIT $6
"""

_PAST = f"""{_IN_BRIEF}
  FROM known_group
  LEFT JOIN gathering ON gathering.group_id = known_group.group_id AND ends_at <= $3
   AND ($4::timestamptz IS NULL OR (starts_at, gathering_id) < ($4, $5)){_ANSWERED}
 WHERE known_group.group_id = $1
 ORDER BY starts_at DESC, gathering_id DESC
 LIMIT $6
"""

_DIRECTORY = f"""{_IN_BRIEF}
  FROM gathering{_ANSWERED}
 WHERE ends_at > $3 AND cancelled_at IS NULL
   AND ($1::text IS NULL OR CASE $8::text
        WHEN '' THEN strpos(lower(name), lower($1)) ELSE strpos(search_key, $8) END > 0)
   AND ($4::timestamptz IS NULL OR (starts_at, gathering.gathering_id) > ($4, $5))
   AND ($7::uuid[] IS NULL OR gathering.gathering_id = ANY ($7))
 ORDER BY starts_at, gathering.gathering_id
 LIMIT $6
"""

_GATHERING = f"""{_IN_BRIEF},
       CASE WHEN standing.role IS NOT NULL THEN organiser END AS organiser,
       CASE WHEN standing.role IS NOT NULL THEN words END AS description
  FROM gathering
  LEFT JOIN standing ON standing.group_id = gathering.group_id AND standing.member_id = $2
  LEFT JOIN description ON description.gathering_id = gathering.gathering_id AND sha256 = description_sha256{_ANSWERED}
 WHERE gathering.gathering_id = $1
"""

_ANSWERS = """
SELECT standing.role IS NOT NULL AS is_shown, answer.answer, answered_at, position,
       CASE WHEN erased.member_id IS NULL THEN answer.member_id END AS member_id
  FROM gathering
  LEFT JOIN standing ON standing.group_id = gathering.group_id AND standing.member_id = $2
  LEFT JOIN answer ON answer.gathering_id = gathering.gathering_id AND standing.role IS NOT NULL
   AND ($3::text IS NULL OR answer = $3) AND position > $4
  LEFT JOIN erased ON erased.member_id = answer.member_id
 WHERE gathering.gathering_id = $1
 ORDER BY position
 LIMIT $5
"""

_MINE = """
SELECT coalesce(jsonb_agg(jsonb_build_object('gathering_id', gathering.gathering_id, 'group_id', group_id, 'name', name,
           'starts_at', starts_at, 'description', words) ORDER BY scheduled_at), '[]') AS gatherings,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('gathering_id', gathering_id, 'name', name,
           'starts_at', starts_at, 'answer', answer, 'answered_at', answered_at) ORDER BY position), '[]')
          FROM answer JOIN gathering USING (gathering_id) WHERE member_id = $1) AS answers
  FROM gathering
  LEFT JOIN description ON description.gathering_id = gathering.gathering_id AND sha256 = description_sha256
   AND author = $1
 WHERE organiser = $1
"""


async def gatherings(query: GatheringsOf, db: Connection) -> Gatherings:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
    """
    starts_at, gathering_id = from_cursor(query.cursor, (datetime, UUID)) or (None, None)
    rows = await db.fetch(
        _COMING if query.when == "coming" else _PAST,
        query.group_id,
        query.asker,
        datetime.now(UTC),
        starts_at,
        gathering_id,
        query.limit + 1,
    )
    if not rows:
        raise NotFound(f"There is no group {query.group_id}.")
    return _page([row for row in rows if row["gathering_id"]], query.limit)


async def gathering_directory(query: GatheringDirectory, db: Connection) -> Gatherings:
    """
    Raises:
        BadCursor: The cursor is not one that this list gave.
    """
    starts_at, gathering_id = from_cursor(query.cursor, (datetime, UUID)) or (None, None)
    rows = await db.fetch(
        _DIRECTORY,
        query.words,
        query.asker,
        datetime.now(UTC),
        starts_at,
        gathering_id,
        query.limit + 1,
        query.among,
        search_key(query.words or ""),  # empty where they are signs alone, which are looked for as they are
    )
    return _page(rows, query.limit)


async def gathering(query: GatheringOf, db: Connection) -> Gathering:
    """
    Raises:
        NotFound: No gathering bears that id, or its scheduling is not projected yet.
    """
    if (row := await db.fetchrow(_GATHERING, query.gathering_id, query.asker)) is None:
        raise NotFound(f"There is no gathering {query.gathering_id}.")
    return Gathering(**_in_brief(row), organiser=row["organiser"], description=row["description"])


async def answers(query: AnswersTo, db: Connection) -> Answers:
    """
    Raises:
        NotFound: No gathering bears that id, or its scheduling is not projected yet.
        NotAMember: Who asks is not in the group.
    """
    (after,) = from_cursor(query.cursor, (int,)) or (0,)
    rows = await db.fetch(_ANSWERS, query.gathering_id, query.asker, query.only, after, query.limit + 1)
    if not rows:
        raise NotFound(f"There is no gathering {query.gathering_id}.")
    if not rows[0]["is_shown"]:
        raise NotAMember("Only members of the group see who answered.")
    found = [row for row in rows if row["answer"]]
    page = found[: query.limit]
    return Answers(
        items=tuple(
            MemberAnswer(member_id=row["member_id"], answer=row["answer"], answered_at=row["answered_at"])
            for row in page
        ),
        next=to_cursor(page[-1]["position"]) if len(found) > len(page) else None,
    )


async def data_of_member(query: EventsDataOf, db: Connection) -> EventsData:
    """What was called and answered, all of it."""
    row = await db.fetchrow(_MINE, query.member_id)
    assert row is not None
    return EventsData(
        gatherings=tuple(GatheringOfMine.model_validate(each) for each in row["gatherings"]),
        answers=tuple(AnswerOfMine.model_validate(each) for each in row["answers"]),
    )


def _page(found: list[Record], limit: int) -> Gatherings:
    page = found[:limit]
    more = to_cursor(page[-1]["starts_at"], page[-1]["gathering_id"]) if len(found) > len(page) else None
    return Gatherings(items=tuple(InBrief(**_in_brief(row)) for row in page), next=more)


def _in_brief(row: Record) -> dict[str, Any]:
    fields = {name: row[name] for name in InBrief.model_fields if name != "my_answer"}
    return fields | {
        "starts_at": _shown(row["starts_at"], row["starts_wall"]),
        "ends_at": _shown(row["ends_at"], row["ends_wall"]),
        "moved_from": _shown(row["moved_from"], row["moved_from_wall"]) if row["moved_from"] else None,
        "my_answer": MyAnswer(
            answer=row["my_answer"], answered_at=row["my_answered_at"], ahead_count=row["my_ahead_count"]
        )
        if row["my_answer"]
        else None,
    }


def _shown(instant: datetime, wall: datetime) -> datetime:
    """Return the wall clock's time with the offset from UTC that it has at that instant."""
    return wall.replace(tzinfo=timezone(wall - instant.replace(tzinfo=None)))


QUERIES: QueryHandlers = {
    GatheringsOf: gatherings,
    GatheringDirectory: gathering_directory,
    GatheringOf: gathering,
    AnswersTo: answers,
    EventsDataOf: data_of_member,
}
