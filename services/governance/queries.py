"""What governance answers: one function for each question. What the public log says is for everybody, names are not."""

from typing import Any
from uuid import UUID

import asyncpg

from libs.contracts.governance import (
    BallotsIn,
    GovernanceData,
    GovernanceDataOf,
    LogKey,
    LogKeyOf,
    NamedBallot,
    NamedBallots,
    OptionCount,
    OwnBallot,
    OwnBallotIn,
    PaperBatch,
    PaperBatches,
    PaperBatchesIn,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    PollSummary,
    Result,
    ResultOf,
    Roll,
    RollOf,
    Round,
    Tally,
    TallyOf,
)
from libs.errors import Conflict, NotFound
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.governance.domain.ballot import Ballot, NoBallotYet
from services.governance.domain.electorate import NotAMember
from services.governance.domain.pseudonyms import Pseudonyms

PAGE_BYTES_MAX = 400_000
"""Of choices in one answer: a ballot may rank 500 long options, and NATS carries a megabyte."""


class ResultIsNotYet(Conflict):
    """The poll is open, or closed so lately that its count is still going on."""


_POLL = """
SELECT poll_id, group_id, question, explanation, method, options, opened_at, closes_at, may_close_early, allows_paper,
    voters_count, roll_sha256, closed_position IS NULL AS is_open, declared_position IS NOT NULL AS is_result_declared,
    opened_position, closed_position
FROM poll WHERE poll_id = $1
"""


async def poll(query: PollOf, db: Connection, _: Pseudonyms) -> PollDetails:
    """
    Raises:
        NotFound: There is no such poll.
    """
    return PollDetails(**await _row(db, _POLL, query.poll_id))


_POLLS = """
SELECT poll_id, question, method, opened_at, closes_at, closed_position IS NULL AS is_open,
    declared_position IS NOT NULL AS is_result_declared, opened_position
FROM poll
WHERE group_id = $1 AND opened_position < $2 AND ($3::boolean IS NULL OR (closed_position IS NULL) = $3)
ORDER BY opened_position DESC LIMIT $4
"""

_BEHIND_ALL = 2**62


async def polls(query: PollsOf, db: Connection, _: Pseudonyms) -> Polls:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (before,) = from_cursor(query.cursor, [int]) or [_BEHIND_ALL]
    rows = await db.fetch(_POLLS, query.group_id, min(before, _BEHIND_ALL), query.is_open, query.limit)
    items = tuple(PollSummary(**{name: row[name] for name in PollSummary.model_fields}) for row in rows)
    return Polls(items=items, next=_next(rows, query.limit, "opened_position"))


_TALLY = """
WITH cast_ballot AS (
    SELECT choices, sum(times) AS times, sum(times) FILTER (WHERE is_paper) AS paper_times
    FROM counted_ballot WHERE poll_id = $1 GROUP BY choices
), named AS (
    SELECT option, sum(times) AS times
    FROM cast_ballot, poll, unnest(CASE method WHEN 'approval' THEN choices ELSE choices[1:1] END) AS option
    WHERE poll_id = $1 GROUP BY option
)
SELECT poll_id, method, voters_count, options, closed_position IS NOT NULL AS is_final,
    coalesce((SELECT sum(times) FROM cast_ballot), 0)::bigint AS ballots_count,
    coalesce((SELECT sum(paper_times) FROM cast_ballot), 0)::bigint AS paper_ballots_count,
    coalesce((SELECT sum(times) FROM cast_ballot WHERE choices = '{}'), 0)::bigint AS blank_count,
    ARRAY(
        SELECT coalesce(times, 0)::bigint
        FROM unnest(options) WITH ORDINALITY AS offered (option, place) LEFT JOIN named USING (option) ORDER BY place
    ) AS counts
FROM poll WHERE poll_id = $1
"""


async def tally(query: TallyOf, db: Connection, _: Pseudonyms) -> Tally:
    """
    Raises:
        NotFound: There is no such poll.
    """
    row = await _row(db, _TALLY, query.poll_id)
    counts = zip(row.pop("options"), row.pop("counts"), strict=True)
    return Tally(**row, counts=tuple(OptionCount(option=option, count=count) for option, count in counts))


