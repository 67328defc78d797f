"""Who votes for whom: as things stand, and as they stood at the close."""

import asyncio
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

from libs.contracts.governance import (
    DelegationOutcome,
    DelegationOutcomes,
    DelegationsIn,
    DelegationsOf,
    Granted,
    OwnDelegation,
    OwnDelegationIn,
    Scope,
    StandingDelegation,
    StandingDelegations,
)
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.carrying import Carrying, Grant, carry, mentioned, tell
from services.governance.domain.electorate import NotAMember
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.roll import NotOnTheRoll
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, check_may_read, next_cursor, row_of
from services.governance.queries.names import Names, names_for
from services.governance.queries.results import ResultIsNotYet

CARRIES_MAX = 100
"""So many of those for whom one votes are told one by one."""

_POLL = """
SELECT terms ->> 'topic' AS topic, (terms ->> 'takes_delegations')::boolean AS takes_delegations,
    (terms ->> 'carry_max')::integer AS carry_max
FROM poll WHERE poll_id = $1
"""


async def own_delegation(query: OwnDelegationIn, db: Connection, secrets: Secrets) -> OwnDelegation:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
        NotOnTheRoll: The asker has no vote in it.
    """
    reader = await check_may_read(db, query.poll_id, query.asker)
    poll = await row_of(db, _POLL, query.poll_id)
    name = partial(_voter, secrets.pseudonyms, query.poll_id, reader.group_id)
    voter = name(query.asker)
    outlook = await _outlook(db, query.poll_id, voter, poll["carry_max"], secrets.pseudonyms)
    spoken = outlook.now.spoken.get(voter)
    end = _end(voter, outlook) if spoken else None
    shown = {*outlook.carries[:CARRIES_MAX], *([spoken.delegate] if spoken else []), *([end] if end else [])}
    names = await names_for(query.asker, db, group_id=reader.group_id, wanted=shown, pseudonym_of=name)
    return OwnDelegation(
        poll_id=query.poll_id,
        voter=voter,
        takes_delegations=poll["takes_delegations"],
        carry_max=poll["carry_max"],
        has_ballot=voter in outlook.with_ballot,
        delegation=_granted(spoken.grant.scope, poll["topic"], spoken.delegate, spoken.grant.position, names)
        if spoken
        else None,
        ends_with=names.of(end) if end else None,
        lost=outlook.now.lost.get(voter),
        carries_count=len(outlook.carries),
        carries=tuple(map(names.of, outlook.carries[:CARRIES_MAX])),
    )


class Outlook(NamedTuple):
    """What the delegations in a poll come to *now*, and for whom one votes (*carries*) or would by casting a ballot."""

    now: Carrying
    carries: list[UUID]
    with_ballot: set[UUID]


_GRANTS = """
SELECT scope, delegator, delegate, from_position, is_for_group
FROM delegation_in_poll WHERE poll_id = $1 ORDER BY from_position
"""

_ON_ROLL = "SELECT voter FROM roll_part, unnest(voters) AS voter WHERE poll_id = $1 AND voter = ANY($2)"

_WITH_BALLOT = """
SELECT voter FROM ballot WHERE poll_id = $1 AND voter = ANY($2) AND (choices IS NOT NULL OR sealed IS NOT NULL)
"""


async def _outlook(
    db: Connection, poll_id: UUID, voter: UUID, carry_max: int | None, pseudonyms: Pseudonyms
) -> Outlook:
    grants = [Grant(*row) for row in await db.fetch(_GRANTS, poll_id)]
    # In threads of their own: a large group has many delegations, and others go on asking.
    told = await asyncio.to_thread(tell, grants, cache(partial(pseudonyms.voter, poll_id)))
    voters = mentioned(told) | {voter}
    roll = {row["voter"] for row in await db.fetch(_ON_ROLL, poll_id, voters)}
    if voter not in roll:
        raise NotOnTheRoll("Only who was put on the roll when the poll opened may vote in it.")
    with_ballot = {row["voter"] for row in await db.fetch(_WITH_BALLOT, poll_id, voters)}
    now = await asyncio.to_thread(carry, told, roll=roll, with_ballot=with_ballot, carry_max=carry_max)
    then = now
    if voter not in with_ballot:
        voted = with_ballot | {voter}
        then = await asyncio.to_thread(carry, told, roll=roll, with_ballot=voted, carry_max=carry_max)
    return Outlook(now, [who for who, by in then.resolution.carriers.items() if by == voter], with_ballot)


def _end(voter: UUID, outlook: Outlook) -> UUID | None:
    """Return with whom the chain of delegations from *voter* ends today, None where it runs in a circle."""
    spoken, seen, here = outlook.now.spoken, {voter}, outlook.now.spoken[voter].delegate
    while here in spoken and here not in outlook.with_ballot:
        if here in seen:
            return None
        seen.add(here)
        here = spoken[here].delegate
    return here


_DECLARED = """
SELECT declared_position,
    (SELECT count(*) FROM carried_vote WHERE carried_vote.poll_id = poll.poll_id AND carrier IS NOT NULL)
        AS delegated_count,
    EXISTS (SELECT FROM carried_vote WHERE carried_vote.poll_id = poll.poll_id AND is_for_group) AS is_for_group
