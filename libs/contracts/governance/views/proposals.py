"""
Proposals and what is said about them: the answers, and the questions.

Whoever acts in a group is named by their pseudonym there (*author*); members of the group see the *member_id* too, as
long as who it was is a member.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Audience, Side, TemplateTerms
from libs.contracts.paging import Cursor, Limit

Phase: TypeAlias = Literal["discussion", "support", "ready", "vote", "adopted", "rejected", "taken back"]
"""
Where a proposal stands: it is discussed; it waits for support; it may go to the vote; it is voted on; how it ended.
"""

VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ProposalSummary(View):
    """A line in a list of proposals."""

    proposal_id: UUID
    title: str
    author: UUID
    member_id: UUID | None
    version_number: int
    topic: str | None
    made_at: datetime
    discussion_until: datetime
    supporters_count: int
    support_needed: int
    phase: Phase
    poll_id: UUID | None


class Proposal(ProposalSummary):
    """
    A proposal as it reads now, and where it stands.

    *poll_id* is the vote on it that was not cancelled; *is_supported* says whether the asker supports it.
    """

    group_id: UUID
    text: str
    text_sha256: str
    template_id: UUID | None
    terms: TemplateTerms
    audience: Audience
    is_supported: bool
    support_reached_at: datetime | None
    put_to_vote_at: datetime | None
    decided_at: datetime | None
    taken_back_at: datetime | None
    taken_back_because: str | None
    position: int


class Proposals(View):
    """A page of a group's proposals, the newest first."""

    items: tuple[ProposalSummary, ...]
    next: Cursor | None


class VersionSummary(View):
    """A version of a proposal without its text; *amendment_id* is what it took in."""

    version_number: int
    title: str
    text_sha256: str
    amendment_id: UUID | None
    made_at: datetime
    position: int


class Versions(View):
    """A page of a proposal's versions, the first first."""

    items: tuple[VersionSummary, ...]
    next: Cursor | None


class Version(VersionSummary):
    """A version of a proposal: *text_sha256* is that of its title, a line feed and its text, in UTF-8."""

    proposal_id: UUID
    text: str


Piece: TypeAlias = tuple[Literal["=", "-", "+"], str]
"""Words that are in both texts, only in the older, only in the newer."""


class Difference(View):
    """
    What changed from one text to another, line by line, and within a changed line word by word.

    Each line is its pieces: those with `=` and `-` make up the older line, those with `=` and `+` the newer; a line all
    of whose pieces are `-` (`+`) is not in the newer (older) text.
    """

    title: tuple[Piece, ...]
    lines: tuple[tuple[Piece, ...], ...]


class Statement(View):
    """
    What a member said of a proposal; without *words* where they were taken back.

    The log holds *text_sha256*, the SHA-256 of the *salt* (here in hex) and the words.
    """

    statement_id: UUID
    author: UUID
    member_id: UUID | None
    side: Side
    words: str | None
    salt: str | None
    text_sha256: str
    made_at: datetime
    position: int


class Statements(View):
    """A page of what was said of a proposal, the first first."""

    items: tuple[Statement, ...]
    next: Cursor | None


AmendmentState: TypeAlias = Literal["open", "refused", "vote", "taken in", "taken back"]


class AmendmentSummary(View):
    """
    An amendment without its text: where it stands, and because of what.

    *version_number* is the version that it became, *poll_id* the group's vote on it that was not cancelled.
    """

    amendment_id: UUID
    proposal_id: UUID
    author: UUID
    member_id: UUID | None
    of_version: int
    title: str
    why: str | None
    state: AmendmentState
    reason: str | None
    poll_id: UUID | None
    version_number: int | None
    made_at: datetime
    position: int


class Amendment(AmendmentSummary):
    """An amendment, and how it differs from the version that it was made for."""

    text: str
    text_sha256: str
    difference: Difference


class Amendments(View):
    """A page of a proposal's amendments, the first first."""

    items: tuple[AmendmentSummary, ...]
    next: Cursor | None


class MemberForgotten(View):
    """How many statements were erased, and how many pseudonyms say no longer whose they are."""

    statements_count: int
    pseudonyms_count: int


class ProposalOf(Query[Proposal]):
    """The proposal of that id."""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    asker: UUID | None = None


class ProposalsOf(Query[Proposals]):
    """The proposals of a group, all of them or those that stand so."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID | None = None
    phase: Phase | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class VersionsOf(Query[Versions]):
    """How has this proposal read?"""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class VersionOf(Query[Version]):
    """How did this proposal read in its version of that number?"""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    version_number: VersionNumber
    asker: UUID | None = None


class DifferenceBetween(Query[Difference]):
    """What changed between two versions of a proposal?"""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    older: VersionNumber
    newer: VersionNumber
    asker: UUID | None = None


class StatementsOn(Query[Statements]):
    """What was said of this proposal, all of it or on one side?"""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    asker: UUID | None = None
    side: Side | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class AmendmentsOf(Query[Amendments]):
    """How would others have this proposal read?"""

    service: ClassVar[str] = "governance"

    proposal_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class AmendmentOf(Query[Amendment]):
    """The amendment of that id."""

    service: ClassVar[str] = "governance"

    amendment_id: UUID
    asker: UUID | None = None
