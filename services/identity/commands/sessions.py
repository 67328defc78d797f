"""
Logging in, going on, and logging out.

A session's row is in the vault; that it ended is in the log, which decides: a row that outlived its end (the process
died between the two) gives no more tokens. The log is written while the row is locked, so a session is not renewed
and ended at once.
"""

from datetime import datetime
from uuid import UUID, uuid4

from libs.contracts.identity import SESSIONS_MAX, EndSessions, LogIn, RefreshSession, SessionTokens
from libs.errors import NotFound, NotSignedIn
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.database import Connection
from services.identity.commands.means import Means, caller
from services.identity.commands.sign_up import confirm
from services.identity.domain import handle as handles
from services.identity.domain.member import Member
from services.identity.domain.session import (
    ACCESS_LIFETIME,
    IDLE_MAX,
    Kept,
    Presented,
    RefreshToken,
    RefreshTokenNotValid,
    RefreshTokenUsedTwice,
    Signer,
)

_PERSON = "SELECT member_id, handle, password_hash FROM person WHERE skeleton = $1"
_LOCK_PERSON = "SELECT member_id FROM person WHERE member_id = $1 FOR UPDATE"
_LOCK_IF_PASSWORD = "SELECT member_id FROM person WHERE member_id = $1 AND password_hash = $2 FOR UPDATE"  # noqa: S105
_REHASH = "UPDATE person SET password_hash = $3 WHERE member_id = $1 AND password_hash = $2"
_TOO_MANY = "SELECT session_id FROM session WHERE member_id = $1 ORDER BY used_at DESC OFFSET $2"
_BEGIN = (
    "INSERT INTO session"
    " (session_id, member_id, label, family_sha256, token_sha256, rotated_at, created_at, used_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $6, $6)"
)
_LOCK_SESSION = (
    "SELECT member_id, family_sha256, token_sha256, previous_sha256, rotated_at, used_at"
    " FROM session WHERE session_id = $1 FOR UPDATE"
)
_ROTATE = (
    "UPDATE session SET token_sha256 = $2, previous_sha256 = $3, rotated_at = $4, used_at = $4 WHERE session_id = $1"
)
_REPLACE = "UPDATE session SET token_sha256 = $2, used_at = $3 WHERE session_id = $1"
_SESSIONS = "SELECT session_id FROM session WHERE member_id = $1"
_FORGET = "DELETE FROM session WHERE session_id = ANY($1)"


class WrongHandleOrPassword(NotSignedIn):
    """There is no such member, or this is not their password; which of the two is not said."""


async def log_in(command: LogIn, aggregates: Aggregates, means: Means) -> SessionTokens:
    """
    Begin a session. A member has `SESSIONS_MAX` at most: the one not used for longest ends.

    Raises:
        WrongHandleOrPassword: After the same time whichever of the two is wrong.
    """
    async with means.vault.open() as db:
        person = await db.fetchrow(_PERSON, handles.skeleton(command.handle))
    if person and handles.fold(person["handle"]) != handles.fold(command.handle):
        person = None  # it only looks like that handle
    kept = person["password_hash"] if person else None
    if not await means.is_right(command.password, kept) or person is None:
        raise _wrong()
    member = await aggregates.find(Member, person["member_id"])
    if member is None or member.is_erased:
        raise _wrong()
    if means.passwords.is_outdated(person["password_hash"]):
        kept = await means.hash(command.password)
        async with means.vault.open() as db:
            await db.execute(_REHASH, member.id, person["password_hash"], kept)

    token = RefreshToken.first(uuid4())
    async with means.vault.open() as db:
        if await db.fetchval(_LOCK_IF_PASSWORD, member.id, kept) is None:
            raise _wrong()  # it was changed at this moment
        await confirm(db, member, now=aggregates.now)
        await end(db, member, [row[0] for row in await db.fetch(_TOO_MANY, member.id, SESSIONS_MAX - 1)], aggregates)
        secrets = (token.family_sha256, token.sha256)
        await db.execute(_BEGIN, token.session_id, member.id, command.label, *secrets, aggregates.now)
    return _tokens(member, token, means.signer, now=aggregates.now)


async def refresh_session(command: RefreshSession, aggregates: Aggregates, means: Means) -> SessionTokens:
    """
    Give new tokens for the newest refresh token of a session.

    Raises:
        RefreshTokenNotValid: It is of no session that goes on.
        RefreshTokenUsedTwice: It was used before; the session is over now.
    """
    token = RefreshToken.read(command.refresh_token)
    now = aggregates.now
    async with means.vault.open() as db:
        row = await db.fetchrow(_LOCK_SESSION, token.session_id)
        if row is None or now - row["used_at"] > IDLE_MAX:
            raise _not_valid()
        member = await aggregates.get(Member, row["member_id"])
        if member.is_erased or token.session_id in member.ended_sessions:
            raise _not_valid()
        kept = Kept(row["family_sha256"], row["token_sha256"], row["previous_sha256"], row["rotated_at"])
        match kept.judge(token, now=now):
            case Presented.FOREIGN:
                raise _not_valid()
            case Presented.STOLEN:
                renewed = None
                await end(db, member, [token.session_id], aggregates)
            case Presented.REPEATED:
                renewed = token.next()
                await db.execute(_REPLACE, token.session_id, renewed.sha256, now)
            case Presented.NEWEST:
                renewed = token.next()
                await db.execute(_ROTATE, token.session_id, renewed.sha256, token.sha256, now)
    if renewed is None:
        raise RefreshTokenUsedTwice("This refresh token was used before; the session is over. Sign in again.")
    return _tokens(member, renewed, means.signer, now=now)


async def end_sessions(command: EndSessions, aggregates: Aggregates, means: Means) -> Recorded:
    """
    End sessions of the caller: those named, or all. One that is over already stays so.

    Raises:
        NotFound: One of them is not the caller's.
    """
    member = await aggregates.get(Member, caller(aggregates))
    async with means.vault.open() as db:
        await db.fetchval(_LOCK_PERSON, member.id)
        here = {row[0] for row in await db.fetch(_SESSIONS, member.id)}
        asked = here if command.session_ids is None else set(command.session_ids)
        if unknown := asked - here - member.ended_sessions:
            raise NotFound(f"You have no session {min(unknown)}.")
        return await end(db, member, sorted(asked), aggregates)


async def end(db: Connection, member: Member, session_ids: list[UUID], aggregates: Aggregates) -> Recorded:
    """End the sessions: in the log, and in the vault when *db* commits."""
    member.end_sessions(session_ids)
    recorded = await aggregates.save(member)
    await db.execute(_FORGET, session_ids)
    return recorded


def _tokens(member: Member, token: RefreshToken, signer: Signer, *, now: datetime) -> SessionTokens:
    return SessionTokens(
        access_token=signer.sign(
            member_id=member.id, session_id=token.session_id, approved_sha256=member.approved_sha256, now=now
        ),
        refresh_token=str(token),
        expires_in_s=int(ACCESS_LIFETIME.total_seconds()),
        member_id=member.id,
        session_id=token.session_id,
    )


def _wrong() -> WrongHandleOrPassword:
    return WrongHandleOrPassword("There is no member with that handle and password.")


def _not_valid() -> RefreshTokenNotValid:
    return RefreshTokenNotValid("This refresh token is of no session that goes on; sign in again.")
