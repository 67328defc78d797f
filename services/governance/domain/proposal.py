"""
A text on its way to a vote.

It is discussed, and may change, until a time that is known from the beginning; then it stands as it is, unless the
group votes an amendment in. It goes to the vote once enough members support it, and the vote is on exactly that text.
"""

from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Audience, TemplateTerms
from libs.errors import Conflict, NotAllowed, Unprocessable
from services.governance.domain.wording import Wording

DISCUSSED_FOR_MAX = timedelta(days=366)


class DiscussionIsTooLong(Unprocessable):
    """A discussion ends in a year at most, and not before it begins."""


class DiscussionIsOver(Conflict):
    """The text is settled and changes only by a vote."""


class DiscussionGoesOn(Conflict):
    """Nothing goes to the vote while it may still change."""


class SupportIsMissing(Conflict):
    """Too few members want the group to vote on it."""


class ProposalIsInVote(Conflict):
    """What is voted on stays as it is."""


class ProposalIsSettled(Conflict):
    """It was decided, or taken back."""


class AmendmentIsInVote(Conflict):
    """The group is about to say how the text reads."""


class TextHasChanged(Conflict):
    """There is a newer version than the one that was meant."""


class NotTheAuthor(NotAllowed):
    """Only who made it may do this."""


class NotWhatIsVotedOn(Conflict):
    """The result is of another vote."""


