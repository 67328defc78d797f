"""What a member who comes to vote finds: the poll, the group, how many came, their own ballot, who votes for them."""

import asyncio
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.web.ballots import Said
from gateway.web.near import zone_of
from gateway.web.page import Page
from gateway.web.people import unless
from libs.contracts.governance import (
    BallotEntry,
    OwnBallot,
    OwnBallotIn,
    OwnDelegation,
    OwnDelegationIn,
    PollDetails,
    PollOf,
    Tally,
    TallyOf,
)
from libs.contracts.groups import GroupOf, GroupView


class Booth(NamedTuple):
    """
    A poll as one member, or a stranger, meets it.

    *own* is None for who has no ballot, *delegation* for who is not on the roll; *zone* is whose clocks count there.
    """

    poll: PollDetails
    group: GroupView
    tally: Tally
    own: OwnBallot | None
    delegation: OwnDelegation | None
    zone: ZoneInfo

    @property
    def is_on_roll(self) -> bool:
        """Whether who asks may vote."""
        return self.delegation is not None

    @property
    def has_ballot(self) -> bool:
        """Whether a ballot of theirs counts."""
        return self.own is not None and self.own.choices is not None


async def booth_of(page: Page, poll_id: UUID) -> Booth:
    """
    Return the poll as who asks meets it.

    Raises:
        NotFound: There is no such poll, or none that they may know of.
    """
    poll = await page.ask(PollOf(poll_id=poll_id, asker=asker_of(page)))
    return await booth_for(page, poll)


async def booth_for(page: Page, poll: PollDetails) -> Booth:
    """Return what stands round *poll*."""
    group, tally, own, delegation = await asyncio.gather(
        page.ask(GroupOf(group_id=poll.group_id, asker=asker_of(page))),
        page.ask(TallyOf(poll_id=poll.poll_id, asker=asker_of(page))),
        own_ballot(page, poll.poll_id),
        own_delegation(page, poll.poll_id),
    )
    return Booth(poll, group, tally, own, delegation, await zone_of(page, group.place))


async def own_ballot(page: Page, poll_id: UUID) -> OwnBallot | None:
    """Return the ballot of who asks; None for strangers, and for who has none."""
    if page.actor is None:
        return None
    return await unless(page.ask(OwnBallotIn(poll_id=poll_id, asker=page.actor.id)), "NoBallotYet")


async def own_delegation(page: Page, poll_id: UUID) -> OwnDelegation | None:
    """Return who votes for whom; None for strangers, and for who is not on the roll."""
    if page.actor is None:
        return None
    return await unless(page.ask(OwnDelegationIn(poll_id=poll_id, asker=page.actor.id)), "NotOnTheRoll")


def said_by(entry: BallotEntry | OwnBallot | None) -> Said | None:
    """Return what a ballot says; None where there is none, or it was withdrawn."""
    if entry is None or entry.choices is None:
        return None
    return Said(entry.choices, entry.marks, entry.reason)


def asker_of(page: Page) -> UUID | None:
    """Return who asks, as queries want it."""
    return page.actor.id if page.actor else None
