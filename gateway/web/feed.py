"""
What happens in a group, as its page tells it: what waits for a decision, what is next, and what came of it.

Each list of a service gives its newest; they are put together by time alone. Nothing is weighed, nothing is left out
but what is older, and the lists themselves are a link away.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from gateway.web.methods import counted_name
from gateway.web.page import Page
from gateway.web.people import names_of
from libs.contracts.events import GatheringInBrief, GatheringsOf
from libs.contracts.governance import (
    OwnBallotIn,
    PendingPollsOf,
    PollsOf,
    PollSummary,
    ProposalsOf,
    ProposalSummary,
    Result,
    ResultOf,
    Tally,
    TallyOf,
)
from libs.contracts.groups import (
    GroupInBrief,
    GroupView,
    Membership,
    MembersOf,
    PageDirectory,
    PageInBrief,
    SubgroupsOf,
)
from libs.errors import Problem

_CALLS_MAX = 3
_RESULTS_MAX = 3
_NAMES_MAX = 5
_AT_THE_FOUNDING = timedelta(seconds=10)
_UNDECIDED = ("discussion", "support", "ready", "vote")

T = TypeVar("T")

Happened: TypeAlias = Literal["result", "cancelled", "text", "page", "members", "subgroup", "founded"]


class Call(NamedTuple):
    """An open vote: how many have voted, where that may be known, and whether it waits for who reads."""

    poll: PollSummary
    tally: Tally | None
    state: Literal["waits", "voted", "open"]

    @property
    def turnout(self) -> float:
        """How much of the roll has voted, in per cent."""
        return 100 * self.tally.ballots_count / max(1, self.tally.voters_count) if self.tally else 0

    @property
    def quorum(self) -> float | None:
        """How much of the roll must vote for the vote to decide anything, in per cent; None where nobody says."""
        share = self.tally.rules.quorum_roll if self.tally and self.tally.rules else None
        return 100 * share[0] / share[1] if share else None


class Happening(NamedTuple):
    """Something that happened: when, what kind of thing, and the thing itself."""

    at: datetime
    kind: Happened
    about: Any


class Arrivals(NamedTuple):
    """Who came into the group on one day: the names of some, and how many more."""

    names: tuple[str, ...]
    others_count: int


class Ended(NamedTuple):
    """A vote that is over, and what it decided, where that was asked for; *winners* as they are shown."""

    poll: PollSummary
    result: Result | None
    winners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a group's page shows beside the group."""

    calls: tuple[Call, ...]
    more_calls: bool
    gatherings: tuple[GatheringInBrief, ...]
    texts: tuple[ProposalSummary, ...]
    happened: tuple[Happening, ...]
    pages: tuple[PageInBrief, ...]
    subgroups: tuple[GroupInBrief, ...]
    stewards: tuple[str, ...]


async def feed_of(page: Page, group: GroupView) -> Feed:
    """Return what happens in *group*, as far as who reads may know of it."""
    asker, group_id = page.actor.id if page.actor else None, group.group_id
    (calls, ended, texts), (gatherings, pages, subgroups), people = await asyncio.gather(
        asyncio.gather(
            _calls(page, group_id, asker),
            _ended(page, group_id, asker),
            page.ask(ProposalsOf(group_id=group_id, asker=asker, limit=10)),
        ),
        asyncio.gather(
            page.ask(GatheringsOf(group_id=group_id, asker=asker, limit=4)),
            page.ask(PageDirectory(owner=group_id, asker=asker, limit=5)),
            _subgroups(page, group, asker),
        ),
        _people(page, group),
    )
    happened = [
        Happening(group.founded_at, "founded", group),
        *ended,
        *(Happening(each.made_at, "text", each) for each in texts.items if each.phase not in _UNDECIDED),
        *(Happening(each.opened_at, "page", each) for each in pages.items),
        *(Happening(each.founded_at, "subgroup", each) for each in subgroups),
        *people.arrivals,
    ]
    return Feed(
        calls=calls[:_CALLS_MAX],
        more_calls=len(calls) > _CALLS_MAX,
        gatherings=gatherings.items,
        texts=tuple(each for each in texts.items if each.phase in ("discussion", "support", "ready"))[:5],
        happened=tuple(sorted(happened, key=lambda each: each.at, reverse=True)),
        pages=pages.items,
        subgroups=subgroups,
        stewards=people.stewards,
    )


