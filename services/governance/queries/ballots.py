"""Who voted how: ballots of members, and those cast on paper."""

from uuid import UUID

from libs.contracts.governance import (
    BallotsIn,
    GovernanceData,
    GovernanceDataOf,
    NamedBallot,
    NamedBallots,
    OwnBallot,
    OwnBallotIn,
    PaperBatch,
    PaperBatches,
    PaperBatchesIn,
)
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.governance.domain.ballot import Ballot, NoBallotYet
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, check_is_member, next_cursor, row_of

PAGE_BYTES_MAX = 400_000
"""Of choices in one answer: a ballot may rank 500 long options, and NATS carries a megabyte."""

_GROUP = "SELECT group_id FROM poll WHERE poll_id = $1"


_BALLOT = "SELECT poll_id, ballot_id, voter, choices, position FROM ballot WHERE ballot_id = $1"


async def own_ballot(query: OwnBallotIn, db: Connection, secrets: Secrets) -> OwnBallot:
    """
    Raises:
        NotFound: There is no such poll.
        NoBallotYet: The asker has no ballot in it that counts.
    """
    group_id = (await row_of(db, _GROUP, query.poll_id))["group_id"]
    voter = secrets.pseudonyms.voter(query.poll_id, secrets.pseudonyms.elector(group_id, query.asker))
    row = await db.fetchrow(_BALLOT, Ballot.create_id(query.poll_id, voter))
    if row is None:
        raise NoBallotYet("You have no ballot in this poll.")
    return OwnBallot(**row)


_POLLS_EVER = "SELECT poll_id, group_id FROM poll"


_OWN_BALLOTS = (
    "SELECT poll_id, ballot_id, voter, choices, position FROM ballot WHERE ballot_id = ANY($1) ORDER BY position"
)


async def data_of_member(query: GovernanceDataOf, db: Connection, secrets: Secrets) -> GovernanceData:
    """Make the member's pseudonym in every poll there ever was: only so are ballots found in groups they left."""
    electors: dict[UUID, UUID] = {}
    addresses = []
    for poll_id, group_id in await db.fetch(_POLLS_EVER):
        if group_id not in electors:
            electors[group_id] = secrets.pseudonyms.elector(group_id, query.member_id)
        addresses.append(Ballot.create_id(poll_id, secrets.pseudonyms.voter(poll_id, electors[group_id])))
    return GovernanceData(ballots=tuple(OwnBallot(**row) for row in await db.fetch(_OWN_BALLOTS, addresses)))


_MEMBERS = """
SELECT member_id FROM membership WHERE group_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3
"""


_BALLOTS = """
SELECT ballot_id, voter, choices, position FROM ballot WHERE ballot_id = ANY($1) AND choices IS NOT NULL
"""


async def ballots(query: BallotsIn, db: Connection, secrets: Secrets) -> NamedBallots:
    """
    Go through the group's members, not through the ballots: only so can a page be named without naming all.

    Raises:
        NotFound: There is no such poll.
        NotAMember: The asker is not in its group.
    """
    group_id = await check_is_member(db, query.poll_id, query.asker)
    (behind,) = from_cursor(query.cursor, [UUID]) or [UUID(int=0)]
    members = [row["member_id"] for row in await db.fetch(_MEMBERS, group_id, behind, query.limit)]
    addresses = {
        member: Ballot.create_id(
            query.poll_id, secrets.pseudonyms.voter(query.poll_id, secrets.pseudonyms.elector(group_id, member))
        )
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


def _address(poll_id: UUID, group_id: UUID, member_id: UUID, pseudonyms: Pseudonyms) -> UUID:
    return Ballot.create_id(poll_id, pseudonyms.voter(poll_id, pseudonyms.elector(group_id, member_id)))


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
        NotFound: There is no such poll.
    """
    await row_of(db, _GROUP, query.poll_id)
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    rows = await db.fetch(_PAPER_BATCHES, query.poll_id, query.asker, min(behind, BEHIND_ALL), query.limit)
    return PaperBatches(items=tuple(PaperBatch(**row) for row in rows), next=next_cursor(rows, query.limit, "position"))


QUERIES: QueryHandlers = {
    OwnBallotIn: own_ballot,
    GovernanceDataOf: data_of_member,
    BallotsIn: ballots,
    PaperBatchesIn: paper_batches,
}