_RESULT = """
SELECT poll.poll_id, options, result.* FROM poll LEFT JOIN result USING (poll_id) WHERE poll.poll_id = $1
"""

_ROUNDS = """
SELECT round FROM result_part, jsonb_array_elements(rounds) WITH ORDINALITY AS counted (round, place)
WHERE poll_id = $1 ORDER BY part, place OFFSET $2 LIMIT $3
"""


async def result(query: ResultOf, db: Connection, _: Pseudonyms) -> Result:
    """
    Raises:
        NotFound: There is no such poll.
        ResultIsNotYet: Nothing is declared yet.
    """
    (first,) = from_cursor(query.cursor, [int]) or [0]
    row = await _row(db, _RESULT, query.poll_id)
    if row["declared_position"] is None:
        raise ResultIsNotYet("The result of this poll is not declared yet.")
    rounds = await db.fetch(_ROUNDS, query.poll_id, min(max(first, 0), _BEHIND_ALL), query.limit)
    end = first + len(rounds)
    return Result(
        **row | {"poll_id": query.poll_id},
        rounds=tuple(Round.model_validate(round_) for (round_,) in rounds),
        next=to_cursor(end) if rounds and end < row["rounds_count"] else None,
    )


_GROUP = "SELECT group_id FROM poll WHERE poll_id = $1"

_BALLOT = "SELECT poll_id, ballot_id, voter, choices, position FROM ballot WHERE ballot_id = $1"


async def own_ballot(query: OwnBallotIn, db: Connection, pseudonyms: Pseudonyms) -> OwnBallot:
    """
    Raises:
        NotFound: There is no such poll.
        NoBallotYet: The asker has no ballot in it that counts.
    """
    group_id = (await _row(db, _GROUP, query.poll_id))["group_id"]
    voter = pseudonyms.voter(query.poll_id, pseudonyms.elector(group_id, query.asker))
    row = await db.fetchrow(_BALLOT, Ballot.create_id(query.poll_id, voter))
    if row is None:
        raise NoBallotYet("You have no ballot in this poll.")
    return OwnBallot(**row)


_POLLS_EVER = "SELECT poll_id, group_id FROM poll"

_OWN_BALLOTS = (
    "SELECT poll_id, ballot_id, voter, choices, position FROM ballot WHERE ballot_id = ANY($1) ORDER BY position"
)


async def data_of_member(query: GovernanceDataOf, db: Connection, pseudonyms: Pseudonyms) -> GovernanceData:
    """Make the member's pseudonym in every poll there ever was: only so are ballots found in groups they left."""
    electors: dict[UUID, UUID] = {}
    addresses = []
    for poll_id, group_id in await db.fetch(_POLLS_EVER):
        if group_id not in electors:
            electors[group_id] = pseudonyms.elector(group_id, query.member_id)
        addresses.append(Ballot.create_id(poll_id, pseudonyms.voter(poll_id, electors[group_id])))
    return GovernanceData(ballots=tuple(OwnBallot(**row) for row in await db.fetch(_OWN_BALLOTS, addresses)))


_MEMBERS = """
SELECT member_id FROM membership WHERE group_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3
"""

_BALLOTS = """
SELECT ballot_id, voter, choices, position FROM ballot WHERE ballot_id = ANY($1) AND choices IS NOT NULL
"""


async def ballots(query: BallotsIn, db: Connection, pseudonyms: Pseudonyms) -> NamedBallots:
    """
    Go through the group's members, not through the ballots: only so can a page be named without naming all.

    Raises:
        NotFound: There is no such poll.
        NotAMember: The asker is not in its group.
    """
    group_id = await _check_is_member(db, query.poll_id, query.asker)
    (behind,) = from_cursor(query.cursor, [UUID]) or [UUID(int=0)]
    members = [row["member_id"] for row in await db.fetch(_MEMBERS, group_id, behind, query.limit)]
    addresses = {
        member: Ballot.create_id(query.poll_id, pseudonyms.voter(query.poll_id, pseudonyms.elector(group_id, member)))
        for member in members
    }
    found = {row["ballot_id"]: row for row in await db.fetch(_BALLOTS, list(addresses.values()))}
    items: list[NamedBallot] = []
    size = 0
    for place, member in enumerate(members):
        if (row := found.get(addresses[member])) is None:
            continue
        size += sum(len(choice.encode()) + 3 for choice in row["choices"])
        if items and size > PAGE_BYTES_MAX:
            return NamedBallots(items=tuple(items), next=to_cursor(members[place - 1]))
        items.append(NamedBallot(member_id=member, **{k: row[k] for k in ("voter", "choices", "position")}))
    return NamedBallots(items=tuple(items), next=to_cursor(members[-1]) if len(members) == query.limit else None)


