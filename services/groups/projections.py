"""The read models of groups: one function for each event that changes a row, one statement each."""

from collections.abc import Sequence
from hashlib import sha256

from libs.contracts.groups import (
    GroupChanged,
    GroupFounded,
    JoinAsked,
    JoinRefused,
    JoinWithdrawn,
    MemberJoined,
    MemberLeft,
    PageChanged,
    PageClosed,
    PageFollowed,
    PageOpened,
    PageUnfollowed,
    RoleGiven,
    StewardNamed,
    StewardStoodDown,
)
from libs.contracts.identity import MemberErased
from libs.eventlog.log import Recorded
from libs.gazetteer.keys import search_key
from libs.service.database import Connection
from libs.service.projection import Projection

groups = Projection()


@groups.on(GroupFounded)
async def add_group(tx: Connection, event: GroupFounded, recorded: Recorded) -> None:
    """The founder, who is counted here, has joined in the entry before this one."""
    await tx.execute(
        "INSERT INTO known_group (group_id, parent_id, name, purpose, place, admission, charter_keys, threshold,"
        " charter_sha256, founded_at, position, search_key, members_count, stewards_count)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 1)",
        recorded.aggregate_id,
        event.parent_id,
        event.name,
        event.purpose,
        event.place.model_dump() if event.place else None,
        event.admission,
        event.charter_keys,
        event.threshold,
        sha256(recorded.entry).hexdigest(),
        recorded.decided_at,
        recorded.position,
        _key(event),
    )


@groups.on(GroupChanged)
async def describe_group(tx: Connection, event: GroupChanged, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE known_group SET name = $2, purpose = $3, place = $4, admission = $5, search_key = $6"
        " WHERE group_id = $1",
        recorded.aggregate_id,
        event.name,
        event.purpose,
        event.place.model_dump() if event.place else None,
        event.admission,
        _key(event),
    )


def _key(event: GroupFounded | GroupChanged) -> str:
    """Return what the group is searched by; no word begins in its name and ends in its purpose."""
    return f"{search_key(event.name)}\n{search_key(event.purpose)}"


@groups.on(StewardNamed)
async def count_steward(tx: Connection, _event: StewardNamed, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE known_group SET stewards_count = stewards_count + 1 WHERE group_id = $1", recorded.aggregate_id
    )


@groups.on(StewardStoodDown)
async def uncount_steward(tx: Connection, _event: StewardStoodDown, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE known_group SET stewards_count = stewards_count - 1, stood_down = $2 WHERE group_id = $1",
        recorded.aggregate_id,
        recorded.position,
    )


@groups.on(JoinAsked)
async def add_request(tx: Connection, event: JoinAsked, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO membership (group_id, member_id, since, position) VALUES ($1, $2, $3, $4)",
        event.group_id,
        event.member_id,
        recorded.decided_at,
        recorded.position,
    )


@groups.on(JoinRefused)
@groups.on(JoinWithdrawn)
async def remove_request(tx: Connection, event: JoinRefused | JoinWithdrawn, _recorded: Recorded) -> None:
    await tx.execute("DELETE FROM membership WHERE group_id = $1 AND member_id = $2", event.group_id, event.member_id)


@groups.on_many(MemberJoined)
async def add_members(tx: Connection, run: Sequence[Recorded]) -> None:
    """
    Who had asked has a row already. A founder's group comes with the next entry, and counts them itself.

    A group's row is changed once for all of a run: changed ten thousand times in one transaction, PostgreSQL would
    walk through ten thousand versions of it.
    """
    events = [recorded.event for recorded in run if isinstance(recorded.event, MemberJoined)]
    await tx.execute(
        "WITH joined AS ("
        " INSERT INTO membership (group_id, member_id, role, since, position)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[])"
        " ON CONFLICT (group_id, member_id)"
        " DO UPDATE SET role = excluded.role, since = excluded.since, position = excluded.position)"
        " UPDATE known_group SET members_count = members_count + news.joined_count"
        " FROM (SELECT group_id, count(*) AS joined_count FROM unnest($1::uuid[]) AS group_id GROUP BY group_id) news"
        " WHERE known_group.group_id = news.group_id",
        [event.group_id for event in events],
        [event.member_id for event in events],
        [event.role for event in events],
        [recorded.decided_at for recorded in run],
        [recorded.position for recorded in run],
    )


@groups.on(RoleGiven)
async def set_role(tx: Connection, event: RoleGiven, _recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE membership SET role = $3 WHERE group_id = $1 AND member_id = $2",
        event.group_id,
        event.member_id,
        event.role,
    )


@groups.on(MemberLeft)
async def remove_member(tx: Connection, event: MemberLeft, _recorded: Recorded) -> None:
    await tx.execute(
        "WITH gone AS (DELETE FROM membership WHERE group_id = $1 AND member_id = $2)"
        " UPDATE known_group SET members_count = members_count - 1 WHERE group_id = $1",
        event.group_id,
        event.member_id,
    )


@groups.on(MemberErased)
async def note_erased(tx: Connection, _event: MemberErased, recorded: Recorded) -> None:
    """What they leave behind here is found by the clock (see reactions)."""
    await tx.execute("INSERT INTO erased VALUES ($1)", recorded.aggregate_id)


@groups.on(PageOpened)
async def add_page(tx: Connection, event: PageOpened, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO page (page_id, owner_kind, owner, name, kind, place, content_sha256, opened_at, changed_at,"
        " position, search_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)",
        recorded.aggregate_id,
        event.owner_kind,
        event.owner,
        event.name,
        event.kind,
        event.place.model_dump() if event.place else None,
        event.content_sha256,
        recorded.decided_at,
        recorded.position,
        search_key(event.name),
    )


@groups.on(PageChanged)
async def change_page(tx: Connection, event: PageChanged, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE page SET name = $2, kind = $3, place = $4, content_sha256 = $5, changed_at = $6, search_key = $7"
        " WHERE page_id = $1",
        recorded.aggregate_id,
        event.name,
        event.kind,
        event.place.model_dump() if event.place else None,
        event.content_sha256,
        recorded.decided_at,
        search_key(event.name),
    )


@groups.on(PageClosed)
async def remove_page(tx: Connection, _event: PageClosed, recorded: Recorded) -> None:
    """Its followers go with it."""
    await tx.execute("DELETE FROM page WHERE page_id = $1", recorded.aggregate_id)


@groups.on(PageFollowed)
async def add_follower(tx: Connection, event: PageFollowed, recorded: Recorded) -> None:
    """Who followed at the moment of its closing follows nothing: the page's row is gone."""
    await tx.execute(
        "WITH followed AS ("
        " UPDATE page SET followers_count = followers_count + 1 WHERE page_id = $1 RETURNING page_id)"
        " INSERT INTO follow (page_id, member_id, since, position) SELECT page_id, $2, $3, $4 FROM followed",
        event.page_id,
        event.member_id,
        recorded.decided_at,
        recorded.position,
    )


@groups.on(PageUnfollowed)
async def remove_follower(tx: Connection, event: PageUnfollowed, _recorded: Recorded) -> None:
    await tx.execute(
        "WITH gone AS (DELETE FROM follow WHERE page_id = $1 AND member_id = $2)"
        " UPDATE page SET followers_count = followers_count - 1 WHERE page_id = $1",
        event.page_id,
        event.member_id,
    )
