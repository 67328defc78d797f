"""What may be asked of groups: one function for each question, one statement each."""

from typing import Any

from asyncpg import Record

from libs.contracts.groups import (
    GroupDirectory,
    GroupInBrief,
    GroupOf,
    GroupOfMine,
    GroupRoles,
    Groups,
    GroupsData,
    GroupsDataOf,
    GroupsOf,
    GroupView,
    JoinRequest,
    JoinRequests,
    Members,
    Membership,
    MembershipOf,
    MembersOf,
    PageDirectory,
    PageFollowedByMe,
    PageInBrief,
    PageOf,
    PageOfMine,
    Pages,
    PageView,
    RequestsOf,
    RoleIn,
    SubgroupsOf,
)
from libs.errors import NotAllowed, NotFound
from libs.gazetteer.keys import search_key
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.groups.domain.group import NotASteward


class ForMembers(NotAllowed):
    """Who is in a group is its members' to know."""


_BRIEFLY = """
SELECT known_group.group_id, parent_id, name, purpose, place, admission, members_count, founded_at,
       mine.role AS my_role"""

_DIRECTORY = f"""{_BRIEFLY}, known_group.position
  FROM known_group
  LEFT JOIN membership mine ON mine.group_id = known_group.group_id AND mine.member_id = $1
 WHERE members_count > 0
   AND (NOT $2 OR mine.role IS NOT NULL)
   AND ($3::text IS NULL OR CASE $7::text
        WHEN '' THEN strpos(lower(name), lower($3)) > 0 OR strpos(lower(purpose), lower($3)) > 0
        ELSE strpos(search_key, $7) > 0 END)
   AND ($4::bigint IS NULL OR known_group.position < $4)
   AND ($6::uuid[] IS NULL OR known_group.group_id = ANY ($6))
 ORDER BY known_group.position DESC
 LIMIT $5
"""

_SUBGROUPS = f"""{_BRIEFLY}, known_group.position
  FROM known_group
  LEFT JOIN membership mine ON mine.group_id = known_group.group_id AND mine.member_id = $2
 WHERE parent_id = $1 AND members_count > 0 AND ($3::bigint IS NULL OR known_group.position < $3)
 ORDER BY known_group.position DESC
 LIMIT $4
"""

_KNOWN = "SELECT FROM known_group WHERE group_id = $1"

_ASKING = """
  LEFT JOIN LATERAL (
       SELECT count(*) AS requests_count FROM membership asked
        WHERE asked.group_id = known_group.group_id AND asked.role IS NULL) AS asking ON mine.role = 'steward'"""

_BENEATH = """
  LEFT JOIN LATERAL (
       SELECT count(*) AS subgroups_count FROM known_group below
        WHERE below.parent_id = known_group.group_id AND below.members_count > 0) AS beneath ON true"""

_GROUP = f"""{_BRIEFLY}, charter_sha256, charter_keys, threshold, stewards_count,
       mine.member_id IS NOT NULL AND mine.role IS NULL AS have_asked, requests_count, subgroups_count
  FROM known_group{_BENEATH}
  LEFT JOIN membership mine ON mine.group_id = known_group.group_id AND mine.member_id = $2{_ASKING}
 WHERE known_group.group_id = $1
"""

_SOME_MEMBERS = """
SELECT mine.role AS my_role, other.member_id, other.role, other.since, other.position
  FROM known_group
  LEFT JOIN membership mine ON mine.group_id = known_group.group_id AND mine.member_id = $2
  LEFT JOIN LATERAL (
       SELECT member_id, role, since, position FROM membership
        WHERE membership.group_id = known_group.group_id AND role IS NOT NULL AND mine.role IS NOT NULL
          AND ($3::text IS NULL OR {after})
        ORDER BY {order}
        LIMIT $5) AS other ON true
 WHERE known_group.group_id = $1
 ORDER BY {outer}
"""

_MEMBERS = _SOME_MEMBERS.format(
    after="role < $3 OR (role = $3 AND position > $4)",
    order="role DESC, position",
    outer="other.role DESC, other.position",
)

_NEWEST_MEMBERS = _SOME_MEMBERS.format(
    after="position < $4",
    order="position DESC",
    outer="other.position DESC",
)

