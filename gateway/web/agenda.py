"""What a member has to decide: what waits for their voice, what is open or talked about besides, what came of it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from gateway.web.booth import asker_of, own_ballot, said_by
from gateway.web.page import Page
from gateway.web.terms import quorum
from libs.contracts.governance import (
    PendingPoll,
    PendingPolls,
    PendingPollsOf,
    Polls,
    PollsOf,
    PollSummary,
    Proposals,
    ProposalsOf,
    ProposalSummary,
    Tally,
    TallyOf,
)
from libs.contracts.groups import GroupDirectory, GroupInBrief, GroupOf

GROUPS_MAX = 12
"""So many groups are asked at once; the others are looked at on their own pages."""

WAITING_MAX = 20
OPEN_MAX = 10
DECIDED_MAX = 5
_TALKED = ("discussion", "support", "ready")


class Waiting(NamedTuple):
    """A poll that waits for the reader, how many came so far, and how many are needed."""

    poll: PendingPoll
    group_name: str
    tally: Tally
    quorum: int


class Line(NamedTuple):
    """A poll in a list; *has_voted* is None where that was not asked."""

    poll: PollSummary
    group_name: str
    has_voted: bool | None = None


class Talked(NamedTuple):
    """A proposal that is not voted on yet."""

    proposal: ProposalSummary
    group_name: str


class Agenda(NamedTuple):
    """Everything on the page; *are_more_groups* says that not all of the reader's groups were asked."""

    waiting: Sequence[Waiting]
    open: Sequence[Line]
    talked: Sequence[Talked]
    decided: Sequence[Line]
    groups: Sequence[GroupInBrief]
    are_more_groups: bool


class _OfGroup(NamedTuple):
    open: Polls
    closed: Polls
    proposals: Proposals


async def agenda_of(page: Page) -> Agenda:
    """Return the agenda of who asks: of their groups, or for strangers of those that are new here."""
    asker = asker_of(page)
    directory, pending = await asyncio.gather(
        page.ask(GroupDirectory(asker=asker, mine=asker is not None, limit=GROUPS_MAX)), _pending(page)
    )
    groups = directory.items
    found = await asyncio.gather(*(_of_group(page, group.group_id) for group in groups))
    names = {group.group_id: group.name for group in groups}
    waiting = await asyncio.gather(*(_waiting(page, poll, names) for poll in pending.items))
    waits = {poll.poll_id for poll in pending.items}
    each = list(zip(groups, found, strict=True))
    now = datetime.now(UTC)
    others = [
        Line(poll, group.name)
        for group, of_group in each
        for poll in of_group.open.items
        if poll.poll_id not in waits and poll.closes_at > now
    ]
    return Agenda(
        waiting=waiting,
        open=await _with_own(page, sorted(others, key=lambda line: line.poll.closes_at)),
        talked=[
            Talked(proposal, group.name)
            for group, of_group in each
            for proposal in of_group.proposals.items
            if proposal.phase in _TALKED
        ],
        decided=sorted(
            (Line(poll, group.name) for group, of_group in each for poll in of_group.closed.items),
            key=lambda line: line.poll.closed_at or line.poll.closes_at,
            reverse=True,
        ),
        groups=groups,
        are_more_groups=directory.next is not None,
    )


async def _pending(page: Page) -> PendingPolls:
    if page.actor is None:
        return PendingPolls(items=(), next=None)
    return await page.ask(PendingPollsOf(asker=page.actor.id, limit=WAITING_MAX))


async def _of_group(page: Page, group_id: UUID) -> _OfGroup:
    asker = asker_of(page)
    return _OfGroup(
        *await asyncio.gather(
            page.ask(PollsOf(group_id=group_id, asker=asker, is_open=True, limit=OPEN_MAX)),
            page.ask(PollsOf(group_id=group_id, asker=asker, is_open=False, limit=DECIDED_MAX)),
            page.ask(ProposalsOf(group_id=group_id, asker=asker, limit=OPEN_MAX)),
        )
    )


async def _waiting(page: Page, poll: PendingPoll, names: dict[UUID, str]) -> Waiting:
    tally = await page.ask(TallyOf(poll_id=poll.poll_id, asker=asker_of(page)))
    name = names.get(poll.group_id)
    if name is None:
        name = (await page.ask(GroupOf(group_id=poll.group_id, asker=asker_of(page)))).name
    return Waiting(poll, name, tally, quorum(tally.rules, tally.voters_count))


async def _with_own(page: Page, lines: list[Line]) -> list[Line]:
    """Return *lines*, those that close first saying whether the reader has a ballot in them."""
    if page.actor is None:
        return lines
    own = await asyncio.gather(*(own_ballot(page, line.poll.poll_id) for line in lines[:WAITING_MAX]))
    told = [line._replace(has_voted=said_by(ballot) is not None) for line, ballot in zip(lines, own, strict=False)]
    return told + lines[WAITING_MAX:]
