"""Who voted how: ballots of members, and those cast on paper."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from libs.contracts.governance import (
    BallotEntry,
    BallotsIn,
    GivenDelegation,
    GovernanceData,
    GovernanceDataOf,
    GroupKey,
    GroupKeyOf,
    NamedBallot,
    NamedBallots,
    OwnBallot,
    OwnBallotIn,
    PaperBatch,
    PaperBatches,
    PaperBatchesIn,
    PollKey,
    PollKeyOf,
)
from libs.errors import Conflict, NotFound
from libs.eventlog.codec import decode
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.governance.domain.ballot import Ballot, NoBallotYet
from services.governance.domain.electorate import NotAMember
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, check_is_member, check_may_read, next_cursor, row_of
from services.governance.queries.electorates import own_places

PAGE_BYTES_MAX = 400_000
"""Of choices in one answer: a ballot may rank 500 long options, and NATS carries a megabyte."""

BESIDE_BYTES = 1000
"""What stands beside a ballot's choices at most, but for the marks."""

HISTORY_MAX = 100
"""So many entries of one ballot are shown, the newest."""


class ResultsAreHidden(Conflict):
    """Nobody may read a ballot of this poll but its voter, until it is closed."""


_GROUP = "SELECT group_id FROM poll WHERE poll_id = $1"


async def own_ballot(query: OwnBallotIn, db: Connection, secrets: Secrets) -> OwnBallot:
    """
    Return the asker's own ballot, which they may read also while results are hidden.

    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
        NoBallotYet: The asker has no ballot in it.
    """
    group_id = (await row_of(db, _GROUP, query.poll_id))["group_id"]
    voter = secrets.pseudonyms.voter(query.poll_id, secrets.pseudonyms.elector(group_id, query.asker))
    for ballot in await _own_ballots(db, [Ballot.create_id(query.poll_id, voter)], secrets):
        return ballot
    await check_may_read(db, query.poll_id, query.asker)  # who voted may read the own ballot for ever
    raise NoBallotYet("You have no ballot in this poll.")


_POLLS_EVER = "SELECT poll_id, group_id FROM poll"

_GROUPS_EVER = "SELECT group_id FROM poll UNION SELECT group_id FROM delegation"

_GIVEN = """
SELECT group_id, scope, poll_id, topic, delegator, delegate, from_position, until_position
FROM delegation WHERE delegator = ANY($1) ORDER BY from_position
"""


async def data_of_member(query: GovernanceDataOf, db: Connection, secrets: Secrets) -> GovernanceData:
    """Make the member's pseudonym in every poll there ever was: only so are ballots found in groups they left."""
    groups = [row["group_id"] for row in await db.fetch(_GROUPS_EVER)]
    electors = {group_id: secrets.pseudonyms.elector(group_id, query.member_id) for group_id in groups}
    voters = {
        poll_id: secrets.pseudonyms.voter(poll_id, electors[group_id])
        for poll_id, group_id in await db.fetch(_POLLS_EVER)
    }
    addresses = [Ballot.create_id(poll_id, voter) for poll_id, voter in voters.items()]
    given = await db.fetch(_GIVEN, [*electors.values(), *voters.values()])
    return GovernanceData(
        ballots=tuple(_within_bounds(await _own_ballots(db, addresses, secrets))),
        places=await own_places(db, query.member_id, secrets.pseudonyms),
        delegations=tuple(GivenDelegation(**row) for row in given),
    )


def _within_bounds(ballots: list[OwnBallot]) -> Iterator[OwnBallot]:
    """Yield the ballots, without what they said before where all of it would be more than one answer carries."""
    size = 0
    for ballot in ballots:
        size += sum(_size(entry.choices) for entry in ballot.history)
        yield ballot if size <= PAGE_BYTES_MAX else ballot.model_copy(update={"history": ()})


_OWN_BALLOTS = """
WITH own AS (SELECT * FROM ballot WHERE ballot_id = ANY($1))
SELECT poll_id, ballot_id, voter, choices, marks, reason, sealed, position, position AS newest FROM own
UNION ALL
SELECT poll_id, ballot_id, voter, before.choices, before.marks, before.reason, before.sealed, before.position,
    own.position
FROM own JOIN replaced_ballot AS before USING (ballot_id)
ORDER BY newest, position DESC
"""


async def _own_ballots(db: Connection, addresses: list[UUID], secrets: Secrets) -> list[OwnBallot]:
    """Return the ballots at *addresses*, each with what it said before, in the order of their newest entries."""
    rows = await db.fetch(_OWN_BALLOTS, addresses)
    return [_own_ballot(list(entries), secrets) for _, entries in groupby(rows, key=itemgetter("ballot_id"))]


def _own_ballot(entries: list[asyncpg.Record], secrets: Secrets) -> OwnBallot:
    """Return a ballot by its *entries*, the newest first; the oldest are left out where they are too many."""
    history: list[BallotEntry] = []
    size = 0
    for place, row in enumerate(entries[:HISTORY_MAX]):
        said = _said(row, secrets)
        size += _size(said["choices"])
        if history and size > PAGE_BYTES_MAX:
            break
        history.append(BallotEntry(**said, position=row["position"], counts=not place and said["choices"] is not None))
    newest = entries[0]
    return OwnBallot(
        **{name: newest[name] for name in ("poll_id", "ballot_id", "voter")},
        **history[0].model_dump(exclude={"counts"}),
        history=tuple(reversed(history)),
    )


