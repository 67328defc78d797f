"""What requests about polls bring along, and how pages are turned."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict

from libs.contracts.geo import PlaceId
from libs.contracts.governance import (
    Choices,
    Marks,
    PaperSheets,
    PollDraft,
    Settings,
)
from libs.contracts.paging import Cursor
from libs.contracts.text import Line

# An example that can be sent as it is: a poll closes within a year.
IN_A_MONTH = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT12:00:00Z}"


class Body(BaseModel):
    """What every body shares: nothing that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class NewSettings(Settings):
    """What the method needs beyond the options; of several that win level one is drawn, unless they all shall win."""

    draws_ties: bool = True


class NewPoll(PollDraft):
    """
    A question, what may be answered, until when, by whom, and when it decides anything.

    By consent the options are yes, no and abstain where none are given, and block where the poll `allows_block`.
    `listed` are the ids of the members on a roll by list. Who has not voted is reminded at `remind_at`; without it a
    day before the close, if the poll is open for more than two.
    """

    settings: NewSettings = NewSettings()

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
                "rules": {"quorum_roll": [1, 4]},
                "eligibility": {"kind": "tenure", "days": 30},
                "topic": "land",
                "takes_delegations": True,
                "results": "hidden",
            }
        },
    )


class BallotBody(Body):
    """
    What a ballot says: options in their own words; for a ranking the best first, for a blank ballot none.

    Some methods ask for `marks`, one for each of `choices`: a score, a grade (0 is the best), dots, an answer (2 yes,
    1 if need be, 0 no), or the rank where several options are level (1 is the best). `reason` is why a ballot blocks.
    """

    choices: Choices
    marks: Marks = ()
    reason: Line | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"choices": ["An orchard", "Leave it wild"]},
            "examples": [
                {"choices": ["An orchard", "Leave it wild"]},
                {"choices": ["An orchard", "Leave it wild"], "marks": [5, 2]},
                {"choices": ["block"], "reason": "The well behind the school would run dry."},
                {"choices": []},
            ],
        },
    )


class PaperBallotsBody(PaperSheets):
    """Ballots of a hall meeting, in the order of their sheets; `marks` has a row for each, where the method asks."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ballots": [["A playground"], [], ["An orchard"]]}}
    )


class CancellingBody(Body):
    """The mistake for which a poll is taken back."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"reason": "The third option was missing; the vote is opened again."}},
    )


class DisputeBody(Body):
    """What is wrong with a roll."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "Two of us joined last week and are missing."}}
    )


class PlaceBody(Body):
    """The place of the gazetteer that is the caller's."""

    gazetteer_id: PlaceId

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"gazetteer_id": 3022700}})


class StrikingBody(Body):
    """Why a batch of paper ballots is taken back."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "The second sheet was entered twice."}}
    )


class AuditorBody(Body):
    """Who may read a poll that is its group's alone, without being in the group."""

    member_id: UUID

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"member_id": "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"}}
    )


Behind = Annotated[Cursor | None, Parameter(description="The `next` of the page before.")]
