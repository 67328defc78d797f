"""The terms of a poll: whether it can be counted on them, whether its key is the one, and what it comes after."""

from hashlib import sha256
from uuid import UUID

from libs.audit.books import Books
from libs.audit.polls import Poll
from libs.eventlog.log import Recorded
from libs.tally import InvalidPoll, check_poll, check_rules


def check_terms(books: Books, poll: Poll, recorded: Recorded) -> None:
    """The opening can be counted as it stands, and names no other poll than one that fits."""
    opened, terms = poll.opened, poll.opened.terms
    try:
        check_poll(opened.method, opened.options, poll.settings)
        if rules := poll.rules():
            check_rules(opened.method, rules)
    except InvalidPoll as fault:
        books.differ(recorded.position, "options", f"The poll cannot be counted: {fault}", poll.id)
    _check_key(books, poll, recorded)

    def differ(text: str) -> None:
        books.differ(recorded.position, "terms", text, poll.id)

    if terms.carry_max is not None and (terms.carry_max < 0 or not terms.takes_delegations):
        differ("The terms say how many votes one may carry, and that none is carried, or less than none.")
    if terms.remind_at is not None and not recorded.decided_at < terms.remind_at < opened.closes_at:
        differ("Voters would be reminded before the opening or after the close.")
    if terms.replaces and not _fits(books, poll, terms.replaces, is_cancelled=True):
        differ("The poll replaces one that is no cancelled poll of the same group.")
    if terms.reviews and not _fits(books, poll, terms.reviews, is_cancelled=False):
        differ("The poll reviews one that is no poll of the same group with a result.")


def _check_key(books: Books, poll: Poll, recorded: Recorded) -> None:
    """Commit to a key where there is one, and seal with it what is for the group alone."""
    terms = poll.opened.terms
    if (terms.key_sha256 is not None) != (poll.ballots_key_id is not None):
        text = "The opening commits to a key that nothing is sealed with, or to none where there must be one."
        books.differ(recorded.position, "poll-key", text, poll.id)
    if recorded.key_id != (poll.id if terms.audience == "group" else None):
        books.differ(recorded.position, "sealed", "The opening is not sealed as its own audience says.", poll.id)
    key = books.keys.key(poll.id)
    if key and terms.key_sha256 and sha256(key).hexdigest() != terms.key_sha256:
        text = "The key that was given is not the one that the opening commits to (key_sha256)."
        books.differ(recorded.position, "poll-key", text, poll.id)


def _fits(books: Books, poll: Poll, earlier_id: UUID, *, is_cancelled: bool) -> bool:
    """Return whether the earlier poll is of the same group and ended so; of one that cannot be read it is not known."""
    if books.is_sealed(earlier_id):
        return True
    earlier = books.known_poll(earlier_id)
    if earlier is None or earlier.opened.group_id != poll.opened.group_id:
        return False
    return (earlier.cancelled_position if is_cancelled else earlier.declared_position) is not None