def _said(row: asyncpg.Record, secrets: Secrets) -> dict[str, Any]:
    """Return what a ballot's row says; the voter's own may be read while it is sealed."""
    event: Any = row
    if row["sealed"]:
        event = dict(decode("governance", row["position"], row["sealed"].encode(), secrets.keys).event)
    return {"choices": event["choices"], "marks": event["marks"] or (), "reason": event["reason"]}


def _size(choices: Sequence[str] | None) -> int:
    return sum(len(choice.encode()) + 3 for choice in choices or ()) + BESIDE_BYTES


_MEMBERS = """
SELECT member_id FROM membership WHERE group_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3
"""


_BALLOTS = """
SELECT ballot_id, voter, choices, marks, reason, position, ARRAY(
        SELECT before.position FROM replaced_ballot AS before
        WHERE before.ballot_id = ballot.ballot_id ORDER BY before.position DESC LIMIT $2
    ) AS replaced
FROM ballot WHERE ballot_id = ANY($1) AND (choices IS NOT NULL OR sealed IS NOT NULL)
"""


async def ballots(query: BallotsIn, db: Connection, secrets: Secrets) -> NamedBallots:
    """
    Go through the group's members, not through the ballots: only so can a page be named without naming all.

    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
        NotAMember: The asker is not in its group.
    """
    await check_may_read(db, query.poll_id, query.asker)
    group_id = await check_is_member(db, query.poll_id, query.asker)
    (behind,) = from_cursor(query.cursor, [UUID]) or [UUID(int=0)]
    members = [row["member_id"] for row in await db.fetch(_MEMBERS, group_id, behind, query.limit)]
    addresses = {
        member: Ballot.create_id(
            query.poll_id, secrets.pseudonyms.voter(query.poll_id, secrets.pseudonyms.elector(group_id, member))
        )
        for member in members
    }
    found = {row["ballot_id"]: row for row in await db.fetch(_BALLOTS, list(addresses.values()), HISTORY_MAX)}
    items: list[NamedBallot] = []
    size = 0
    for place, member in enumerate(members):
        if (row := found.get(addresses[member])) is None:
            continue
        size += _size(row["choices"])
        if items and size > PAGE_BYTES_MAX:
            return NamedBallots(items=tuple(items), next=to_cursor(members[place - 1]))
        items.append(_named(member, row))
    return NamedBallots(items=tuple(items), next=to_cursor(members[-1]) if len(members) == query.limit else None)


def _named(member: UUID, row: asyncpg.Record) -> NamedBallot:
    said = {name: row[name] for name in ("voter", "choices", "reason", "position")}
    return NamedBallot(member_id=member, **said, marks=row["marks"] or (), replaced=tuple(reversed(row["replaced"])))


_PAPER_BATCHES = """
SELECT batch_id, ballots_count, entered_at, CASE WHEN member_id IS NOT NULL THEN entered_by END AS entered_by,
    position, struck_because
FROM paper_batch JOIN poll USING (poll_id)
    LEFT JOIN membership ON membership.group_id = poll.group_id AND member_id = $2
WHERE poll_id = $1 AND position > $3 ORDER BY position LIMIT $4
"""


async def paper_batches(query: PaperBatchesIn, db: Connection, _: Secrets) -> PaperBatches:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
    """
    await check_may_read(db, query.poll_id, query.asker)
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    rows = await db.fetch(_PAPER_BATCHES, query.poll_id, query.asker, min(behind, BEHIND_ALL), query.limit)
    return PaperBatches(items=tuple(PaperBatch(**row) for row in rows), next=next_cursor(rows, query.limit, "position"))


_KEY = """
SELECT terms ->> 'key_sha256' AS key_sha256, terms ->> 'results' = 'hidden' AND closed_sha256 IS NULL AS is_hidden
FROM poll WHERE poll_id = $1
"""


async def poll_key(query: PollKeyOf, db: Connection, secrets: Secrets) -> PollKey:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of; or nothing of it is sealed.
        ResultsAreHidden: It is open, and nobody may read its ballots until it is closed.
    """
    await check_may_read(db, query.poll_id, query.asker)
    row = await row_of(db, _KEY, query.poll_id)
    if row["key_sha256"] is None:
        raise NotFound("Nothing of this poll is sealed; it has no key.")
    if row["is_hidden"]:
        raise ResultsAreHidden("The results of this poll are hidden until it is closed, and so is its key.")
    key = secrets.keys.key(query.poll_id).hex()
    return PollKey(poll_id=query.poll_id, key=key, key_sha256=row["key_sha256"])


_IS_MEMBER = "SELECT EXISTS (SELECT FROM membership WHERE group_id = $1 AND member_id = $2)"


async def group_key(query: GroupKeyOf, db: Connection, secrets: Secrets) -> GroupKey:
    """
    Raises:
        NotAMember: The asker is not in the group, if there is one.
    """
    if not await db.fetchval(_IS_MEMBER, query.group_id, query.asker):
        raise NotAMember("Only members of the group have its key.")
    return GroupKey(group_id=query.group_id, key=secrets.keys.key(query.group_id).hex())


QUERIES: QueryHandlers = {
    OwnBallotIn: own_ballot,
    GovernanceDataOf: data_of_member,
    BallotsIn: ballots,
    PaperBatchesIn: paper_batches,
    PollKeyOf: poll_key,
    GroupKeyOf: group_key,
}
