"""What governance answers, and the questions."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Query, View
from libs.contracts.governance.events.results import Round
from libs.contracts.governance.terms import Method
from libs.contracts.paging import Cursor, Limit


class PollDetails(View):
    """A poll: what is asked, by which rules, and where it stands. Positions are those of governance's log."""

    poll_id: UUID
    group_id: UUID
    question: str
    explanation: str | None
    method: Method
    options: tuple[str, ...]
    opened_at: datetime
    closes_at: datetime
    may_close_early: bool
    allows_paper: bool
    voters_count: int
    roll_sha256: str
    is_open: bool
    is_result_declared: bool
    opened_position: int
    closed_position: int | None


class PollSummary(View):
    """A line in a list of polls."""

    poll_id: UUID
    question: str
    method: Method
    opened_at: datetime
    closes_at: datetime
    is_open: bool
    is_result_declared: bool


class Polls(View):
    """A page of a group's polls, the newest first."""

    items: tuple[PollSummary, ...]
    next: Cursor | None


class OptionCount(View):
    """How many ballots name the option; in a ranking, how many rank it first."""

    option: str
    count: int


class Tally(View):
    """How a poll stands. *is_final* says that it is closed and no ballot will be added."""

    poll_id: UUID
    method: Method
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int
    counts: tuple[OptionCount, ...]
    is_final: bool


class Result(View):
    """
    What a poll decided: its winners (several where a tie stands) and the rounds of the count, a page at a time.

    In a round an option is named by its place in *options*, counted from 0; *counts* has a number for each of them.
    """

    poll_id: UUID
    method: Method
    options: tuple[str, ...]
    winners: tuple[str, ...]
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int
    closed_position: int
    declared_position: int
    seed: str
    outcome_sha256: str
    ballots_sha256: str
    rounds_count: int
    rounds: tuple[Round, ...]
    next: Cursor | None


class OwnBallot(View):
    """
    The caller's own ballot as it counts: in the public log it is the *voter*'s, and its newest entry is at *position*.

    *choices* is None for a ballot that was withdrawn.
    """

    poll_id: UUID
    ballot_id: UUID
    voter: UUID
    choices: tuple[str, ...] | None
    position: int


class NamedBallot(View):
    """A member's ballot that counts."""

    member_id: UUID
    voter: UUID
    choices: tuple[str, ...]
    position: int


class NamedBallots(View):
    """A page of the ballots of those who are members of the group today; a page may hold fewer than were asked for."""

    items: tuple[NamedBallot, ...]
    next: Cursor | None


class PaperBatch(View):
    """A batch of paper ballots; *entered_by* is shown to members of the group alone."""

    batch_id: UUID
    ballots_count: int
    entered_at: datetime
    entered_by: UUID | None
    position: int
    struck_because: str | None


class PaperBatches(View):
    """A page of a poll's batches, in the order in which they were entered."""

    items: tuple[PaperBatch, ...]
    next: Cursor | None


class Roll(View):
    """A page of the roll of a poll: the pseudonyms of those who may vote."""

    poll_id: UUID
    voters_count: int
    roll_sha256: str
    voters: tuple[UUID, ...]
    next: Cursor | None


class GovernanceData(View):
    """What this service holds of one member: their ballots, withdrawn ones too."""

    ballots: tuple[OwnBallot, ...]


# ---- queries ---------------------------------------------------------------------------------------------------------


class PollOf(Query[PollDetails]):
    """The poll of that id."""

    service: ClassVar[str] = "governance"

    poll_id: UUID


class PollsOf(Query[Polls]):
    """The polls of a group, all of them or only those that are open (or not)."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    is_open: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class TallyOf(Query[Tally]):
    """How a poll stands."""

    service: ClassVar[str] = "governance"

    poll_id: UUID


class ResultOf(Query[Result]):
    """What a poll decided."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    cursor: Cursor | None = None


class OwnBallotIn(Query[OwnBallot]):
    """The asker's ballot in a poll."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID


class GovernanceDataOf(Query[GovernanceData]):
    """What this service holds of a member, for the member."""

    service: ClassVar[str] = "governance"

    member_id: UUID


class BallotsIn(Query[NamedBallots]):
    """Who voted how in a named poll; for members of its group."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class PaperBatchesIn(Query[PaperBatches]):
    """The batches of paper ballots in a poll."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class RollOf(Query[Roll]):
    """Who may vote in a poll; for members of its group."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID
    limit: Limit = 200
    cursor: Cursor | None = None


class LogKey(View):
    """The public half of the Ed25519 key that the vote log is sealed with: 32 bytes, in hex."""

    public_key: str


class LogKeyOf(Query[LogKey]):
    """Which key is the vote log sealed with?"""

    service: ClassVar[str] = "governance"
