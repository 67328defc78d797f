"""A poll, from its opening on, as an auditor remembers it."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from libs.audit.entries import LOG
from libs.audit.report import PollNote, PollReport
from libs.contracts.governance import PollOpened
from libs.eventlog.codec import decode
from libs.eventlog.sealing import Keys
from libs.tally import Ballot, InvalidBallot, Outcome, Rules, Settings, check_choices

_OUTCOME = TypeAdapter(Outcome)
_BALLOTS_AT_HAND_MAX = 5_000


@dataclass(slots=True)
class Poll:
    """What was decided at the opening and, once it is closed, what follows."""

    id: UUID
    opened: PollOpened
    opened_position: int
    opening: bytes = b""
    number: int = 0
    closed_position: int | None = None
    declared_position: int | None = None
    seed: str | None = None
    ballots_count: int = 0
    paper_ballots_count: int = 0
    ballots_sha256: str | None = None
    outcome: Outcome | None = None
    notes: list[PollNote] = field(default_factory=list)
    cancelled_position: int | None = None
    group_id: str = field(init=False)
    closes_at: datetime = field(init=False)
    settings: Settings = field(init=False)
    offers_block: bool = field(init=False)
    _offered: frozenset[str] = field(init=False)
    _complaints: dict[tuple[str, str | None], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._offered = frozenset(self.opened.options)
        self.settings = Settings(**dict(self.opened.terms.settings))
        self.offers_block = self.opened.method == "consent" and "block" in self._offered
        self.group_id, self.closes_at = str(self.opened.group_id), self.opened.closes_at

    def note(self, name: str, text: str, *values: int | str) -> None:
        """Remember something that a reader should know and that is no difference."""
        self.notes.append(PollNote(name, text, values))

    @property
    def is_open(self) -> bool:
        """Whether ballots count that come now."""
        return self.closed_position is None and self.cancelled_position is None

    @property
    def is_hidden(self) -> bool:
        """Whether its ballots are sealed with its own key until the close."""
        return self.opened.terms.results == "hidden"

    @property
    def ballots_key_id(self) -> UUID | None:
        """The key that ballots are sealed with: the poll's own, if results are hidden or the group alone may read."""
        return self.id if self.is_hidden or self.opened.terms.audience == "group" else None

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return datetime.fromisoformat(orjson.loads(self.opening)["decided_at"])

    def address(self, voter: str) -> bytes:
        """Return the UUID of the voter's ballot: `uuid5(poll_id, voter)`, as RFC 9562 makes it."""
        address = bytearray(sha1(self.id.bytes + voter.encode(), usedforsecurity=False).digest()[:16])
        address[6] = address[6] & 0x0F | 0x50
        address[8] = address[8] & 0x3F | 0x80
        return bytes(address)

    def rules(self) -> Rules | None:
        """Return when the poll decides anything, if its opening says so."""
        rules = self.opened.terms.rules
        return Rules(**dict(rules)) if rules else None

    def complaint(self, choices: str, marks: str | None) -> str | None:
        """Return why a ballot, in JSON, cannot be counted here, or None."""
        said = choices, marks
        try:
            return self._complaints[said]  # most ballots say what another said
        except KeyError:
            pass
        complaint = None
        try:
            check_choices(self.opened.method, self._offered, ballot(choices, marks), self.settings)
        except InvalidBallot as fault:
            complaint = str(fault)
        if len(self._complaints) >= _BALLOTS_AT_HAND_MAX:
            self._complaints.clear()
        self._complaints[said] = complaint
        return complaint

    @classmethod
    def from_row(cls, row: tuple[Any, ...], keys: Keys) -> "Poll":
        """Return the poll that the books hold in *row*."""
        number, poll_id, opened_position, opening, closed, declared, seed, ballots, paper, *rest = row
        digest, outcome, notes, cancelled, _ = rest
        opened = decode(LOG, opened_position, opening, keys).event
        assert isinstance(opened, PollOpened)
        return cls(
            UUID(bytes=poll_id),
            opened,
            opened_position,
            opening,
            number,
            closed_position=closed,
            declared_position=declared,
            seed=seed,
            ballots_count=ballots,
            paper_ballots_count=paper,
            ballots_sha256=digest,
            outcome=_OUTCOME.validate_json(outcome) if outcome else None,
            notes=[PollNote(name, text, tuple(values)) for name, text, values in orjson.loads(notes)],
            cancelled_position=cancelled,
        )

    def as_row(self) -> tuple[Any, ...]:
        """Return what the books keep of the poll, its number last."""
        return (
            self.opened_position,
            self.opening,
            self.closed_position,
            self.declared_position,
            self.seed,
            self.ballots_count,
            self.paper_ballots_count,
            self.ballots_sha256,
            orjson.dumps(self.outcome.as_plain()).decode() if self.outcome else None,
            orjson.dumps([tuple(note) for note in self.notes]).decode(),
            self.cancelled_position,
            self.number,
        )

    def report(self, late_positions: tuple[int, ...]) -> PollReport:
        """Return the poll as an auditor tells it."""
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
            ballots_count=self.ballots_count,
            paper_ballots_count=self.paper_ballots_count,
            seed=self.seed,
            ballots_sha256=self.ballots_sha256,
            outcome=self.outcome,
            late_positions=late_positions,
            notes=tuple(self.notes),
            cancelled_position=self.cancelled_position,
        )


def ballot(choices: str, marks: str | None) -> Ballot:
    """Return the ballot that says *choices* and *marks*, both in JSON."""
    return Ballot(tuple(orjson.loads(choices)), tuple(orjson.loads(marks)) if marks else ())
