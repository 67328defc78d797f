"""
A gathering of a group, and who comes.

Whether there is room is decided here, where all answers are: who would go and finds none is on the waiting list, and
the moment that a place is free the first of it has it. So no place stays free while somebody waits.
"""

from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import ClassVar, NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.events import MOVED_UP_MAX, Answer, AnswerKept, Role
from libs.contracts.place import Place
from libs.errors import Conflict, NotAllowed, Unprocessable
from services.events.domain.clock import instant


class StartsInThePast(Unprocessable):
    """What has begun can no longer be called."""


class GatheringIsCancelled(Conflict):
    """Nothing more is decided on a gathering that will not take place."""


class GatheringIsOver(Conflict):
    """Nothing more is decided on a gathering that has taken place."""


class NotYours(NotAllowed):
    """Only the organiser and the group's stewards may change or cancel a gathering."""


class Plan(NamedTuple):
    """What a gathering is to be; the hours as the zone's clocks show them."""

    name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    place: Place | None
    capacity: int | None
    description_sha256: str | None


class Gathering(Aggregate):
    """People of a group at a place, from an hour to another."""

    is_long: ClassVar[bool] = True

    @classmethod
    def schedule(cls, gathering_id: UUID, group_id: UUID, plan: Plan, *, organiser: UUID, now: datetime) -> "Gathering":
        """
        Return a new gathering.

        Raises:
            StartsInThePast: It would have begun already.
        """
        _check_is_ahead(plan, now)
        return cls(id=gathering_id, group_id=group_id, organiser=organiser, **plan._asdict())

    @event("GatheringScheduled")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002, ARG002 - as the library calls it; it is the aggregate's, not the event's
        group_id: UUID,
        organiser: UUID,
        name: str,
        starts_at: datetime,
        ends_at: datetime,
        time_zone: str,
        place: Place | None,
        capacity: int | None,
        description_sha256: str | None,
    ) -> None:
        self.group_id = group_id
        self.organiser = organiser
        self.plan = Plan(name, starts_at, ends_at, time_zone, place, capacity, description_sha256)
        self.is_cancelled = False
        self.answers: dict[UUID, AnswerKept] = {}
        self.going_count = 0
        self.waiting: dict[UUID, None] = {}

    def change(self, plan: Plan, *, by: UUID, role: Role, now: datetime) -> None:
        """
        Make the gathering what *plan* says; whom there is room for now moves up.

        Answers stand. Where the capacity is lowered nobody loses their place: there is just no room until enough
        have gone back on their word.

        Raises:
            NotYours: *by* is neither its organiser nor a steward.
            GatheringIsCancelled, GatheringIsOver: It is too late.
            StartsInThePast: It would begin at another time, which is over.
        """
        self._check_is_led(by, role)
        self.check_is_open(now)
        if plan == self.plan:
            return
        if plan.starts_at != self.plan.starts_at:
            _check_is_ahead(plan, now)
        elif instant(plan.ends_at, plan.time_zone) <= now:
            raise StartsInThePast("A gathering cannot be changed into one that is over.")
        self._change(**plan._asdict())
        self._fill()

    @event("GatheringChanged")
    def _change(
        self,
        *,
        name: str,
        starts_at: datetime,
        ends_at: datetime,
        time_zone: str,
        place: Place | None,
        capacity: int | None,
        description_sha256: str | None,
    ) -> None:
        self.plan = Plan(name, starts_at, ends_at, time_zone, place, capacity, description_sha256)

    def cancel(self, reason: str | None, *, by: UUID, role: Role, now: datetime) -> None:
        """
        Call the gathering off; once, and the first reason stands.

        Raises:
            NotYours: *by* is neither its organiser nor a steward.
            GatheringIsOver: It has taken place.
        """
        self._check_is_led(by, role)
        if self.is_cancelled:
            return
        self.check_is_open(now)
        self._cancel(reason=reason)

    @event("GatheringCancelled")
    def _cancel(self, reason: str | None) -> None:  # noqa: ARG002 - for readers of the log
        self.is_cancelled = True

    def answer(self, member_id: UUID, answer: Answer, *, now: datetime) -> None:
        """
        Take a member's answer, in place of any earlier one.

        The same answer again changes nothing; above all it costs nobody their turn on the waiting list.

        Raises:
            GatheringIsCancelled, GatheringIsOver: It is too late.
        """
        self.check_is_open(now)
        before = self.answers.get(member_id)
        if answer == before or (answer == "going" and before == "waiting"):
            return
        self._answer(member_id=member_id, answer="waiting" if answer == "going" and self.is_full else answer)
        self._fill()

    @event("AnswerGiven")
    def _answer(self, member_id: UUID, answer: AnswerKept) -> None:
        self._drop(member_id)
        self.answers[member_id] = answer
        if answer == "going":
            self.going_count += 1
        elif answer == "waiting":
            self.waiting[member_id] = None

    def withdraw(self, member_id: UUID, *, now: datetime) -> None:
        """
        Take a member's answer back; where there is none, nothing happens.

        Raises:
            GatheringIsCancelled, GatheringIsOver: It is too late.
        """
        if member_id not in self.answers:
            return
        self.check_is_open(now)
        self._withdraw(member_id=member_id)
        self._fill()

    def release(self, member_id: UUID, *, now: datetime) -> None:
        """Take back the answer of who is gone; in a gathering that is over or cancelled it stays as it was."""
        if not self.is_cancelled and not self.is_over(now):
            self.withdraw(member_id, now=now)

    @event("AnswerWithdrawn")
    def _withdraw(self, member_id: UUID) -> None:
        self._drop(member_id)

    @event("MovedUp")
    def _move_up(self, member_ids: tuple[UUID, ...]) -> None:
        for member_id in member_ids:
            del self.waiting[member_id]
            self.answers[member_id] = "going"
        self.going_count += len(member_ids)

    @property
    def is_full(self) -> bool:
        """Whether as many go as there is room for, or more since there is less room."""
        return self.plan.capacity is not None and self.going_count >= self.plan.capacity

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended; it is over at its end, not after."""
        return instant(self.plan.ends_at, self.plan.time_zone) <= now

    def check_is_open(self, now: datetime) -> None:
        """
        Check that something can still be decided.

        Raises:
            GatheringIsCancelled, GatheringIsOver: It cannot.
        """
        if self.is_cancelled:
            raise GatheringIsCancelled("The gathering was cancelled.")
        if self.is_over(now):
            ended = instant(self.plan.ends_at, self.plan.time_zone).astimezone(UTC)
            raise GatheringIsOver(f"The gathering ended at {ended:%Y-%m-%d %H:%M} UTC.")

    def _check_is_led(self, by: UUID, role: Role) -> None:
        if by != self.organiser and role != "steward":
            raise NotYours("Only the gathering's organiser and the group's stewards may do this.")

    def _fill(self) -> None:
        """Give what room there is to the first on the waiting list, a thousand members in an entry."""
        while self.waiting:
            room = len(self.waiting) if self.plan.capacity is None else self.plan.capacity - self.going_count
            first = tuple(islice(self.waiting, max(0, min(room, MOVED_UP_MAX))))
            if not first:
                return
            self._move_up(member_ids=first)

    def _drop(self, member_id: UUID) -> None:
        if self.answers.pop(member_id, None) == "going":
            self.going_count -= 1
        self.waiting.pop(member_id, None)


def digest_of(words: str, salt: bytes) -> str:
    """Return what the log holds of a description: it proves the words to who has the salt, and tells nobody else."""
    return sha256(salt + words.encode()).hexdigest()


def _check_is_ahead(plan: Plan, now: datetime) -> None:
    if instant(plan.starts_at, plan.time_zone) <= now:
        raise StartsInThePast("A gathering is called before it begins; that time is over.")
