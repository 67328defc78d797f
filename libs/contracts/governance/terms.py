"""The words that governance's contracts share: methods and their rules, roles, times, and what a ballot may say."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from libs.contracts.base import Contract
from libs.contracts.text import Line

__all__ = [
    "AMOUNT_MAX",
    "GRADES_MAX",
    "OPTIONS_MAX",
    "PAPER_BALLOTS_MAX",
    "Audience",
    "Choice",
    "Choices",
    "DelegationCustom",
    "Eligibility",
    "Key",
    "Lost",
    "Marks",
    "Method",
    "PollTerms",
    "ProposalVersion",
    "Remedy",
    "Results",
    "Role",
    "Rules",
    "Scope",
    "SeedFrom",
    "Settings",
    "Sha256",
    "Share",
    "Side",
    "TaskState",
    "TemplateTerms",
    "Time",
    "Topic",
]

OPTIONS_MAX = 500
PAPER_BALLOTS_MAX = 500
"""So many paper ballots one command enters at most."""

GRADES_MAX = 20
AMOUNT_MAX = 10**12
"""Of a budget or a cost, in whatever whole unit the poll counts (euros, cents)."""

Method: TypeAlias = Literal[
    "approval",
    "single",
    "ranked",
    "consent",
    "score",
    "judgment",
    "schulze",
    "stv",
    "borda",
    "dots",
    "budget",
    "date",
]
"""How ballots are counted; `docs/METHODS.md` has the rules."""

Role: TypeAlias = Literal["member", "steward"]

Results: TypeAlias = Literal["running", "hidden"]
"""Whether the count can be watched while the poll is open; *hidden* ballots are sealed until the close."""

Audience: TypeAlias = Literal["everyone", "group"]
"""Who may read: for the *group* alone, entries are sealed for ever and members hold the key."""

SeedFrom: TypeAlias = Literal["close", "root"]
"""
Where the seed of lots comes from: the bytes of the `PollClosed` entry, or the root of the sealed log's tree at the
close.

The former is how it was before the log was sealed; `docs/METHODS.md` has both.
"""

Scope: TypeAlias = Literal["poll", "topic", "group"]
"""How far a delegation reaches; the narrower goes before the wider."""

Side: TypeAlias = Literal["for", "against", "question"]

DelegationCustom: TypeAlias = Literal["none", "public", "group"]
"""Whether members may delegate their vote, and who may read the delegations."""

Lost: TypeAlias = Literal["cycle", "no ballot", "not on the roll", "cap"]
"""
Why nobody votes for one who delegated: the chain runs in a circle, or ends with one who cast no ballot, or with one who
may not vote here; or the one it ends with carries as many as anybody may.
"""

TaskState: TypeAlias = Literal["open", "doing", "done", "dropped"]

Remedy: TypeAlias = Literal["recount", "review"]
"""What an objection to a result asks for: that the same ballots are counted again, or that the group votes again."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A key of AES-256-GCM, 32 bytes in hexadecimal digits."""


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError("this is no time of our calendar") from fault


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant, kept in UTC."""


def _as_labelled(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


Choice = Annotated[str, AfterValidator(_as_labelled)]
"""An option's own words. What the poll does not offer is refused when its poll is known."""

Choices = Annotated[tuple[Choice, ...], Field(max_length=OPTIONS_MAX)]
"""The options that one ballot names; for a ranking the best first. None at all is a blank ballot."""

Marks = Annotated[tuple[Annotated[int, Field(ge=0, le=AMOUNT_MAX)], ...], Field(max_length=OPTIONS_MAX)]
"""What a ballot says of each option that it names, in the same order: a score, a grade, a rank, dots; often nothing."""

Topic = Annotated[Line, StringConstraints(max_length=60), AfterValidator(str.casefold)]
"""What a poll is about, in a word or two that a group keeps to: delegations may be for one topic."""

Share = tuple[Annotated[int, Field(ge=0, le=1_000_000)], Annotated[int, Field(ge=1, le=1_000_000)]]
"""A part of a whole, exactly: numerator and denominator."""


