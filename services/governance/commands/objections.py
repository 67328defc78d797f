"""Objections to results: the same ballots are counted again, or the group votes again."""

from uuid import UUID, uuid5

from libs.contracts.governance import DeclareRecount, RaiseObjection
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import as_voter, check_is_itself, electorate_of, member_of
from services.governance.commands.customs import customs_of
from services.governance.commands.follow_up import decided
from services.governance.commands.members import known
from services.governance.commands.office import Office
from services.governance.commands.opening import poll_with_roll
from services.governance.domain import result as counted
from services.governance.domain.objection import Objection, ReviewWasHeld, check_in_time
from services.governance.domain.poll import Poll
from services.governance.domain.roll import RollPart


async def raise_objection(command: RaiseObjection, aggregates: Aggregates, office: Office) -> Recorded:
    """The new vote and the objection that asked for it are kept together or not at all."""
    poll, voter = await as_voter(command.poll_id, aggregates, office)
    objection = await aggregates.find(Objection, Objection.create_id(poll.id, voter, command.remedy))
    if objection:
        objection.check_is_same(command.reason)
        return await aggregates.save(objection)
    _, result = await decided(poll.id, aggregates)
    customs = await customs_of(poll.group_id, aggregates)
    check_in_time(result.declared_at, days=customs.objection_days_at(result.declared_at), now=aggregates.now)
    await known(poll.group_id, member_of(aggregates), office)
    objection = Objection(poll_id=poll.id, objector=voter, reason=command.reason, remedy=command.remedy)
    objection.key_id = poll.key_id
    review = await _review(poll, aggregates, office) if command.remedy == "review" else []
    if review:
        objection.open_review(review[-1].id)
    return await aggregates.save(*review, objection, group_id=poll.group_id, actor=str(voter))


async def _review(poll: Poll, aggregates: Aggregates, office: Office) -> list[RollPart | Poll]:
    """
    Return another poll on the same question, on the same terms and for as long, with its roll.

    Raises:
        ReviewWasHeld: The group votes on it again already, or this poll was itself that vote.
    """
    if poll.terms.reviews:
        raise ReviewWasHeld("The group has voted on this again already; that vote stands.")
    return await poll_with_roll(
        aggregates,
        office,
        poll_id=await _next_review(poll, aggregates),
        group_id=poll.group_id,
        question=poll.question,
        explanation=poll.explanation,
        method=poll.method,
        options=poll.options,
        closes_at=aggregates.now + (poll.closes_at - poll.created_on),
        may_close_early=poll.may_close_early,
        allows_paper=poll.allows_paper,
        terms=poll.terms.model_copy(update={"reviews": poll.id, "replaces": None, "remind_at": None}),
        listed=await _still_on_the_list(poll, aggregates, office),
    )


async def _next_review(poll: Poll, aggregates: Aggregates) -> UUID:
    """Return the id of the vote that reviews *poll*: there is one, or one more for each that was cancelled."""
    number = 0
    while earlier := await aggregates.find(Poll, review_id := uuid5(poll.id, f"review {number}")):
        if not earlier.is_cancelled:
            raise ReviewWasHeld("The group votes on this again already; look there.")
        number += 1
    return review_id


async def _still_on_the_list(poll: Poll, aggregates: Aggregates, office: Office) -> list[UUID]:
    """Return, of a roll by list, the electors who were on it and are still in the group."""
    if poll.terms.eligibility.kind != "list":
        return []
    parts = [await aggregates.get(RollPart, RollPart.create_id(poll.id, part)) for part in range(poll.parts_count)]
    voters = frozenset[UUID]().union(*(part.voters for part in parts))
    electorate = await electorate_of(aggregates, poll.group_id)
    return [elector for elector in electorate.roles if office.pseudonyms.voter(poll.id, elector) in voters]


async def declare_recount(command: DeclareRecount, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    objection = await aggregates.get(Objection, command.objection_id)
    poll, result = await decided(objection.poll_id, aggregates)
    outcome_sha256 = counted.outcome_sha256(command.outcome)
    agrees = (outcome_sha256, command.ballots_sha256) == (result.outcome_sha256, result.ballots_sha256)
    objection.recount(outcome_sha256=outcome_sha256, ballots_sha256=command.ballots_sha256, agrees=agrees)
    return await aggregates.save(objection, group_id=poll.group_id, key_id=poll.key_id)


HANDLERS: CommandHandlers = {
    RaiseObjection: raise_objection,
    DeclareRecount: declare_recount,
}
