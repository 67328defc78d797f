"""
A question put to a group, open until it is closed.

The roll is part of the question: who may vote is settled at the opening and does not follow the group's later life.
Whether a ballot is late, the log decides by its position; the checks here only spare a late voter the surprise.
"""

import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Method, PollTerms
from libs.errors import Conflict, TooLarge, Unprocessable
from libs.tally import Ballot, InvalidBallot, Settings, check_choices
from libs.tally.poll import CONSENT
from services.governance.domain.roll import RollPart, part_of

BLOCK = CONSENT[3]

OPEN_FOR_MAX = timedelta(days=366)
TEXT_BYTES_MAX = 50_000
"""Question, explanation, options and terms together: a poll, and a ballot that ranks all of it, is one entry each."""

SEALED_TEXT_BYTES_MAX = 36_000
"""The same where entries are sealed, which makes them longer."""

AUDITORS_MAX = 50


class PollIsClosed(Conflict):
    """Nothing more can be decided on a closed poll."""


class PollIsStillOpen(Conflict):
    """The poll was opened to last until its time, or may not be counted yet."""


class PollIsCancelled(PollIsClosed):
    """A mistake was found in the poll; nothing in it counts."""


class UncountableBallot(Unprocessable):
    """A ballot says what cannot be counted in its poll."""


class ReasonGoesWithBlock(Unprocessable):
    """A single block stops what is proposed, so the group learns why; no other ballot bears more than its options."""


class OptionsAreAlike(Unprocessable):
    """Two options would look the same to a voter."""


class TimeIsUp(Unprocessable):
    """A poll closes later than now, and within a year."""


class PollIsTooLong(TooLarge):
    """A poll has to fit into one entry of the log."""


class EverybodyMayRead(Conflict):
    """Only a poll of a group alone has auditors that are named."""


class AuditorsAreMany(Conflict):
    """No more auditors are named in a poll."""


class PaperIsNotAllowed(Conflict):
    """The poll was opened for ballots of members alone."""


class RollIsSettled(Conflict):
    """The time in which a result could be objected to is over."""


class RollIsDisputed(Conflict):
    """The member has disputed the roll before, for another reason."""


