"""
Who lets whom vote for them: in one poll, on one topic, or in the whole group.

A delegation may be withdrawn and given to another at any time. Which of them speak in a poll, the log decides: those
that stand at its close. What became of them is recorded with the result, in parts.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Carried, KnownAs, PollTerms, Scope
from libs.errors import Conflict, NotAllowed, NotFound, TooLarge, Unprocessable

PART_LINES_MAX = 370
"""So much is said in one entry of the log, each in 102 bytes at most: sealed, an entry is a third longer."""

DELEGATING_VOTERS_MAX = 100_000
"""With more on the roll, what became of every delegation might not fit into one batch of the log."""


class NotToOneself(Unprocessable):
    """One votes for oneself without any delegation."""


class NoDelegationYet(NotFound):
    """The voter has let nobody vote here."""


class DelegationsAreNotTaken(Conflict):
    """The poll, or the group by its customs, lets everybody vote for themselves alone."""


class DelegateIsNotOnTheRoll(NotAllowed):
    """Only who may vote in a poll may vote in it for others."""


class DelegateIsNotAMember(NotAllowed):
    """Only a member of the group may vote in it for others."""


class RollIsTooLongToDelegate(TooLarge):
    """What becomes of the delegations of a roll has to fit into one batch of the log."""


class Delegation(Aggregate):
    """
    Whom a delegator lets vote in one place; *delegate* is None while it is withdrawn.

    Its address is made of the place and the delegator: a second delegation of the same delegator there would have the
    same, and the log refuses to write version 1 twice.
    """

    @staticmethod
    def create_id(group_id: UUID, poll_id: UUID | None, topic: str | None, delegator: UUID) -> UUID:
        place = poll_id or (group_id if topic is None else uuid5(group_id, f"topic {topic}"))
        return uuid5(place, f"delegation {delegator}")

    @event("DelegationGranted")
    def __init__(
        self,
        *,
        group_id: UUID,
        scope: Scope,
        poll_id: UUID | None,
        topic: str | None,
        delegator: UUID,
        delegate: UUID,
    ) -> None:
        self.group_id = group_id
        self.scope = scope
        self.poll_id = poll_id
        self.topic = topic
        self.delegator = delegator
        self.delegate: UUID | None = delegate

    def give(self, delegate: UUID) -> None:
        """Let *delegate* vote from here on; the same again is nothing new."""
        if delegate != self.delegate:
            self._change(delegate)

    def withdraw(self) -> None:
        """Let nobody vote by it any more; what is withdrawn stays so."""
        if self.delegate is not None:
            self._withdraw()

    @event("DelegationChanged")
    def _change(self, delegate: UUID) -> None:
        self.delegate = delegate

    @event("DelegationWithdrawn")
    def _withdraw(self) -> None:
        self.delegate = None


class DelegationPart(Aggregate):
    """What became of some of the delegations that spoke in a poll."""

    is_settled = True

    key_id: UUID | None = None
    """The key that it is sealed with, where the delegations are for the group alone."""

    @staticmethod
    def create_id(poll_id: UUID, part: int) -> UUID:
        return uuid5(poll_id, f"delegations {part}")

    @event("DelegationsCounted")
    def __init__(self, poll_id: UUID, part: int, carried: tuple[Carried, ...], known_as: tuple[KnownAs, ...]) -> None:
        self.poll_id = poll_id
        self.part = part
        self.carried = carried
        self.known_as = known_as


def check_is_another(delegator: UUID, delegate: UUID) -> None:
    """
    Raises:
        NotToOneself: They are one.
    """
    if delegator == delegate:
        raise NotToOneself("One votes for oneself without any delegation; choose somebody else.")


def check_can_be_carried(terms: PollTerms, voters_count: int) -> None:
    """
    Check whether a poll on these *terms*, with so many voters, may take delegations if it would.

    Raises:
        RollIsTooLongToDelegate: Its delegations might not fit into one batch of the log.
    """
    if terms.takes_delegations and voters_count > DELEGATING_VOTERS_MAX:
        raise RollIsTooLongToDelegate(
            f"A poll that takes delegations has {DELEGATING_VOTERS_MAX} voters at most, and here are {voters_count}."
        )


def split(poll_id: UUID, carried: Sequence[Carried], known_as: Sequence[KnownAs]) -> list[DelegationPart]:
    """Return what became of the delegations in parts, each of which fits into one entry of the log; none of nothing."""
    parts: list[DelegationPart] = []
    for first in range(0, len(carried) + len(known_as), PART_LINES_MAX):
        end = first + PART_LINES_MAX
        behind = max(0, first - len(carried)), max(0, end - len(carried))
        parts.append(
            DelegationPart(
                poll_id=poll_id,
                part=len(parts),
                carried=tuple(carried[first:end]),
                known_as=tuple(known_as[slice(*behind)]),
            )
        )
    return parts
