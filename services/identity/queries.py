"""What identity answers: one statement for each question."""

from uuid import UUID

from libs.contracts.identity import (
    Account,
    AccountOf,
    Approval,
    CurrentManifesto,
    IdentityData,
    IdentityDataOf,
    Manifesto,
    ManifestoOf,
    MemberCalled,
    Profile,
    ProfileOf,
    Profiles,
    ProfilesOf,
    Session,
    Sessions,
    SessionsOf,
    Standing,
    StandingOf,
    TokenKey,
    TokenKeys,
    TokenKeySet,
)
from libs.errors import NotFound, NotYet
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from services.identity.domain.handle import skeleton

_TOKEN_KEYS = "SELECT kid, x FROM token_key ORDER BY used_at DESC LIMIT 1"  # noqa: S105 - public keys


async def token_keys(_: TokenKeys, db: Connection) -> TokenKeySet:
    """Return the key that tokens are signed with now; what another key signed is no longer good."""
    return TokenKeySet(keys=tuple(TokenKey(**row) for row in await db.fetch(_TOKEN_KEYS)))


_CURRENT_MANIFESTO = "SELECT version, sha256, text, published_at FROM manifesto ORDER BY version DESC LIMIT 1"


async def current_manifesto(_: CurrentManifesto, db: Connection) -> Manifesto:
    """
    Raises:
        NotYet: The node has just been set up, or its read models are being rebuilt.
    """
    if (row := await db.fetchrow(_CURRENT_MANIFESTO)) is None:
        raise NotYet("This node has no manifesto yet; it is starting.")
    return Manifesto(**row)


_MANIFESTO = "SELECT version, sha256, text, published_at FROM manifesto WHERE sha256 = $1 ORDER BY version DESC LIMIT 1"


async def manifesto(query: ManifestoOf, db: Connection) -> Manifesto:
    """
    Raises:
        NotFound: No version has that hash.
    """
    if (row := await db.fetchrow(_MANIFESTO, query.sha256)) is None:
        raise NotFound(f"There is no manifesto {query.sha256}.")
    return Manifesto(**row)


_STANDING = "SELECT approved_sha256, is_former FROM member WHERE member_id = $1"


async def standing(query: StandingOf, db: Connection) -> Standing:
    """Nobody's id has approved nothing."""
    row = await db.fetchrow(_STANDING, query.member_id)
    return Standing(**row) if row else Standing(approved_sha256=None, is_former=False)


_PROFILES = (
    "SELECT member_id AS id, CASE WHEN is_former THEN NULL ELSE handle END AS handle, is_former"
    " FROM member LEFT JOIN person USING (member_id) WHERE member_id = ANY($1)"
)


async def profile(query: ProfileOf, db: Connection) -> Profile:
    """
    Raises:
        NotFound: Nobody here ever had that id.
    """
    if (row := await db.fetchrow(_PROFILES, [query.member_id])) is None:
        raise NotFound(f"There is no member {query.member_id}.")
    return Profile(**row)


_CALLED = (
    "SELECT member_id AS id, handle, is_former FROM member JOIN person USING (member_id)"
    " WHERE skeleton = $1 AND NOT is_former"
)


async def member_called(query: MemberCalled, db: Connection) -> Profile:
    """
    Find as logging in does: by what the handle looks like, for only one member may look so.

    Raises:
        NotFound: Nobody is called so.
    """
    if (row := await db.fetchrow(_CALLED, skeleton(query.handle))) is None:
        raise NotFound("Nobody here is called so.")
    return Profile(**row)


async def profiles(query: ProfilesOf, db: Connection) -> Profiles:
    """Ids that are nobody's are left out."""
    return Profiles(profiles=tuple(Profile(**row) for row in await db.fetch(_PROFILES, list(query.member_ids))))


_SESSIONS = (
    "SELECT session_id AS id, label, created_at, used_at, session_id = $2 AS is_current"
    " FROM session WHERE member_id = $1 ORDER BY used_at DESC, session_id"
)


async def sessions(query: SessionsOf, db: Connection) -> Sessions:
    """Return the asker's own sessions, the one used last first."""
    return Sessions(sessions=await _sessions_of(query.asker, query.current, db))


_ACCOUNT = (
    "SELECT member_id AS id, handle, signed_up_at, approved_sha256,"
    " approved_sha256 <> (SELECT sha256 FROM manifesto ORDER BY version DESC LIMIT 1) AS must_approve"
    " FROM member JOIN person USING (member_id) WHERE member_id = $1 AND NOT is_former"
)


async def account(query: AccountOf, db: Connection) -> Account:
    """
    Raises:
        NotYet: The asker signed up a moment ago and the read models have not heard of it.
    """
    if (row := await db.fetchrow(_ACCOUNT, query.asker)) is None:
        raise NotYet("Your account is not known here yet; please try again in a moment.")
    return Account(**row)


_ENTRIES = "SELECT entry FROM entry WHERE member_id = $1 ORDER BY position"
_APPROVALS = (
    "SELECT coalesce(entry::json #>> '{data,sha256}', entry::json #>> '{data,manifesto_sha256}') AS sha256,"
    " decided_at AS approved_at FROM entry"
    " WHERE member_id = $1 AND name IN ('MemberSignedUp', 'ManifestoApproved') ORDER BY position"
)


async def identity_data(query: IdentityDataOf, db: Connection) -> IdentityData:
    """
    Raises:
        NotYet: As for the account.
    """
    return IdentityData(
        account=await account(AccountOf(asker=query.asker), db),
        sessions=await _sessions_of(query.asker, query.current, db),
        approvals=tuple(Approval(**row) for row in await db.fetch(_APPROVALS, query.asker)),
        entries=tuple(row["entry"] for row in await db.fetch(_ENTRIES, query.asker)),
    )


async def _sessions_of(asker: UUID, current: UUID, db: Connection) -> tuple[Session, ...]:
    return tuple(Session(**row) for row in await db.fetch(_SESSIONS, asker, current))


QUERIES: QueryHandlers = {
    TokenKeys: token_keys,
    CurrentManifesto: current_manifesto,
    ManifestoOf: manifesto,
    StandingOf: standing,
    ProfileOf: profile,
    MemberCalled: member_called,
    ProfilesOf: profiles,
    SessionsOf: sessions,
    AccountOf: account,
    IdentityDataOf: identity_data,
}
