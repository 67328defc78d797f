"""
How somebody else would have a proposal read.

Its author may take it in while it is discussed. If they do not, whoever made it may have the group vote: what the
author refused, or left lying until the discussion was over. An amendment is to one version; when that is not the one
that stands, it says nothing any more of the text that it would replace, and is made anew.
"""

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.errors import Conflict
from services.governance.domain.proposal import AmendmentIsInVote, NotTheAuthor, NotWhatIsVotedOn, Proposal
from services.governance.domain.wording import Wording


class AmendmentIsSettled(Conflict):
    """It was taken in, taken back, or the group voted against it."""


class AuthorHasTheWord(Conflict):
    """While the text is discussed its author answers first."""


class ChangesNothing(Conflict):
    """The proposal reads so already."""


class Amendment(Aggregate):
    """Another wording for one version of a proposal."""

    key_id: UUID | None = None
    """The proposal's, whose secrets are in it; set by who loads it."""

    @event("AmendmentMade")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        proposal_id: UUID,
        author: UUID,
        of_version: int,
        title: str,
        text: str,
        text_sha256: str,
        why: str | None,
    ) -> None:
        self._id = id
        self.proposal_id = proposal_id
        self.author = author
        self.of_version = of_version
        self.wording = Wording(title, text)
        self.text_sha256 = text_sha256
        self.why = why
        self.is_refused = False
        self.is_settled = False
        self.is_taken_in = False
        self.poll_id: UUID | None = None

    def check_is_author(self, who: UUID) -> None:
        """
        Raises:
            NotTheAuthor: *who* is not.
        """
        if who != self.author:
            raise NotTheAuthor("Only who made the amendment may do this.")

    def check_is_pending(self) -> None:
        """
        Raises:
            AmendmentIsSettled: Nothing more is decided on it.
            AmendmentIsInVote: The group decides.
        """
        if self.is_settled:
            raise AmendmentIsSettled("The amendment was taken in, taken back, or voted down.")
        if self.poll_id:
            raise AmendmentIsInVote("The group is voting on the amendment.")

    def take_in(self, proposal: Proposal, *, by: UUID, now: datetime) -> None:
        """
        Become the proposal's next version, as its author wants; what was taken in stays so.

        Raises:
            NotTheAuthor: Somebody else wants it.
            TextHasChanged: It is for another version than the one that stands.
            AmendmentIsSettled, AmendmentIsInVote, DiscussionIsOver and others: It is too late, or not theirs to say.
        """
        proposal.check_is_author(by)
        if self.is_taken_in:
            return
        self.check_is_pending()
        proposal.check_is_discussed(now=now)
        proposal.check_may_change()
        proposal.check_version(self.of_version)
        self._take_in(proposal.take_in(self.id, self.wording), None)

    def refuse(self, reason: str, *, proposal: Proposal, by: UUID) -> None:
        """
        Do not become part of the proposal, as its author wants, unless the group votes otherwise.

        Raises:
            NotTheAuthor, AmendmentIsSettled, AmendmentIsInVote, ProposalIsSettled, ProposalIsInVote: As they say.
        """
        proposal.check_is_author(by)
        self.check_is_pending()
        proposal.check_is_pending()
        if not self.is_refused:
            self._refuse(reason, None)

    def put_to_vote(self, poll_id: UUID, proposal: Proposal, *, now: datetime) -> None:
        """
        Have the group say whether the proposal reads so.

        Raises:
            AuthorHasTheWord: Its author has not said anything yet, and may still.
            TextHasChanged: It is for another version than the one that stands.
            AmendmentIsSettled, AmendmentIsInVote, ProposalIsSettled, ProposalIsInVote: As they say.
        """
        self.check_is_pending()
        proposal.check_is_pending()
        proposal.check_may_change()
        proposal.check_version(self.of_version)
        if not self.is_refused and now < proposal.discussion_until:
            raise AuthorHasTheWord(
                f"The author of the proposal may take it in until {proposal.discussion_until:%Y-%m-%d %H:%M} UTC;"
                f" the group votes on what they refuse or leave."
            )
        self._put_to_vote(poll_id)
        proposal.hold(self.id, poll_id)

    def settle(self, poll_id: UUID, proposal: Proposal, *, is_passed: bool) -> None:
        """
        Do as the group voted, once.

        Raises:
            NotWhatIsVotedOn: The poll is not the vote on it.
        """
        if poll_id != self.poll_id:
            raise NotWhatIsVotedOn("This is not the vote on the amendment.")
        if self.is_settled:
            return
        if is_passed:
            self._take_in(proposal.take_in(self.id, self.wording), poll_id)
        else:
            self._refuse(None, poll_id)

    def take_back(self, *, by: UUID) -> None:
        """
        Do not want it any more; what is taken back stays so.

        Raises:
            NotTheAuthor: Somebody else wants it gone.
            AmendmentIsInVote: The group decides.
        """
        self.check_is_author(by)
        if self.is_settled:
            return
        self.check_is_pending()
        self._take_back()

    def look_past_vote(self) -> None:
        """Disregard the vote on it, which was cancelled."""
        self.poll_id = None

    @event("AmendmentTakenIn")
    def _take_in(self, version_number: int, poll_id: UUID | None) -> None:  # noqa: ARG002 - told to readers
        self.is_taken_in = self.is_settled = True

    @event("AmendmentRefused")
    def _refuse(self, reason: str | None, poll_id: UUID | None) -> None:  # noqa: ARG002 - told to readers
        self.is_refused = True
        self.is_settled = poll_id is not None

    @event("AmendmentPutToVote")
    def _put_to_vote(self, poll_id: UUID) -> None:
        self.poll_id = poll_id

    @event("AmendmentTakenBack")
    def _take_back(self) -> None:
        self.is_settled = True


def check_amends(proposal: Proposal, wording: Wording, *, of_version: int, why: str | None, now: datetime) -> None:
    """
    Raises:
        ChangesNothing: The proposal reads so already.
        TextIsTooLong, TextHasChanged, DiscussionIsOver and others: It cannot be made.
    """
    proposal.check_is_discussed(now=now)
    proposal.check_version(of_version)
    if wording == proposal.wording:
        raise ChangesNothing("The proposal reads so already.")
    # It may become a version, which the vote's terms stand beside.
    wording.check_fits(why, proposal.terms.model_dump(mode="json"))
