"""Changing one's password, and being gone."""

from typing import Any
from uuid import UUID

from libs.contracts.identity import ChangePassword, EraseMember
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from services.identity.commands.means import Means, caller
from services.identity.commands.sessions import end
from services.identity.domain.member import Member, MemberIsErased
from services.identity.domain.password import WrongPassword, check_is_strong

_PERSON = "SELECT handle, password_hash FROM person WHERE member_id = $1"
_TAKE_PASSWORD = "UPDATE person SET password_hash = $3 WHERE member_id = $1 AND password_hash = $2 RETURNING member_id"  # noqa: S105
_OTHER_SESSIONS = "SELECT session_id FROM session WHERE member_id = $1 AND session_id <> $2"
_FORGET = "DELETE FROM person WHERE member_id = $1"


async def change_password(command: ChangePassword, aggregates: Aggregates, means: Means) -> Recorded:
    """
    Take the new password and end the caller's other sessions; the same change sent again is done already.

    Raises:
        PasswordIsWeak: The new one is.
        WrongPassword: The current one is not the caller's.
    """
    member = await aggregates.get(Member, caller(aggregates))
    person = await _person(member.id, means)
    check_is_strong(command.new, handle=person["handle"])
    if not await means.is_right(command.current, person["password_hash"]):
        if await means.is_right(command.new, person["password_hash"]):
            return await aggregates.save(member)
        raise _wrong()
    kept = await means.hash(command.new)
    async with means.vault.open() as db:
        if await db.fetchval(_TAKE_PASSWORD, member.id, person["password_hash"], kept) is None:
            raise _wrong()  # it was changed at this moment
        others = [row[0] for row in await db.fetch(_OTHER_SESSIONS, member.id, command.session_id)]
        return await end(db, member, others, aggregates)


async def erase_member(command: EraseMember, aggregates: Aggregates, means: Means) -> Recorded:
    """
    Erase the caller. The log says so first: should the process die then, a reaction empties the vault.

    Raises:
        WrongPassword: It is not the caller's.
    """
    member = await aggregates.get(Member, caller(aggregates))
    if member.is_erased:
        return await aggregates.save(member)
    person = await _person(member.id, means)
    if not await means.is_right(command.password, person["password_hash"]):
        raise _wrong()
    async with means.vault.open() as db:
        await db.execute(_FORGET, member.id)
        member.erase()
        return await aggregates.save(member)


async def _person(member_id: UUID, means: Means) -> Any:
    async with means.vault.open() as db:
        person = await db.fetchrow(_PERSON, member_id)
    if person is None:
        raise MemberIsErased("This member was erased.")
    return person


def _wrong() -> WrongPassword:
    return WrongPassword("This is not your current password.")