class Poll(Aggregate):
    """A question put to a group, open until it is closed, or cancelled for a mistake."""

    founded_by = ""  # the actor of the opening, as `libs.service.aggregates` tells it

    @event("PollOpened")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        group_id: UUID,
        question: str,
        explanation: str | None,
        method: Method,
        options: tuple[str, ...],
        closes_at: datetime,
        may_close_early: bool,
        allows_paper: bool,
        voters_count: int,
        parts_count: int,
        roll_sha256: str,
        terms: PollTerms,
    ) -> None:
        self._id = id
        self.group_id = group_id
        self.question = question
        self.explanation = explanation
        self.method: Method = method
        self.options = options
        self.offered = frozenset(options)
        self.closes_at = closes_at
        self.may_close_early = may_close_early
        self.allows_paper = allows_paper
        self.voters_count = voters_count
        self.parts_count = parts_count
        self.roll_sha256 = roll_sha256
        self.terms = terms
        self.settings = Settings(**dict(terms.settings))
        self.is_closed = False
        self.is_cancelled = False
        self.is_reminded = False
        self.auditors: set[UUID] = set()
        self.disputes: dict[UUID, str] = {}

    @property
    def key_id(self) -> UUID | None:
        """The key that all its entries are sealed with that can be: the poll's own, where only its group may read."""
        return self.id if self.terms.audience == "group" else None

    @property
    def ballots_key_id(self) -> UUID | None:
        """The key that its ballots are sealed with: also where their count is hidden until the close."""
        return self.id if self.terms.results == "hidden" else self.key_id

    def roll_part_of(self, voter: UUID) -> UUID:
        """Return the address of the part of the roll where *voter* stands, if anywhere."""
        return RollPart.create_id(self.id, part_of(voter, self.parts_count))

    def check_accepts(self, ballot: Ballot, reason: str | None = None, *, now: datetime) -> None:
        """
        Raises:
            PollIsClosed: The poll is closed, or its time is up.
            UncountableBallot: The ballot says what the poll does not offer.
            ReasonGoesWithBlock: It blocks without a reason, or gives one without a block.
        """
        self.check_is_open(now=now)
        try:
            check_choices(self.method, self.offered, ballot, self.settings)
        except InvalidBallot as fault:
            raise UncountableBallot(_short(str(fault))) from fault
        if (self.method == "consent" and BLOCK in ballot.choices) != (reason is not None):
            raise ReasonGoesWithBlock(
                "Who blocks says why, for a block stops the decision; no other ballot has a reason."
            )

    def check_accepts_paper(self, ballots: Sequence[Ballot], *, now: datetime) -> None:
        """
        Raises:
            PaperIsNotAllowed: The poll was opened without paper ballots.
            PollIsClosed: As `check_accepts`.
            UncountableBallot: The same, with the number of the first such ballot, counted from 1.
        """
        if not self.allows_paper:
            raise PaperIsNotAllowed("This poll was opened without paper ballots.")
        self.check_is_open(now=now)
        for number, ballot in enumerate(ballots, 1):
            try:
                check_choices(self.method, self.offered, ballot, self.settings)
            except InvalidBallot as fault:
                raise UncountableBallot(f"Ballot {number}: {_short(str(fault))} None of them was entered.") from fault

    def check_is_open(self, *, now: datetime) -> None:
        """
        Raises:
            PollIsCancelled: A mistake was found in it.
            PollIsClosed: The poll is closed, or its time is up.
        """
        self.check_is_not_cancelled()
        if now >= self.closes_at:
            raise PollIsClosed(f"The poll closed at {self.closes_at:%Y-%m-%d %H:%M} UTC.")
        if self.is_closed:
            raise PollIsClosed("The poll was closed before its time.")

    def check_is_not_cancelled(self) -> None:
        """
        Raises:
            PollIsCancelled: A mistake was found in it.
        """
        if self.is_cancelled:
            raise PollIsCancelled("This poll was cancelled for a mistake in it; nothing in it counts.")

    def check_may_close_early(self) -> None:
        """
        Raises:
            PollIsStillOpen: It was opened to last until its time.
        """
        if not self.may_close_early:
            raise PollIsStillOpen(f"This poll stays open until {self.closes_at:%Y-%m-%d %H:%M} UTC, as it was opened.")

    def close(self, *, now: datetime, key: str | None = None) -> None:
        """
        Close the poll, early if its time is not up; what is closed stays so.

        From here on everybody may know the *key* of its ballots, if everybody may read the poll.

        Raises:
            PollIsCancelled: A mistake was found in it.
        """
        self.check_is_not_cancelled()
        if not self.is_closed:
            is_published = self.terms.results == "hidden" and self.terms.audience == "everyone"
            self._close(is_early=now < self.closes_at, key=key if is_published else None)

    @event("PollClosed")
    def _close(self, is_early: bool, key: str | None) -> None:
        self.is_closed = True
        self.is_early = is_early
        self.key = key

    def name_auditor(self, auditor_id: UUID) -> None:
        """
        Let somebody read the poll who is not in its group; who may already may go on.

        Raises:
            EverybodyMayRead: The poll is not for its group alone.
            AuditorsAreMany: There are as many as a poll takes.
        """
        if self.terms.audience == "everyone":
            raise EverybodyMayRead("Everybody may read this poll and audit it; nobody has to be named.")
        if auditor_id in self.auditors:
            return
        if len(self.auditors) == AUDITORS_MAX:
            raise AuditorsAreMany(f"A poll has {AUDITORS_MAX} auditors at most.")
        self._name_auditor(auditor_id)

    @event("AuditorNamed")
    def _name_auditor(self, auditor_id: UUID) -> None:
        self.auditors.add(auditor_id)

    def cancel(self, reason: str, *, now: datetime) -> None:
        """
        Take the poll back for a mistake in it; what is cancelled stays so, for the reason given first.

        Raises:
            PollIsClosed: The poll is closed, or its time is up.
        """
        if not self.is_cancelled:
            self.check_is_open(now=now)
            self._cancel(reason)

    @event("PollCancelled")
    def _cancel(self, reason: str) -> None:
        self.is_cancelled = True
        self.reason = reason

    def remind(self, *, now: datetime) -> None:
        """
        Remind who has no ballot yet, once, between the time that the opening named and the close.

        Raises:
            PollIsClosed: The poll is closed, or its time is up.
        """
        if not self.is_reminded:
            self.check_is_open(now=now)
            if self.terms.remind_at and now >= self.terms.remind_at:
                self._remind()

    @event("VotersReminded")
    def _remind(self) -> None:
        self.is_reminded = True

    def dispute_roll(self, disputant: UUID, reason: str, *, now: datetime, until: datetime | None = None) -> None:
        """
        Note that *disputant* says that the roll is wrong; saying it again is nothing new.

        Once there is a result, that is said *until* objections to it are over.

        Raises:
            PollIsCancelled: A mistake was found in the poll already.
            RollIsSettled: Objections are over.
            RollIsDisputed: The same member gave another reason before.
        """
        self.check_is_not_cancelled()
        if self.disputes.get(disputant) == reason:
            return
        if until and now >= until:
            raise RollIsSettled(f"What is wrong with this poll could be said until {until:%Y-%m-%d %H:%M} UTC.")
        if disputant in self.disputes:
            raise RollIsDisputed("You have disputed this roll already; what you said then is shown with the poll.")
        self._dispute_roll(disputant, reason)

    @event("RollDisputed")
    def _dispute_roll(self, disputant: UUID, reason: str) -> None:
        self.disputes[disputant] = reason


def check_question(
    question: str,
    explanation: str | None,
    options: Sequence[str],
    *,
    closes_at: datetime,
    now: datetime,
    terms: PollTerms = PollTerms(),
) -> None:
    """
    Check what a poll would ask before it is opened.

    Raises:
        TimeIsUp: It would close at once, or in more than a year.
        OptionsAreAlike: A voter could not tell two options from each other.
        PollIsTooLong: It would not fit into one entry of the log.
    """
    if closes_at <= now:
        raise TimeIsUp("A poll closes later than it opens; choose a time to come.")
    if closes_at > now + OPEN_FOR_MAX:
        raise TimeIsUp("A poll is open for a year at most.")
    looks: dict[str, str] = {}
    for option in options:
        if (other := looks.get(_look(option))) is not None:
            raise OptionsAreAlike(f"The options {other!r} and {option!r} look the same.")
        looks[_look(option)] = option
    said = [question, explanation, *options, terms.model_dump(mode="json", exclude_defaults=True)]
    text_bytes, text_bytes_max = len(json.dumps(said, ensure_ascii=False).encode()), TEXT_BYTES_MAX
    if terms.key_sha256:
        text_bytes_max = SEALED_TEXT_BYTES_MAX
    if text_bytes > text_bytes_max:
        raise PollIsTooLong(f"Question and options have {text_bytes} bytes together; {text_bytes_max} fit into a poll.")


def _look(option: str) -> str:
    """Return *option* without what a reader does not see: case, widths of letters and spaces, joiners."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", option).casefold())
    return " ".join("".join(c for c in folded if c not in "\u200c\u200d\ufe0e\ufe0f").split())


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 300 else f"{sentence[:299]}…"