class Settings(Contract):
    """What a method needs beyond the options; `Settings` of `libs.tally`, field for field."""

    seats: Annotated[int, Field(ge=1, le=OPTIONS_MAX)] = 1
    score_max: Annotated[int, Field(ge=1, le=1000)] | None = None
    grades: Annotated[tuple[Line, ...], Field(max_length=GRADES_MAX)] = ()
    budget: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    costs: Annotated[tuple[Annotated[int, Field(ge=1, le=AMOUNT_MAX)], ...], Field(max_length=OPTIONS_MAX)] = ()
    draws_ties: bool = False


class Rules(Contract):
    """When a poll decides anything: quorum, threshold, and what abstention means; `Rules` of `libs.tally`."""

    quorum_roll: Share | None = None
    quorum_ballots: Annotated[int, Field(ge=1)] | None = None
    threshold: Literal["simple", "absolute", "qualified"] = "simple"
    share: Share | None = None
    abstentions_count: bool = False

    @model_validator(mode="after")
    def _shares_are_parts(self) -> "Rules":
        for share in (self.quorum_roll, self.share):
            if share and share[0] > share[1]:
                raise ValueError(f"{share[0]}/{share[1]} is more than the whole")
        if (self.threshold == "qualified") != (self.share is not None):
            raise ValueError("a qualified threshold names its share, and no other threshold does")
        return self


class Eligibility(Contract):
    """
    Who of a group is put on the roll of a poll.

    *subgroups*: who is also in one of *group_ids*; *place*: who gave *place_id* (of the gazetteer) as theirs;
    *tenure*: who has been a member for *days* days; *list*: whom the one who opens the poll lists.
    """

    kind: Literal["group", "subgroups", "place", "tenure", "list"] = "group"
    group_ids: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    place_id: int | None = None
    days: Annotated[int, Field(ge=1, le=36_500)] | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "Eligibility":
        needed = {"subgroups": bool(self.group_ids), "place": self.place_id is not None, "tenure": bool(self.days)}
        if not needed.get(self.kind, True):
            raise ValueError(f"a roll by {self.kind} says which")
        return self


class ProposalVersion(Contract):
    """
    The exact text that a poll is about: *text_sha256* is that of its title, a line feed and the text.

    Of an amendment the text is the amendment's, and *version_number* the one that it would be.
    """

    proposal_id: UUID
    version_number: int
    text_sha256: Sha256
    amendment_id: UUID | None = None
    """Where the vote is not on the proposal but on whether to take this amendment in."""


class TemplateTerms(Contract):
    """The terms that a template gives: how it is counted, when it decides, and how long each phase lasts in days."""

    method: Method
    settings: Settings = Settings()
    rules: Rules | None = None
    results: Results = "running"
    takes_delegations: bool = False
    discussion_days: Annotated[int, Field(ge=0, le=365)] = 7
    vote_days: Annotated[int, Field(ge=1, le=365)] = 7
    support_needed: Annotated[int, Field(ge=0, le=100_000)] = 0
    remind_hours: Annotated[int, Field(ge=1, le=24 * 30)] | None = 24
    """So long before the close who has not voted is reminded."""


class PollTerms(Contract):
    """
    The terms that a poll is opened on, beside its question, options and method.

    *key_sha256* commits to the key that ballots are sealed with where results are hidden, or all entries where the
    audience is the group alone. *carry_max* is how many others one voter may vote for at most (None: any number).
    *reviews* is the poll whose result is voted on again, *replaces* a poll that was cancelled for a mistake.
    """

    settings: Settings = Settings()
    rules: Rules | None = None
    eligibility: Eligibility = Eligibility()
    topic: Topic | None = None
    takes_delegations: bool = False
    carry_max: int | None = None
    results: Results = "running"
    audience: Audience = "everyone"
    key_sha256: Sha256 | None = None
    seed_from: SeedFrom = "close"
    proposal: ProposalVersion | None = None
    reviews: UUID | None = None
    replaces: UUID | None = None
    remind_at: AwareDatetime | None = None
