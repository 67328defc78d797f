"""
Signing up, which spans the vault and the log without half a state between them.

The handle is *reserved* in the vault, then the log is told, then the reservation is *confirmed*. The log decides: a
reservation whose member the log knows is a member's, whatever happened to the process in between; another falls to
whoever asks next. Of two that hold the same handle in turn, the *attempt* named in the row when the log has its entry
is the one that wins.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from libs.contracts.identity import Resolved, ResolveSignUp, SignUp
from libs.errors import Conflict, NotAllowed
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.database import Connection
from services.identity.commands.manifesto import ITSELF, current_manifesto
from services.identity.commands.means import Means
from services.identity.domain import handle as handles
from services.identity.domain.handle import Handle
from services.identity.domain.member import Member
from services.identity.domain.password import check_is_strong

RESERVED_FOR = timedelta(seconds=10)
"""A reservation older than this, of which the log knows nothing, was left behind by a process that died."""

_RESERVE = (
    "INSERT INTO person (member_id, handle, skeleton, password_hash, command_id, attempt, reserved_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (skeleton) DO NOTHING RETURNING *"
)
_HELD = "SELECT * FROM person WHERE skeleton = $1"
_TAKE_OVER = (
    "UPDATE person SET handle = $3, password_hash = $4, command_id = $5, attempt = $6, reserved_at = $7"
    " WHERE member_id = $1 AND attempt = $2 AND confirmed_at IS NULL RETURNING *"
)
_CONFIRM = "UPDATE person SET confirmed_at = $3 WHERE member_id = $1 AND attempt = $2 RETURNING member_id"
_CONFIRM_ANY = "UPDATE person SET confirmed_at = $2 WHERE member_id = $1 AND confirmed_at IS NULL"
_GIVE_BACK = "DELETE FROM person WHERE member_id = $1 AND confirmed_at IS NULL AND reserved_at < $2"


class HandleIsTaken(Conflict):
    """Another member has this handle, or one that looks like it."""


async def sign_up(command: SignUp, aggregates: Aggregates, means: Means) -> Recorded:
    """
    Make a member of whoever asks. The same request sent again (same Idempotency-Key) is answered again.

    Raises:
        HandleNotAllowed, PasswordIsWeak: As the names say.
        ManifestoNotCurrent: Another manifesto stands.
        HandleIsTaken: Another member has the handle, or one that looks like it.
    """
    handle = handles.read(command.handle)
    check_is_strong(command.password, handle=handle.shown)
    manifesto = await current_manifesto(aggregates)
    manifesto.check_is_current(command.manifesto_sha256)
    await _check_is_not_anothers(handle, aggregates, means)  # before a hash is spent on it
    kept = await means.hash(command.password)

    held = await _reserve(command, handle, kept, aggregates, means)
    member = await aggregates.find(Member, held["member_id"])
    if member is None:
        member = Member(id=held["member_id"], manifesto_sha256=manifesto.sha256)
    elif held["attempt"] != command.salt and not await _is_the_same(command, held, aggregates, means):
        raise _taken(handle)
    recorded = await aggregates.save(member)
    async with means.vault.open() as db:
        if await db.fetchval(_CONFIRM, member.id, held["attempt"], aggregates.now) is None:
            raise _taken(handle)
    return recorded


async def resolve_sign_up(command: ResolveSignUp, aggregates: Aggregates, means: Means) -> Resolved:
    """Bring an old reservation to its end: the log knows the member, or the handle is free again."""
    if aggregates.actor != ITSELF:
        raise NotAllowed("Only identity itself does this.")
    member = await aggregates.find(Member, command.member_id)
    async with means.vault.open() as db:
        if member is None:
            await db.execute(_GIVE_BACK, command.member_id, aggregates.now - RESERVED_FOR)
        else:
            await confirm(db, member, now=aggregates.now)
    return Resolved(is_member=member is not None)


async def confirm(db: Connection, member: Member, *, now: datetime) -> None:
    """Note in the vault that the log knows *member*."""
    await db.execute(_CONFIRM_ANY, member.id, now)


async def _check_is_not_anothers(handle: Handle, aggregates: Aggregates, means: Means) -> None:
    async with means.vault.open() as db:
        held = await db.fetchrow(_HELD, handle.skeleton)
    if held and held["confirmed_at"] and held["command_id"] != aggregates.command_id:
        raise _taken(handle)


async def _reserve(command: SignUp, handle: Handle, kept: str, aggregates: Aggregates, means: Means) -> Any:
    """
    Return the row that holds the handle: this attempt's, or a member's.

    Raises:
        HandleIsTaken: Somebody else is signing up with it at this moment.
    """
    mine = (kept, aggregates.command_id, command.salt, aggregates.now)
    async with means.vault.open() as db:
        row = await db.fetchrow(_RESERVE, uuid4(), handle.shown, handle.skeleton, *mine)
        held = row or await db.fetchrow(_HELD, handle.skeleton)
    if held is None:
        raise _taken(handle)
    if held["attempt"] == command.salt or await aggregates.find(Member, held["member_id"]):
        return held
    is_retry = held["command_id"] == aggregates.command_id
    if not is_retry and aggregates.now - held["reserved_at"] < RESERVED_FOR:
        raise _taken(handle)
    async with means.vault.open() as db:
        row = await db.fetchrow(_TAKE_OVER, held["member_id"], held["attempt"], handle.shown, *mine)
    if row is None:
        raise _taken(handle)
    return row


async def _is_the_same(command: SignUp, held: Any, aggregates: Aggregates, means: Means) -> bool:
    """Return whether the member who holds the handle is whoever asks: the same request, the same password."""
    if held["command_id"] != aggregates.command_id:
        return False
    return await means.is_right(command.password, held["password_hash"])


def _taken(handle: Handle) -> HandleIsTaken:
    return HandleIsTaken(f"The handle {handle.shown} is taken, or one that looks like it.")