_REQUESTS = """
SELECT mine.role AS my_role, asked.member_id, asked.since, asked.position
  FROM known_group
  LEFT JOIN membership mine ON mine.group_id = known_group.group_id AND mine.member_id = $2
  LEFT JOIN LATERAL (
       SELECT member_id, since, position FROM membership
        WHERE membership.group_id = known_group.group_id AND role IS NULL AND mine.role = 'steward'
          AND ($3::bigint IS NULL OR position > $3)
        ORDER BY position
        LIMIT $4) AS asked ON true
 WHERE known_group.group_id = $1
 ORDER BY asked.position
"""

_ROLE = """
SELECT known_group.group_id, role
  FROM known_group LEFT JOIN membership ON membership.group_id = known_group.group_id AND member_id = $2
 WHERE known_group.group_id = $1
"""

_ROLES = "SELECT group_id, role FROM membership WHERE member_id = $1 AND role IS NOT NULL ORDER BY position LIMIT 5000"

_SHOWN = """
SELECT page.page_id, owner_kind, CASE WHEN owner_kind = 'group' OR $1::uuid IS NOT NULL THEN owner END AS owner,
       name, kind, place, followers_count, opened_at, mine.member_id IS NOT NULL AS am_following"""

_PAGES = f"""{_SHOWN}, page.position
  FROM page
  LEFT JOIN follow mine ON mine.page_id = page.page_id AND mine.member_id = $1
 WHERE ($2::uuid IS NULL OR owner = $2 AND (owner_kind = 'group' OR $1::uuid IS NOT NULL))
   AND (NOT $3 OR mine.member_id IS NOT NULL)
   AND ($4::text IS NULL OR CASE $8::text
        WHEN '' THEN strpos(lower(name), lower($4)) ELSE strpos(search_key, $8) END > 0)
   AND ($5::bigint IS NULL OR page.position < $5)
   AND ($7::uuid[] IS NULL OR page.page_id = ANY ($7))
 ORDER BY page.position DESC
 LIMIT $6
"""

_PAGE = f"""{_SHOWN}, changed_at, words, coalesce(links, '[]') AS links,
       coalesce(CASE owner_kind WHEN 'member' THEN owner = $1 ELSE steward.role = 'steward' END, false) AS may_edit
  FROM page
  LEFT JOIN follow mine ON mine.page_id = page.page_id AND mine.member_id = $1
  LEFT JOIN membership steward ON steward.group_id = owner AND steward.member_id = $1
  LEFT JOIN page_content ON page_content.page_id = page.page_id AND sha256 = content_sha256
 WHERE page.page_id = $2
"""

_MINE = """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'group_id', group_id, 'name', name, 'role', role, 'since', since) ORDER BY membership.position), '[]')
          FROM membership JOIN known_group USING (group_id) WHERE member_id = $1) AS groups,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'page_id', page.page_id, 'name', name, 'kind', kind, 'words', words, 'links', coalesce(links, '[]'),
            'opened_at', opened_at) ORDER BY position), '[]')
          FROM page
          LEFT JOIN page_content ON page_content.page_id = page.page_id AND sha256 = content_sha256
         WHERE owner = $1 AND owner_kind = 'member') AS pages,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'page_id', page_id, 'name', name, 'since', since) ORDER BY follow.position), '[]')
          FROM follow JOIN page USING (page_id) WHERE member_id = $1) AS following
"""


async def group_directory(query: GroupDirectory, db: Connection) -> Groups:
    (before,) = from_cursor(query.cursor, (int,)) or (None,)
    rows = await db.fetch(
        _DIRECTORY, query.asker, query.mine, query.words, before, query.limit + 1, query.among, _key(query)
    )
    return Groups(
        items=tuple(GroupInBrief(**_but_position(row)) for row in rows[: query.limit]), next=_next(rows, query.limit)
    )


async def subgroups(query: SubgroupsOf, db: Connection) -> Groups:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
    """
    (before,) = from_cursor(query.cursor, (int,)) or (None,)
    rows = await db.fetch(_SUBGROUPS, query.group_id, query.asker, before, query.limit + 1)
    if not rows and await db.fetchrow(_KNOWN, query.group_id) is None:
        raise NotFound(f"There is no group {query.group_id}.")
    return Groups(
        items=tuple(GroupInBrief(**_but_position(row)) for row in rows[: query.limit]), next=_next(rows, query.limit)
    )


async def group(query: GroupOf, db: Connection) -> GroupView:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
    """
    if (row := await db.fetchrow(_GROUP, query.group_id, query.asker)) is None:
        raise NotFound(f"There is no group {query.group_id}.")
    return GroupView(**row)


