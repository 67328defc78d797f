"""All that a result's page shows, asked of the services in three rounds at most."""

import asyncio
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.web.near import zone_of
from gateway.web.page import Page
from gateway.web.people import Names, names_of, unless
from libs.contracts.governance import (
    BallotsIn,
    Customs,
    CustomsOf,
    FollowUp,
    FollowUpOf,
    NamedBallot,
    Objections,
    ObjectionsTo,
    OwnBallot,
    OwnBallotIn,
    OwnDelegation,
    OwnDelegationIn,
    PollDetails,
    PollOf,
    Result,
    ResultOf,
    Tally,
    TallyOf,
)
from libs.contracts.groups import GroupOf, GroupView

ROUNDS_PAGES_MAX = 10
"""So many pages of rounds are asked for; a count with more is told by its first ones."""

BLOCKS_MAX = 200
"""So many ballots are looked through for the reasons of blocks."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a poll and its result, by whoever asks."""

    poll: PollDetails
    group: GroupView | None
    tally: Tally
    result: Result | None
    own: OwnBallot | None
    delegation: OwnDelegation | None
    follow_up: FollowUp | None
    objections: Objections | None
    customs: Customs | None
    blocks: tuple[NamedBallot, ...]
    names: Names
    zone: ZoneInfo

    @property
    def is_member(self) -> bool:
        """Whether who asks is in the poll's group."""
        return self.group is not None and self.group.my_role is not None

    @property
    def is_steward(self) -> bool:
        """Whether who asks is a steward of the poll's group."""
        return self.group is not None and self.group.my_role == "steward"


async def facts_of(page: Page, poll_id: UUID) -> Facts:
    """
    Return what there is to show.

    Raises:
        Refused: There is no such poll, or none that the asker may know of.
    """
    asker = page.actor.id if page.actor else None
    poll = await page.ask(PollOf(poll_id=poll_id, asker=asker))
    group, tally, result, own, delegation = await asyncio.gather(
        unless(page.ask(GroupOf(group_id=poll.group_id, asker=asker)), "NotFound"),
        page.ask(TallyOf(poll_id=poll_id, asker=asker)),
        _result(page, poll, asker),
        _own_ballot(page, poll_id, asker),
        _own_delegation(page, poll, asker),
    )
    follow_up, objections, customs = None, None, None
    blocks: tuple[NamedBallot, ...] = ()
    if result:
        follow_up, objections, customs, blocks = await asyncio.gather(
            page.ask(FollowUpOf(poll_id=poll_id, asker=asker, cursor=page.request.query_params.get("taches"))),
            page.ask(ObjectionsTo(poll_id=poll_id, asker=asker, cursor=page.request.query_params.get("objections"))),
            page.ask(CustomsOf(group_id=poll.group_id)),
            _blocks(page, result, group),
        )
    wanted = [
        *(task.member_id for task in (follow_up.tasks if follow_up else ())),
        *(objection.member_id for objection in (objections.items if objections else ())),
        *(ballot.member_id for ballot in blocks),
        poll.opened_by,
        delegation.ends_with.member_id if delegation and delegation.ends_with else None,
        *((each.member_id for each in delegation.carries) if delegation else ()),
    ]
    return Facts(
        poll=poll,
        group=group,
        tally=tally,
        result=result,
        own=own,
        delegation=delegation,
        follow_up=follow_up,
        objections=objections,
        customs=customs,
        blocks=blocks,
        names=await names_of(page, wanted),
        zone=await zone_of(page, group.place if group else None),
    )


async def _result(page: Page, poll: PollDetails, asker: UUID | None) -> Result | None:
    """Return the result with all its rounds, if it is declared."""
    if not poll.is_result_declared:
        return None
    first = await unless(page.ask(ResultOf(poll_id=poll.poll_id, asker=asker)), "ResultIsNotYet", "PollIsCancelled")
    result = first
    for _ in range(ROUNDS_PAGES_MAX - 1):
        if result is None or result.next is None:
            break
        more = await page.ask(ResultOf(poll_id=poll.poll_id, asker=asker, cursor=result.next))
        result = result.model_copy(update={"rounds": result.rounds + more.rounds, "next": more.next})
    return result


async def _own_ballot(page: Page, poll_id: UUID, asker: UUID | None) -> OwnBallot | None:
    if asker is None:
        return None
    return await unless(page.ask(OwnBallotIn(poll_id=poll_id, asker=asker)), "NoBallotYet")


async def _own_delegation(page: Page, poll: PollDetails, asker: UUID | None) -> OwnDelegation | None:
    if asker is None or not poll.terms.takes_delegations or poll.cancelled_because is not None:
        return None
    return await unless(page.ask(OwnDelegationIn(poll_id=poll.poll_id, asker=asker)), "NotOnTheRoll", "NotAMember")


async def _blocks(page: Page, result: Result, group: GroupView | None) -> tuple[NamedBallot, ...]:
    """Return the ballots that block and say why, for members."""
    is_blocked = result.method == "consent" and any(
        option == "block" and count for option, count in zip(result.options, result.rounds[0].counts, strict=True)
    )
    if page.actor is None or not is_blocked or group is None or group.my_role is None:
        return ()
    ballots = await page.ask(BallotsIn(poll_id=result.poll_id, asker=page.actor.id, limit=BLOCKS_MAX))
    return tuple(ballot for ballot in ballots.items if ballot.reason)
