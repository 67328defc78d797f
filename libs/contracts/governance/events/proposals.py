"""The way of a text to a vote: versions, statements, amendments, support."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from libs.contracts.base import Event
from libs.contracts.governance.events.example import DIGEST, ELECTOR, GROUP, OTHER_ELECTOR, POLL, PROPOSAL, example
from libs.contracts.governance.terms import Audience, Sha256, Side, TemplateTerms, Topic
from libs.contracts.text import Article, Line

_TITLE = "An orchard behind the school"
_TEXT = "The field behind the school becomes an orchard, open to all, cared for by the garden group."


class ProposalEvent(Event):
    """
    What the events of a proposal share. The author and whoever else acts are named by their pseudonym in the
    group.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "proposal"


class ProposalMade(ProposalEvent):
    """
    A text was put before the group, as its version 1, to be discussed until *discussion_until*.

    It may go to the vote once that time is over and *support_needed* members support it, and is then voted on by
    *terms*, whatever becomes of the template that they are from. *text_sha256* is the SHA-256 of the title, a line feed
    and the text, in UTF-8.
    """

    is_sealable: ClassVar[bool] = True

    group_id: UUID
    author: UUID
    title: Line
    text: Article
    text_sha256: Sha256
    topic: Topic | None
    discussion_until: AwareDatetime
    support_needed: int
    template_id: UUID | None = None
    audience: Audience = "everyone"
    terms: TemplateTerms = TemplateTerms(method="consent")

    model_config = example(
        group_id=GROUP,
        author=ELECTOR,
        title=_TITLE,
        text=_TEXT,
        text_sha256=DIGEST,
        topic="land",
        discussion_until="2030-05-01T12:00:00Z",
        support_needed=3,
    )


class ProposalRevised(ProposalEvent):
    """The proposal has a new version; earlier ones stay. *amendment_id* is the amendment that it takes in, if any."""

    is_sealable: ClassVar[bool] = True

    version_number: int
    title: Line
    text: Article
    text_sha256: Sha256
    amendment_id: UUID | None = None

    model_config = example(version_number=2, title=_TITLE, text=_TEXT, text_sha256=DIGEST)


class SupportReached(ProposalEvent):
    """So many members support the proposal that it may go to the vote; taking support back later does not undo it."""

    supporters_count: int

    model_config = example(supporters_count=3)


class ProposalHeld(ProposalEvent):
    """
    The group votes on an amendment: until that is settled the text stays as it is and does not go to the vote.

    The poll's opening stands before this entry. The hold ends with the version that takes the amendment in, with a
    result that is against it, or with the poll's being cancelled.
    """

    amendment_id: UUID
    poll_id: UUID

    model_config = example(amendment_id="7d0c1b52-3a4f-4b6e-8c9d-1e2f3a4b5c6e", poll_id=POLL)


class ProposalPutToVote(ProposalEvent):
    """The group votes on this very version, in the poll whose opening stands before this entry."""

    poll_id: UUID
    version_number: int

    model_config = example(poll_id=POLL, version_number=2)


class ProposalDecided(ProposalEvent):
    """The vote on the proposal is counted, and the group adopted it or did not."""

    poll_id: UUID
    is_adopted: bool

    model_config = example(poll_id=POLL, is_adopted=True)


class ProposalTakenBack(ProposalEvent):
    """The author takes the proposal back before it goes to the vote; what was said about it stays."""

    reason: Line | None

    model_config = example(reason="The commune has withdrawn its offer.")


class SupportEvent(Event):
    """What the events of a member's support share; its id is `uuid5(proposal_id, supporter)`."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "support"


class SupportGiven(SupportEvent):
    """A member wants the proposal to go to the vote, whatever they will vote."""

    proposal_id: UUID
    supporter: UUID

    model_config = example(proposal_id=PROPOSAL, supporter=OTHER_ELECTOR)


class SupportTakenBack(SupportEvent):
    """The member does not support it any more."""

    model_config = example()


class SupportRenewed(SupportEvent):
    """The member supports it again."""

    model_config = example()


class StatementEvent(Event):
    """What the events of a statement share."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "statement"


class StatementMade(StatementEvent):
    """
    A member spoke for or against a proposal, or asked something.

    The words stand in the vault and may be taken back; *text_sha256* is the SHA-256 of a random salt of 16 bytes and
    the text, which says nothing once the salt is gone.
    """

    proposal_id: UUID
    author: UUID
    side: Side
    text_sha256: Sha256

    model_config = example(proposal_id=PROPOSAL, author=OTHER_ELECTOR, side="for", text_sha256=DIGEST)


class StatementTakenBack(StatementEvent):
    """The words were erased by who said them, or with them; that something was said stays."""

    model_config = example()


class AmendmentEvent(Event):
    """What the events of an amendment share."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "amendment"


class AmendmentMade(AmendmentEvent):
    """A member would have the proposal read so, instead of its version *of_version*, and says *why*."""

    is_sealable: ClassVar[bool] = True

    proposal_id: UUID
    author: UUID
    of_version: int
    title: Line
    text: Article
    text_sha256: Sha256
    why: Line | None

    model_config = example(
        proposal_id=PROPOSAL,
        author=OTHER_ELECTOR,
        of_version=1,
        title=_TITLE,
        text=f"{_TEXT} A third of it stays wild.",
        text_sha256=DIGEST,
        why="The bees were here first.",
    )


class AmendmentTakenIn(AmendmentEvent):
    """The amendment became version *version_number*: the author took it in, or the group voted so in *poll_id*."""

    version_number: int
    poll_id: UUID | None = None

    model_config = example(version_number=2)


class AmendmentRefused(AmendmentEvent):
    """The author did not take it in, or the group voted against it in *poll_id*."""

    reason: Line | None
    poll_id: UUID | None = None

    model_config = example(reason="Half of it is under trees already.")


class AmendmentPutToVote(AmendmentEvent):
    """The group votes on whether to take it in, in the poll whose opening stands before this entry."""

    poll_id: UUID

    model_config = example(poll_id=POLL)


class AmendmentTakenBack(AmendmentEvent):
    """Whoever made it does not want it any more."""

    model_config = example()
