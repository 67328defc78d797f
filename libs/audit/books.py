"""
What an auditor has to remember of the log while reading on.

A poll's ballots are kept while it is open and dropped at its close, when they have been counted. So the memory of an
audit follows the ballots of the polls that are open at once; of every other entry only its id is kept.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha1
from uuid import UUID

from libs.audit.report import Difference, PollReport
from libs.contracts.governance import PollOpened, Round
from libs.eventlog.log import Recorded
from libs.tally import Ballot, InvalidBallot, Outcome, check_choices

_NOT_SET_BY_UUID5 = ~(0xF000 << 64 | 0xC000 << 48)
_SET_BY_UUID5 = 5 << 76 | 0x8000 << 48
"""The bits of a UUID's number that say its version and variant."""

Standing = tuple[int, Ballot | None]
"""A ballot's version and what it says; None for one that is withdrawn or cannot be counted."""


@dataclass(slots=True)
class Batch:
    """Paper ballots that were entered together."""

    ballots: list[Ballot]
    is_struck: bool = False


@dataclass(slots=True)
class Poll:
    """A poll, from its opening on. Voters and ballots are kept by the numbers of their UUIDs, which are smaller."""

    id: UUID
    opened: PollOpened
    opened_position: int
    roll: frozenset[int] = frozenset()
    ballots: dict[int, Standing] = field(default_factory=dict)
    batches: dict[UUID, Batch] = field(default_factory=dict)
    closed_position: int | None = None
    declared_position: int | None = None
    seed: str | None = None
    ballots_count: int = 0
    paper_ballots_count: int = 0
    ballots_sha256: str | None = None
    outcome: Outcome | None = None
    late_positions: list[int] = field(default_factory=list)
    after_time_count: int = 0
    notes: list[str] = field(default_factory=list)
    _offered: frozenset[str] = frozenset()
    _alike: dict[Standing, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._offered = frozenset(self.opened.options)

    def address(self, voter: str) -> int:
        """Return the number of the UUID of the voter's ballot: `uuid5(poll_id, voter)`, as RFC 9562 makes it."""
        digest = sha1(self.id.bytes + voter.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:16], "big") & _NOT_SET_BY_UUID5 | _SET_BY_UUID5

    def complaint(self, ballot: Ballot) -> str | None:
        """Return why a ballot cannot be counted here, or None."""
        if (1, ballot) in self._alike:
            return None  # most ballots say what another said
        try:
            check_choices(self.opened.method, self._offered, ballot)
        except InvalidBallot as fault:
            return str(fault)
        return None

    def alike(self, standing: Standing) -> Standing:
        """Return *standing*, the same object for every ballot that says the same."""
        return self._alike.setdefault(standing, standing)

    def counted(self) -> Counter[Ballot]:
        """Return the ballots that count at this moment, each distinct one with its number."""
        ballots = Counter(ballot for _, ballot in self.ballots.values() if ballot is not None)
        for batch in self.batches.values():
            if not batch.is_struck:
                ballots.update(batch.ballots)
        return ballots

    def paper_count(self) -> int:
        """Return how many paper ballots count at this moment."""
        return sum(len(batch.ballots) for batch in self.batches.values() if not batch.is_struck)

    def forget(self) -> None:
        """Drop what no later entry depends on."""
        self.roll = frozenset()
        self.ballots, self.batches, self._alike = {}, {}, {}

    def report(self) -> PollReport:
        """Return the poll as an auditor tells it."""
        is_open = self.closed_position is None
        opened = self.opened
        return PollReport(
            poll_id=self.id,
            group_id=opened.group_id,
            question=opened.question,
            method=opened.method,
            options=opened.options,
            opened_position=self.opened_position,
            closed_position=self.closed_position,
            declared_position=self.declared_position,
            closes_at=opened.closes_at,
            voters_count=opened.voters_count,
            ballots_count=sum(self.counted().values()) if is_open else self.ballots_count,
            paper_ballots_count=self.paper_count() if is_open else self.paper_ballots_count,
            seed=self.seed,
            ballots_sha256=self.ballots_sha256,
            outcome=self.outcome,
            late_positions=tuple(self.late_positions),
            notes=tuple(self.notes),
        )


@dataclass(slots=True)
class Part:
    """An entry that means something only together with a later one."""

    position: int
    number: int
    actor: str
    poll_id: UUID


@dataclass(slots=True)
class RollPart(Part):
    """A part of a roll."""

    voters: tuple[UUID, ...]


@dataclass(slots=True)
class PaperPart(Part):
    """A part of a batch of paper ballots."""

    ballots: tuple[Ballot, ...]


@dataclass(slots=True)
class ResultPart(Part):
    """A part of a result."""

    rounds: tuple[Round, ...]


@dataclass(slots=True)
class Books:
    """All of it."""

    differences: list[Difference] = field(default_factory=list)
    polls: dict[UUID, Poll] = field(default_factory=dict)
    polls_of: defaultdict[UUID | None, list[Poll]] = field(default_factory=lambda: defaultdict(list))
    electors: dict[UUID, set[int]] = field(default_factory=dict)
    """Of each electorate, by its own id."""

    batches: dict[UUID, Poll] = field(default_factory=dict)
    roll_parts: dict[UUID, list[RollPart]] = field(default_factory=dict)
    paper_parts: dict[UUID, list[PaperPart]] = field(default_factory=dict)
    result_parts: dict[UUID, list[ResultPart]] = field(default_factory=dict)

    def differ(self, position: int, rule: str, text: str, poll_id: UUID | None = None) -> None:
        """Note a difference."""
        self.differences.append(Difference(position, poll_id, rule, text))

    def poll(self, recorded: Recorded, poll_id: UUID) -> Poll | None:
        """Return the poll that an entry is about, or note that there is none."""
        poll = self.polls.get(poll_id)
        name = type(recorded.event).__name__
        if poll is None:
            self.differ(recorded.position, "no-poll", f"{name} is about a poll that was not opened before it.", poll_id)
        elif recorded.group_id != poll.opened.group_id:
            text = f"{name} names the group {recorded.group_id}, and the poll is one of {poll.opened.group_id}."
            self.differ(recorded.position, "group", text, poll_id)
        return poll

    def open_poll(self, recorded: Recorded, poll_id: UUID) -> Poll | None:
        """Return the same if it is open; what comes behind the close is noted as late."""
        poll = self.poll(recorded, poll_id)
        if poll is not None and poll.closed_position is not None:
            poll.late_positions.append(recorded.position)
            return None
        return poll
