"""The life of a poll: its roll, its opening, its close."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from libs.contracts.base import Event
from libs.contracts.governance.events.example import DIGEST, GROUP, MEMBER, OPTIONS, POLL, VOTER, example
from libs.contracts.governance.terms import Key, Method, PollTerms, Sha256
from libs.contracts.text import Line, Prose


class RollFrozen(Event):
    """
    A part of the roll of a poll, counted from 0: who may vote in it, whatever happens to the group later.

    *voters* are pseudonyms for this poll alone, in ascending order. A voter stands in the part whose number is the
    pseudonym's 128-bit number modulo the poll's *parts_count*, and nowhere else.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "roll_part"

    poll_id: UUID
    part: int
    voters: tuple[UUID, ...]

    model_config = example(poll_id=POLL, part=0, voters=[VOTER, "70e40000-6f0e-8c53-9d7c-000000000002"])


class PollEvent(Event):
    """What the events of a poll share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "poll"


class PollOpened(PollEvent):
    """
    A question was put to a group; the entry's actor is the member who did. Ballots behind this entry count.

    All that the result depends on is settled here and cannot change. *roll_sha256* is the SHA-256 of all voters'
    16-byte pseudonyms, one after another in ascending order.
    """

    is_sealable: ClassVar[bool] = True

    group_id: UUID
    question: Line
    explanation: Prose | None
    method: Method
    options: tuple[Line, ...]
    closes_at: AwareDatetime
    may_close_early: bool
    allows_paper: bool
    voters_count: int
    parts_count: int
    roll_sha256: Sha256
    terms: PollTerms = PollTerms()

    model_config = example(
        group_id=GROUP,
        question="What becomes of the field behind the school?",
        explanation="The commune gives it to us for ten years.",
        method="ranked",
        options=OPTIONS,
        closes_at="2030-06-01T12:00:00Z",
        may_close_early=False,
        allows_paper=True,
        voters_count=2,
        parts_count=1,
        roll_sha256=DIGEST,
    )


class PollClosed(PollEvent):
    """
    Nothing behind this entry counts in the poll.

    *is_early* says that a steward (the entry's actor) closed it before its time. *key* opens the ballots of a poll
    whose results were hidden until now and whose audience is everyone. The seed from which lots are drawn is this
    entry's SHA-256, or the root of the log's tree that ends with it, as the opening said (*seed_from*).
    """

    is_early: bool
    key: Key | None = None

    model_config = example(is_early=False)


class PollCancelled(PollEvent):
    """A mistake in the poll was found while it was open: nothing in it counts, and no result follows."""

    is_sealable: ClassVar[bool] = True

    reason: Line

    model_config = example(reason="The third option was missing; the vote is opened again.")


class VotersReminded(PollEvent):
    """Those on the roll who had no ballot yet were told that the poll closes soon; once for each poll."""

    model_config = example()


class RollDisputed(PollEvent):
    """
    A member of the group says that the roll is wrong, and why. It changes nothing; it is shown beside the result.

    *disputant* is the member's pseudonym in the group.
    """

    is_sealable: ClassVar[bool] = True

    disputant: UUID
    reason: Line

    model_config = example(disputant=VOTER, reason="Two of us joined last week and are missing.")


class AuditorNamed(PollEvent):
    """A steward lets somebody who is not in the group read a poll of the group alone, to audit it."""

    auditor_id: UUID

    model_config = example(auditor_id=MEMBER)
