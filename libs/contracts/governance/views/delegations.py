"""Who votes for whom: the answers, and the questions."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Lost, Scope
from libs.contracts.paging import Cursor, Limit


class Somebody(View):
    """
    One by the pseudonym that the log has, of the poll or of the group.

    *member_id* is shown to members of the group, of those who are members today.
    """

    pseudonym: UUID
    member_id: UUID | None


class Granted(View):
    """A delegation that stands, and the *position* of the entry that gave it to this *delegate*."""

    scope: Scope
    topic: str | None
    delegate: Somebody
    position: int


class OwnDelegation(View):
    """
    Who votes for the caller in a poll, and for whom the caller votes, as things stand; after the close, as they stood.

    *delegation* is the one that speaks: that for the poll before that for its topic before that for the group. The
    chain from there *ends_with* one who has a ballot or lets nobody vote; *lost* says why nobody would vote for the
    caller if the poll closed now. *carries_count* is for how many others the caller votes, or would by casting a
    ballot; *carries* has the earliest hundred of them. With a ballot of one's own (*has_ballot*) one votes for oneself.
    """

    poll_id: UUID
    voter: UUID
    takes_delegations: bool
    carry_max: int | None
    has_ballot: bool
    delegation: Granted | None
    ends_with: Somebody | None
    lost: Lost | None
    carries_count: int
    carries: tuple[Somebody, ...]


class DelegationOutcome(View):
    """What became of the vote of one who delegated it and cast no ballot."""

    delegator: Somebody
    carrier: Somebody | None
    lost: Lost | None


class DelegationOutcomes(View):
    """A page of what became of delegated votes in a poll that is counted."""

    poll_id: UUID
    delegated_count: int
    items: tuple[DelegationOutcome, ...]
    next: Cursor | None


class StandingDelegation(View):
    """A delegation for a topic or the whole group, from one member to another."""

    scope: Scope
    topic: str | None
    delegator: Somebody
    delegate: Somebody
    position: int


class StandingDelegations(View):
    """The caller's own standing delegations, and a page of those of the whole group, in the order of the log."""

    group_id: UUID
    own: tuple[Granted, ...]
    items: tuple[StandingDelegation, ...]
    next: Cursor | None


class OwnDelegationIn(Query[OwnDelegation]):
    """Who votes for the asker in a poll, and for whom does the asker vote?"""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID


class DelegationsIn(Query[DelegationOutcomes]):
    """What became of delegated votes in a poll?"""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class DelegationsOf(Query[StandingDelegations]):
    """Who lets whom vote in a group, in more than one poll?"""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