async def members(query: MembersOf, db: Connection) -> Members:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
        ForMembers: The asker is none.
    """
    role, after = from_cursor(query.cursor, (str, int)) or (None, None)
    statement = _NEWEST_MEMBERS if query.newest else _MEMBERS
    rows = await db.fetch(statement, query.group_id, query.asker, role, after, query.limit + 1)
    if not rows:
        raise NotFound(f"There is no group {query.group_id}.")
    if rows[0]["my_role"] is None:
        raise ForMembers("Only members of the group may see who is in it.")
    found = [row for row in rows if row["member_id"]]
    items = tuple(
        Membership(member_id=row["member_id"], role=row["role"], since=row["since"]) for row in found[: query.limit]
    )
    last = found[query.limit - 1] if len(found) > query.limit else None
    return Members(items=items, next=to_cursor(last["role"], last["position"]) if last else None)


async def requests(query: RequestsOf, db: Connection) -> JoinRequests:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
        NotASteward: The asker is none.
    """
    (after,) = from_cursor(query.cursor, (int,)) or (None,)
    rows = await db.fetch(_REQUESTS, query.group_id, query.asker, after, query.limit + 1)
    if not rows:
        raise NotFound(f"There is no group {query.group_id}.")
    if rows[0]["my_role"] != "steward":
        raise NotASteward("Only stewards of the group may see who asks to join it.")
    found = [row for row in rows if row["member_id"]]
    items = tuple(JoinRequest(member_id=row["member_id"], since=row["since"]) for row in found[: query.limit])
    return JoinRequests(items=items, next=_next(found, query.limit))


async def membership(query: MembershipOf, db: Connection) -> RoleIn:
    """
    Raises:
        NotFound: No group bears that id, or its founding is not projected yet.
    """
    if (row := await db.fetchrow(_ROLE, query.group_id, query.member_id)) is None:
        raise NotFound(f"There is no group {query.group_id}.")
    return RoleIn(**row)


async def roles(query: GroupsOf, db: Connection) -> GroupRoles:
    return GroupRoles(items=tuple(RoleIn(**row) for row in await db.fetch(_ROLES, query.member_id)))


async def page(query: PageOf, db: Connection) -> PageView:
    """
    Raises:
        NotFound: No page bears that id, or it was closed.
    """
    if (row := await db.fetchrow(_PAGE, query.asker, query.page_id)) is None:
        raise NotFound(f"There is no page {query.page_id}.")
    return PageView(**row)


async def page_directory(query: PageDirectory, db: Connection) -> Pages:
    (before,) = from_cursor(query.cursor, (int,)) or (None,)
    rows = await db.fetch(
        _PAGES,
        query.asker,
        query.owner,
        query.following,
        query.words,
        before,
        query.limit + 1,
        query.among,
        _key(query),
    )
    return Pages(
        items=tuple(PageInBrief(**_but_position(row)) for row in rows[: query.limit]), next=_next(rows, query.limit)
    )


async def data_of_member(query: GroupsDataOf, db: Connection) -> GroupsData:
    row = await db.fetchrow(_MINE, query.member_id)
    assert row is not None
    return GroupsData(
        groups=tuple(GroupOfMine(**each) for each in row["groups"]),
        pages=tuple(PageOfMine(**each) for each in row["pages"]),
        following=tuple(PageFollowedByMe(**each) for each in row["following"]),
    )


def _key(query: GroupDirectory | PageDirectory) -> str:
    """Return what is looked for; empty where the words are signs alone, which are looked for as they are."""
    return search_key(query.words or "")


def _but_position(row: Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "position"}


def _next(rows: list[Record], limit: int) -> str | None:
    """Return the cursor behind the page's last row, where there is one row more."""
    return to_cursor(rows[limit - 1]["position"]) if len(rows) > limit else None


QUERIES: QueryHandlers = {
    GroupDirectory: group_directory,
    SubgroupsOf: subgroups,
    GroupOf: group,
    MembersOf: members,
    RequestsOf: requests,
    MembershipOf: membership,
    GroupsOf: roles,
    PageOf: page,
    PageDirectory: page_directory,
    GroupsDataOf: data_of_member,
}
