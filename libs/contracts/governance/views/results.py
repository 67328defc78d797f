"""How a poll stands and what it decided: the answers, and the questions."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Query, View
from libs.contracts.governance.events.results import Round
from libs.contracts.governance.terms import Method
from libs.contracts.paging import Cursor


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
