"""What may be asked of events: one function for each command. Each loads, decides and saves."""

from secrets import token_bytes
from uuid import UUID

from libs.contracts.events import (
    AnswerGathering,
    CancelGathering,
    ChangeGathering,
    EraseWords,
    LearnStanding,
    ReleaseAnswer,
    Role,
    ScheduleGathering,
    WithdrawAnswer,
    WordsErased,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.database import Connection
from libs.service.desk import CommandHandlers
from libs.service.turns import Turns
from libs.service.vault import Vault
from services.events.domain.clock import hours
from services.events.domain.gathering import Gathering, Plan, digest_of
from services.events.domain.standing import NotAMember, Standing


async def schedule_gathering(
    command: ScheduleGathering, aggregates: Aggregates, vault: Vault, _turns: Turns
) -> Recorded:
    """Any member of the group may call a gathering."""
    organiser, _ = await _member(aggregates, command.group_id)
    gathering_id = aggregates.new_id()
    # The vault's transaction ends after the append, so a refused text is not kept.
    async with vault.open() as words:
        digest = await _keep_words(words, aggregates, gathering_id, command.description, before=None)
        gathering = Gathering.schedule(
            gathering_id, command.group_id, _plan(command, digest, aggregates), organiser=organiser, now=aggregates.now
        )
        return await aggregates.save(gathering)


async def change_gathering(command: ChangeGathering, aggregates: Aggregates, vault: Vault, turns: Turns) -> Recorded:
    """The organiser and the stewards may, while they are members."""
    async with turns.at(command.gathering_id), vault.open() as words:
        gathering = await aggregates.get(Gathering, command.gathering_id)
        by, role = await _member(aggregates, gathering.group_id)
        before = gathering.plan.description_sha256
        digest = await _keep_words(words, aggregates, gathering.id, command.description, before=before)
        gathering.change(_plan(command, digest, aggregates), by=by, role=role, now=aggregates.now)
        return await aggregates.save(gathering)


async def cancel_gathering(command: CancelGathering, aggregates: Aggregates, _vault: Vault, turns: Turns) -> Recorded:
    """The organiser and the stewards may, while they are members."""
    async with turns.at(command.gathering_id):
        gathering = await aggregates.get(Gathering, command.gathering_id)
        by, role = await _member(aggregates, gathering.group_id)
        gathering.cancel(command.reason, by=by, role=role, now=aggregates.now)
        return await aggregates.save(gathering)


async def answer_gathering(command: AnswerGathering, aggregates: Aggregates, _vault: Vault, turns: Turns) -> Recorded:
    """Any member of the group may answer."""
    async with turns.at(command.gathering_id):
        gathering = await aggregates.get(Gathering, command.gathering_id)
        member_id, _ = await _member(aggregates, gathering.group_id)
        gathering.answer(member_id, command.answer, now=aggregates.now)
        return await aggregates.save(gathering)


async def withdraw_answer(command: WithdrawAnswer, aggregates: Aggregates, _vault: Vault, turns: Turns) -> Recorded:
    """Whoever gave an answer may take it back, a member still or not."""
    async with turns.at(command.gathering_id):
        gathering = await aggregates.get(Gathering, command.gathering_id)
        gathering.withdraw(UUID(aggregates.actor), now=aggregates.now)
        return await aggregates.save(gathering)


async def release_answer(command: ReleaseAnswer, aggregates: Aggregates, _vault: Vault, turns: Turns) -> Recorded:
    """Who is gone gives their place free; who is a member again meanwhile keeps it."""
    async with turns.at(command.gathering_id):
        gathering = await aggregates.get(Gathering, command.gathering_id)
        role = await _role(aggregates, gathering.group_id, command.member_id)
        if role is None or command.is_erased:
            gathering.release(command.member_id, now=aggregates.now)
        return await aggregates.save(gathering)


async def learn_standing(command: LearnStanding, aggregates: Aggregates, _vault: Vault, _turns: Turns) -> Recorded:
    """What groups' log says of a member becomes a fact here."""
    standing = await aggregates.find(Standing, Standing.create_id(command.group_id, command.member_id))
    if standing is None:
        standing = Standing(command.group_id, command.member_id, command.role, command.source_position)
    else:
        standing.learn(command.role, source_position=command.source_position)
    return await aggregates.save(standing)


async def erase_words(command: EraseWords, _aggregates: Aggregates, vault: Vault, _turns: Turns) -> WordsErased:
    """The vault is emptied of what a member wrote; the log says nothing of it and needs no entry."""
    async with vault.open() as words:
        erased = await words.fetch("DELETE FROM description WHERE author = $1 RETURNING 1", command.member_id)
    return WordsErased(descriptions_count=len(erased))


async def _member(aggregates: Aggregates, group_id: UUID) -> tuple[UUID, Role]:
    """
    Return who asks, and what they are in the group.

    Raises:
        NotAMember: They are not in it.
    """
    member_id = UUID(aggregates.actor)
    if (role := await _role(aggregates, group_id, member_id)) is None:
        raise NotAMember("Only members of the group may do this.")
    return member_id, role


async def _role(aggregates: Aggregates, group_id: UUID, member_id: UUID) -> Role | None:
    standing = await aggregates.find(Standing, Standing.create_id(group_id, member_id))
    return standing.role if standing else None


def _plan(command: ScheduleGathering | ChangeGathering, digest: str | None, aggregates: Aggregates) -> Plan:
    starts_at, ends_at = hours(command.starts_at, command.ends_at, command.time_zone, now=aggregates.now)
    return Plan(command.name, starts_at, ends_at, command.time_zone, command.place, command.capacity, digest)


async def _keep_words(
    vault: Connection, aggregates: Aggregates, gathering_id: UUID, words: str | None, *, before: str | None
) -> str | None:
    """Have the vault hold *words* and no longer those behind the digest *before*; return the digest of *words*."""
    if words is not None and before is not None:
        salt = await vault.fetchval(
            "SELECT salt FROM description WHERE gathering_id = $1 AND sha256 = $2", gathering_id, before
        )
        if salt is not None and digest_of(words, salt) == before:
            return before
    await vault.execute("DELETE FROM description WHERE gathering_id = $1 AND sha256 = $2", gathering_id, before)
    if words is None:
        return None
    salt = token_bytes(16)
    kept = await vault.fetchrow(
        # Of the same command sent twice, the first has made the digest that stands in the log.
        "INSERT INTO description (gathering_id, command_id, sha256, salt, words, author)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (gathering_id, command_id) DO UPDATE SET author = excluded.author RETURNING sha256",
        gathering_id,
        aggregates.command_id,
        digest_of(words, salt),
        salt,
        words,
        UUID(aggregates.actor),
    )
    assert kept is not None
    digest: str = kept["sha256"]
    return digest


HANDLERS: CommandHandlers = {
    ScheduleGathering: schedule_gathering,
    ChangeGathering: change_gathering,
    CancelGathering: cancel_gathering,
    AnswerGathering: answer_gathering,
    WithdrawAnswer: withdraw_answer,
    ReleaseAnswer: release_answer,
    LearnStanding: learn_standing,
    EraseWords: erase_words,
}