async def _calls(page: Page, group_id: UUID, asker: UUID | None) -> tuple[Call, ...]:
    """Return the open votes, what closes first before what closes later, what waits for the reader before both."""
    opened = (await page.ask(PollsOf(group_id=group_id, asker=asker, is_open=True, limit=20))).items
    if not opened:
        return ()
    waiting: set[UUID] = set()
    if asker:
        waiting = {each.poll_id for each in (await page.ask(PendingPollsOf(asker=asker, limit=200))).items}
    first = sorted(opened, key=lambda poll: (poll.poll_id not in waiting, poll.closes_at))
    shown = first[:_CALLS_MAX]
    calls = await asyncio.gather(*(_call(page, poll, asker, waits=poll.poll_id in waiting) for poll in shown))
    return (*calls, *(Call(poll, None, "open") for poll in first[_CALLS_MAX:]))


async def _call(page: Page, poll: PollSummary, asker: UUID | None, *, waits: bool) -> Call:
    tally = await _or_none(page.ask(TallyOf(poll_id=poll.poll_id, asker=asker)))
    if waits or asker is None:
        return Call(poll, tally, "waits" if waits else "open")
    own = await _or_none(page.ask(OwnBallotIn(poll_id=poll.poll_id, asker=asker)))
    return Call(poll, tally, "voted" if own and own.choices is not None else "open")


async def _ended(page: Page, group_id: UUID, asker: UUID | None) -> list[Happening]:
    over = (await page.ask(PollsOf(group_id=group_id, asker=asker, is_open=False, limit=8))).items
    counted = [poll.poll_id for poll in over if poll.is_result_declared][:_RESULTS_MAX]
    results = dict(
        zip(
            counted,
            await asyncio.gather(
                *(_or_none(page.ask(ResultOf(poll_id=each, asker=asker, limit=1))) for each in counted)
            ),
            strict=True,
        )
    )
    return [
        Happening(
            poll.closed_at or poll.closes_at,
            "cancelled" if poll.is_cancelled else "result",
            Ended(poll, found := results.get(poll.poll_id), _winners(found, page)),
        )
        for poll in over
    ]


def _winners(result: Result | None, page: Page) -> tuple[str, ...]:
    if result is None:
        return ()
    return tuple(counted_name(result.method, option, page.words) for option in result.winners)


async def _subgroups(page: Page, group: GroupView, asker: UUID | None) -> tuple[GroupInBrief, ...]:
    if not group.subgroups_count:
        return ()
    return (await page.ask(SubgroupsOf(group_id=group.group_id, asker=asker, limit=10))).items


class _People(NamedTuple):
    stewards: tuple[str, ...]
    arrivals: tuple[Happening, ...]


async def _people(page: Page, group: GroupView) -> _People:
    """Return who answers for the group and who came lately, which is for its members to know."""
    if page.actor is None or group.my_role is None:
        return _People((), ())
    asked = {"group_id": group.group_id, "asker": page.actor.id}
    first, newest = await asyncio.gather(
        page.ask(MembersOf(**asked, limit=_NAMES_MAX)), page.ask(MembersOf(**asked, newest=True, limit=20))
    )
    stewards = [each.member_id for each in first.items if each.role == "steward"]
    came = [each for each in newest.items if each.since - group.founded_at > _AT_THE_FOUNDING]
    names = await names_of(page, (*stewards, *(each.member_id for each in came)))
    return _People(tuple(names[each] for each in stewards if each in names), tuple(_arrivals(came, names)))


def _arrivals(came: Iterable[Membership], names: dict[UUID, str]) -> Iterable[Happening]:
    def day(each: Membership) -> date:
        return each.since.date()

    for _, together in groupby(came, key=day):
        on_the_day = list(together)
        known = [names[each.member_id] for each in on_the_day if each.member_id in names]
        if known:
            arrivals = Arrivals(tuple(known[:_NAMES_MAX]), max(0, len(known) - _NAMES_MAX))
            yield Happening(on_the_day[0].since, "members", arrivals)


async def _or_none(asking: Coroutine[Any, Any, T]) -> T | None:
    """Return the answer, or None where there is none for who asks: a line of a page less, and not the page."""
    try:
        return await asking
    except Problem:
        return None
