"""What requests about polls bring along, and how pages are turned."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.governance import (
    OPTIONS_MAX,
    PAPER_BALLOTS_MAX,
    Choices,
    Method,
    Time,
)
from libs.contracts.paging import Cursor
from libs.contracts.text import Line, Prose

# An example that can be sent as it is: a poll closes within a year.
IN_A_MONTH = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT12:00:00Z}"


class Body(BaseModel):
    """What every body shares: nothing that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class NewPoll(Body):
    """A question, what may be answered, and until when."""

    question: Line
    explanation: Prose | None = None
    method: Method
    options: Annotated[tuple[Line, ...], Field(min_length=2, max_length=OPTIONS_MAX)]
    closes_at: Time
    may_close_early: bool = False
    allows_paper: bool = False

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "question": "What becomes of the field behind the school?",
                "explanation": "The commune gives it to us for ten years.",
                "method": "ranked",
                "options": ["An orchard", "A playground", "Leave it wild"],
                "closes_at": IN_A_MONTH,
                "may_close_early": False,
                "allows_paper": True,
            }
        },
    )


class BallotBody(Body):
    """What a ballot says: options in their own words; for a ranking the best first, for a blank ballot none."""

    choices: Choices

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"choices": ["An orchard", "Leave it wild"]}}
    )


class PaperBallotsBody(Body):
    """Ballots of a hall meeting, in the order of their sheets."""

    ballots: Annotated[tuple[Choices, ...], Field(min_length=1, max_length=PAPER_BALLOTS_MAX)]

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ballots": [["A playground"], [], ["An orchard"]]}}
    )


class StrikingBody(Body):
    """Why a batch of paper ballots is taken back."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "The second sheet was entered twice."}}
    )


Behind = Annotated[Cursor | None, Parameter(description="The `next` of the page before.")]
