"""How a poll stands and what it decided: the answers, and the questions."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Query, View
from libs.contracts.governance.events.results import Round, Verdict
from libs.contracts.governance.terms import Method, Rules, Settings
from libs.contracts.paging import Cursor

Abstention: TypeAlias = Literal["ignored", "against", "in_base"]
"""
What a blank ballot or an abstention does to whether a poll passes, beside counting for its quorum.

`ignored`: nothing. `against`: it stands against a yes. `in_base`: it is one of the votes of which a share is needed.
"""


class OptionCount(View):
    """How an option stands; `Tally.counts` says what *count* and *by_mark* are for each method."""

    option: str
    count: int
    by_mark: tuple[int, ...] = ()


class Tally(View):
    """
    How a poll stands. *is_final* says that it is closed and no ballot will be added.

    *blank_count* is None, and *counts* are empty, while the results of the poll are hidden.
    """

    poll_id: UUID
    method: Method
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int | None
    counts: tuple[OptionCount, ...]
    """
    By method, *count* is: how many ballots name the option (`approval`, `single`, `consent`, `budget`); how many rank
    it first, alone or with others (`ranked`, `stv`, `schulze`, `borda`); the sum of its scores or dots (`score`,
    `dots`); how many grade it (`judgment`); how many say yes to it (`date`).

    *by_mark* is how many ballots give each grade, the best first, those that leave the option out the worst
    (`judgment`); or say no, if need be, and yes (`date`); for other methods nothing.
    """
    rules: Rules | None = None
    abstention: Abstention = "ignored"
    is_hidden: bool = False
    is_final: bool


class Result(View):
    """
    What a poll decided: its winners (several where a tie stands) and the rounds of the count, a page at a time.

    In a round an option is named by its place in *options*, counted from 0; *counts* has a number for each of them, in
    1/*unit* votes. *verdict* says whether the rules were met; *ranking* is the order of all options, equal ones
    together, where the method gives one. *ballots_count* includes *delegated_count* votes that others carried.
    *declared_at* is when the count was done and written down.
    """

    poll_id: UUID
    method: Method
    options: tuple[str, ...]
    winners: tuple[str, ...]
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int
    delegated_count: int = 0
    settings: Settings = Settings()
    rules: Rules | None = None
    abstention: Abstention = "ignored"
    verdict: Verdict | None = None
    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    closed_position: int
    declared_position: int
    declared_at: datetime | None = None
    seed: str
    outcome_sha256: str
    ballots_sha256: str
    rounds_count: int
    rounds: tuple[Round, ...]
    next: Cursor | None


class TallyOf(Query[Tally]):
    """How a poll stands."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None


class ResultOf(Query[Result]):
    """What a poll decided."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    cursor: Cursor | None = None