FROM poll WHERE poll_id = $1
"""

_CARRIED = """
SELECT part, place, delegator, carrier, lost FROM carried_vote
WHERE poll_id = $1 AND (part, place) > ($2, $3) ORDER BY part, place LIMIT $4
"""


async def delegations_in_poll(query: DelegationsIn, db: Connection, secrets: Secrets) -> DelegationOutcomes:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
        ResultIsNotYet: Nothing is declared yet.
        NotAMember: In this group delegations are for its members' eyes alone.
    """
    reader = await check_may_read(db, query.poll_id, query.asker)
    poll = await row_of(db, _DECLARED, query.poll_id)
    if poll["declared_position"] is None:
        raise ResultIsNotYet("What becomes of delegated votes is told with the result, which is not declared yet.")
    if poll["is_for_group"] and not reader.is_member:
        raise NotAMember("In this group only its members see who votes for whom.")
    part, place = from_cursor(query.cursor, [int, int]) or [0, 0]
    rows = await db.fetch(_CARRIED, query.poll_id, min(part, 2**30), min(place, 2**30), query.limit)
    names = await names_for(
        query.asker,
        db,
        group_id=reader.group_id,
        wanted={who for row in rows for who in (row["delegator"], row["carrier"]) if who},
        pseudonym_of=partial(_voter, secrets.pseudonyms, query.poll_id, reader.group_id),
    )
    return DelegationOutcomes(
        poll_id=query.poll_id,
        delegated_count=poll["delegated_count"],
        items=tuple(
            DelegationOutcome(
                delegator=names.of(row["delegator"]),
                carrier=names.of(row["carrier"]) if row["carrier"] else None,
                lost=row["lost"],
            )
            for row in rows
        ),
        next=next_cursor(rows, query.limit, "part", "place"),
    )


_STANDING = """
SELECT scope, topic, delegator, delegate, from_position FROM delegation
WHERE group_id = $1 AND poll_id IS NULL AND until_position IS NULL AND from_position > $2
    AND (NOT is_for_group OR EXISTS (SELECT FROM membership WHERE group_id = $1 AND member_id = $3))
ORDER BY from_position LIMIT $4
"""

_OWN_STANDING = """
SELECT scope, topic, delegate, from_position FROM delegation
WHERE group_id = $1 AND delegator = $2 AND poll_id IS NULL AND until_position IS NULL ORDER BY from_position
"""


async def delegations_of_group(query: DelegationsOf, db: Connection, secrets: Secrets) -> StandingDelegations:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    name = partial(secrets.pseudonyms.elector, query.group_id)
    rows = await db.fetch(_STANDING, query.group_id, min(behind, BEHIND_ALL), query.asker, query.limit)
    own = await db.fetch(_OWN_STANDING, query.group_id, name(query.asker)) if query.asker else []
    wanted = {who for row in rows for who in (row["delegator"], row["delegate"])} | {row["delegate"] for row in own}
    names = await names_for(query.asker, db, group_id=query.group_id, wanted=wanted, pseudonym_of=name)
    return StandingDelegations(
        group_id=query.group_id,
        own=tuple(_granted(row["scope"], row["topic"], row["delegate"], row["from_position"], names) for row in own),
        items=tuple(
            StandingDelegation(
                scope=row["scope"],
                topic=row["topic"],
                delegator=names.of(row["delegator"]),
                delegate=names.of(row["delegate"]),
                position=row["from_position"],
            )
            for row in rows
        ),
        next=next_cursor(rows, query.limit, "from_position"),
    )


def _granted(scope: Scope, topic: str | None, delegate: UUID, position: int, names: Names) -> Granted:
    return Granted(
        scope=scope, topic=topic if scope == "topic" else None, delegate=names.of(delegate), position=position
    )


def _voter(pseudonyms: Pseudonyms, poll_id: UUID, group_id: UUID, member_id: UUID) -> UUID:
    return pseudonyms.voter(poll_id, pseudonyms.elector(group_id, member_id))


QUERIES: QueryHandlers = {
    OwnDelegationIn: own_delegation,
    DelegationsIn: delegations_in_poll,
    DelegationsOf: delegations_of_group,
}