class Proposal(Aggregate):
    """A text that a group discusses and then votes on."""

    @event("ProposalMade")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        group_id: UUID,
        author: UUID,
        title: str,
        text: str,
        text_sha256: str,
        topic: str | None,
        discussion_until: datetime,
        support_needed: int,
        template_id: UUID | None,
        audience: Audience,
        terms: TemplateTerms,
    ) -> None:
        self._id = id
        self.group_id = group_id
        self.author = author
        self.wording = Wording(title, text)
        self.text_sha256 = text_sha256
        self.version_number = 1
        self.took_in: UUID | None = None
        self.topic = topic
        self.discussion_until = discussion_until
        self.support_needed = support_needed
        self.template_id = template_id
        self.audience: Audience = audience
        self.terms = terms
        self.is_support_reached = support_needed == 0
        self.poll_id: UUID | None = None
        self.amendment_poll_id: UUID | None = None
        self.decided_in: UUID | None = None
        self.is_adopted = False
        self.is_taken_back = False

    @property
    def key_id(self) -> UUID | None:
        """The key that its entries are sealed with: the group's, where only the group may read."""
        return self.group_id if self.audience == "group" else None

    def check_is_author(self, who: UUID) -> None:
        """
        Raises:
            NotTheAuthor: *who* is not.
        """
        if who != self.author:
            raise NotTheAuthor("Only the author of the proposal may do this.")

    def check_is_pending(self) -> None:
        """
        Raises:
            ProposalIsSettled: It was taken back, or decided.
            ProposalIsInVote: It is about to be.
        """
        if self.is_taken_back:
            raise ProposalIsSettled("The proposal was taken back.")
        if self.decided_in:
            raise ProposalIsSettled("The group has decided on the proposal.")
        if self.poll_id:
            raise ProposalIsInVote("The group is voting on the proposal; it stays as it is.")

    def check_is_discussed(self, *, now: datetime) -> None:
        """
        Raises:
            ProposalIsSettled, ProposalIsInVote: As `check_is_pending`.
            DiscussionIsOver: Its time is up.
        """
        self.check_is_pending()
        if now >= self.discussion_until:
            raise DiscussionIsOver(f"The discussion ended at {self.discussion_until:%Y-%m-%d %H:%M} UTC.")

    def check_may_change(self) -> None:
        """
        Raises:
            AmendmentIsInVote: The group is voting on how it reads.
        """
        if self.amendment_poll_id:
            raise AmendmentIsInVote("The group is voting on an amendment; until then the text stays as it is.")

    def check_version(self, of_version: int) -> None:
        """
        Raises:
            TextHasChanged: *of_version* is not the one that stands.
        """
        if of_version != self.version_number:
            raise TextHasChanged(
                f"The proposal is at version {self.version_number} and this is about version {of_version};"
                f" read it again and say what you would change now."
            )

    def revise(self, wording: Wording, *, by: UUID, of_version: int | None, now: datetime) -> None:
        """
        Let it read so; the same again is nothing new.

        Raises:
            NotTheAuthor, DiscussionIsOver, TextHasChanged and others: It may not change, or not so.
        """
        self.check_is_author(by)
        if wording == self.wording:
            return
        self.check_is_discussed(now=now)
        self.check_may_change()
        self.check_version(of_version or self.version_number)
        wording.check_fits(self.terms.model_dump(mode="json"))
        self._revise(self.version_number + 1, wording.title, wording.text, wording.sha256, None)

    def take_in(self, amendment_id: UUID, wording: Wording) -> int:
        """Let it read as the amendment says, and return the number of the new version."""
        self._revise(self.version_number + 1, wording.title, wording.text, wording.sha256, amendment_id)
        return self.version_number

    def hold(self, amendment_id: UUID, poll_id: UUID) -> None:
        """Stay as it is until the group has voted on the amendment."""
        self._hold(amendment_id, poll_id)

    def reach_support(self, supporters_count: int) -> None:
        """Note that enough members support it, once."""
        if not self.is_support_reached:
            self._reach_support(supporters_count)

    def put_to_vote(self, poll_id: UUID, *, now: datetime) -> None:
        """
        Go to the vote as it reads now.

        Raises:
            DiscussionGoesOn, SupportIsMissing, AmendmentIsInVote: Not yet.
            ProposalIsSettled, ProposalIsInVote: Not any more, or already.
        """
        self.check_is_pending()
        self.check_may_change()
        if now < self.discussion_until:
            raise DiscussionGoesOn(
                f"The discussion goes on until {self.discussion_until:%Y-%m-%d %H:%M} UTC; then it may go to the vote."
            )
        if not self.is_support_reached:
            raise SupportIsMissing(f"The proposal needs the support of {self.support_needed} members to be voted on.")
        self._put_to_vote(poll_id, self.version_number)

    def decide(self, poll_id: UUID, *, is_adopted: bool, reviews: UUID | None) -> None:
        """
        Note how the vote on it ended; one that *reviews* the vote that decided it decides anew.

        Raises:
            NotWhatIsVotedOn: The poll is neither the vote on it nor a review of that.
        """
        if poll_id == self.decided_in:
            return
        if poll_id != self.poll_id and (reviews is None or reviews != self.decided_in):
            raise NotWhatIsVotedOn("This is not the vote on the proposal.")
        self._decide(poll_id, is_adopted)

    def take_back(self, reason: str | None, *, by: UUID) -> None:
        """
        Do not want it any more; what is taken back stays so.

        Raises:
            NotTheAuthor: Somebody else wants it gone.
            ProposalIsSettled, ProposalIsInVote, AmendmentIsInVote: The group is at it, or is done with it.
        """
        self.check_is_author(by)
        if self.is_taken_back:
            return
        self.check_is_pending()
        self.check_may_change()
        self._take_back(reason)

    def look_past_vote(self) -> None:
        """Disregard the vote on it, which was cancelled."""
        self.poll_id = None

    def look_past_amendment(self) -> None:
        """Disregard the vote on an amendment, which was cancelled or lost."""
        self.amendment_poll_id = None

    @event("ProposalRevised")
    def _revise(self, version_number: int, title: str, text: str, text_sha256: str, amendment_id: UUID | None) -> None:
        self.version_number = version_number
        self.wording = Wording(title, text)
        self.text_sha256 = text_sha256
        self.took_in = amendment_id
        self.amendment_poll_id = None

    @event("SupportReached")
    def _reach_support(self, supporters_count: int) -> None:  # noqa: ARG002 - told to readers
        self.is_support_reached = True

    @event("ProposalHeld")
    def _hold(self, amendment_id: UUID, poll_id: UUID) -> None:  # noqa: ARG002 - told to readers
        self.amendment_poll_id = poll_id

    @event("ProposalPutToVote")
    def _put_to_vote(self, poll_id: UUID, version_number: int) -> None:  # noqa: ARG002 - told to readers
        self.poll_id = poll_id

    @event("ProposalDecided")
    def _decide(self, poll_id: UUID, is_adopted: bool) -> None:
        self.decided_in = poll_id
        self.is_adopted = is_adopted

    @event("ProposalTakenBack")
    def _take_back(self, reason: str | None) -> None:  # noqa: ARG002 - told to readers
        self.is_taken_back = True


def check_discussion(until: datetime, *, now: datetime) -> None:
    """
    Raises:
        DiscussionIsTooLong: It would end before it begins, or in more than a year.
    """
    if until < now:
        raise DiscussionIsTooLong("The discussion would be over before it begins; choose a time to come.")
    if until > now + DISCUSSED_FOR_MAX:
        raise DiscussionIsTooLong("A proposal is discussed for a year at most.")