_PAPER_BATCHES = """
SELECT batch_id, ballots_count, entered_at, CASE WHEN member_id IS NOT NULL THEN entered_by END AS entered_by,
    position, struck_because
FROM paper_batch JOIN poll USING (poll_id)
    LEFT JOIN membership ON membership.group_id = poll.group_id AND member_id = $2
WHERE poll_id = $1 AND position > $3 ORDER BY position LIMIT $4
"""


async def paper_batches(query: PaperBatchesIn, db: Connection, _: Pseudonyms) -> PaperBatches:
    """
    Raises:
        NotFound: There is no such poll.
    """
    await _row(db, _GROUP, query.poll_id)
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    rows = await db.fetch(_PAPER_BATCHES, query.poll_id, query.asker, min(behind, _BEHIND_ALL), query.limit)
    return PaperBatches(items=tuple(PaperBatch(**row) for row in rows), next=_next(rows, query.limit, "position"))


_ROLL = """
SELECT part, place, voter FROM roll_part, unnest(voters) WITH ORDINALITY AS listed (voter, place)
WHERE poll_id = $1 AND part >= $2 AND (part, place) > ($2, $3) ORDER BY part, place LIMIT $4
"""

_COMMITMENT = "SELECT poll_id, voters_count, roll_sha256 FROM poll WHERE poll_id = $1"


async def roll(query: RollOf, db: Connection, _: Pseudonyms) -> Roll:
    """
    Raises:
        NotFound: There is no such poll.
        NotAMember: The asker is not in its group.
    """
    await _check_is_member(db, query.poll_id, query.asker)
    part, place = from_cursor(query.cursor, [int, int]) or [0, 0]
    rows = await db.fetch(_ROLL, query.poll_id, min(part, 2**30), min(place, _BEHIND_ALL), query.limit)
    return Roll(
        **await _row(db, _COMMITMENT, query.poll_id),
        voters=tuple(row["voter"] for row in rows),
        next=_next(rows, query.limit, "part", "place"),
    )


_MEMBERSHIP = """
SELECT poll.group_id, member_id FROM poll
    LEFT JOIN membership ON membership.group_id = poll.group_id AND member_id = $2
WHERE poll_id = $1
"""


_LOG_KEY = "SELECT public_key FROM log_key"


async def log_key(_: LogKeyOf, db: Connection, __: Pseudonyms) -> LogKey:
    """Return the public half of the key that the vote log is sealed with."""
    return LogKey(public_key=(await db.fetchval(_LOG_KEY)).hex())


async def _check_is_member(db: Connection, poll_id: UUID, asker: UUID) -> UUID:
    """Return the poll's group, whose member *asker* is."""
    row = await _row(db, _MEMBERSHIP, poll_id, asker)
    if row["member_id"] is None:
        raise NotAMember("Only members of the group see this.")
    group_id: UUID = row["group_id"]
    return group_id


async def _row(db: Connection, statement: str, poll_id: UUID, *more: Any) -> dict[str, Any]:
    row = await db.fetchrow(statement, poll_id, *more)
    if row is None:
        raise NotFound(f"There is no poll {poll_id}.")
    return dict(row)


def _next(rows: list[asyncpg.Record], limit: int, *key: str) -> str | None:
    return to_cursor(*(rows[-1][name] for name in key)) if len(rows) == limit else None


QUERIES: QueryHandlers = {
    PollOf: poll,
    PollsOf: polls,
    TallyOf: tally,
    ResultOf: result,
    OwnBallotIn: own_ballot,
    GovernanceDataOf: data_of_member,
    BallotsIn: ballots,
    PaperBatchesIn: paper_batches,
    RollOf: roll,
    LogKeyOf: log_key,
}
