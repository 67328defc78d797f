"""
The terms that a poll is opened on: what is settled where nobody says otherwise, and what can be counted at all.

All of it is in the opening's entry and cannot change, so nobody has to know later what was custom then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.governance import Method, PollTerms
from libs.errors import Unprocessable
from libs.tally import InvalidPoll, Rules, Settings, check_poll, check_rules
from libs.tally.poll import CONSENT
from services.governance.domain.keys import PollKeys
from services.governance.domain.poll import TimeIsUp

REMINDED_BEFORE = timedelta(hours=24)
REMINDED_IF_OPEN_FOR = timedelta(days=2)
"""A poll that is open for no longer than this reminds nobody, unless it is asked to."""


class UncountablePoll(Unprocessable):
    """What the poll asks cannot be counted by its method on these terms."""


def offered(method: Method, options: tuple[str, ...], *, allows_block: bool = False) -> tuple[str, ...]:
    """Return what a poll offers: its *options*, or by consent, where there are none, the words of consent."""
    if method == "consent" and not options:
        return CONSENT if allows_block else CONSENT[:3]
    return options


def settled(
    terms: PollTerms, method: Method, *, poll_id: UUID, keys: PollKeys, closes_at: datetime, now: datetime
) -> PollTerms:
    """
    Return *terms* with all that follows from them: the key, the seed of lots, the reminder.

    Raises:
        TimeIsUp: Voters would be reminded before the opening or after the close.
    """
    has_key = terms.results == "hidden" or terms.audience == "group"
    remind_at = terms.remind_at
    if remind_at is None and closes_at - now > REMINDED_IF_OPEN_FOR:
        remind_at = closes_at - REMINDED_BEFORE
    if remind_at is not None and not now < remind_at < closes_at:
        raise TimeIsUp("Voters are reminded between the opening and the close; choose a time in between.")
    draws_ties = terms.settings.draws_ties and method != "consent"  # which passes or does not
    return terms.model_copy(
        update={
            "settings": terms.settings.model_copy(update={"draws_ties": draws_ties}),
            "key_sha256": keys.key_sha256(poll_id) if has_key else None,
            "seed_from": "root",
            "remind_at": remind_at,
        }
    )


def check_terms(method: Method, options: Sequence[str], terms: PollTerms) -> None:
    """
    Raises:
        UncountablePoll: The method does not take these options, settings or rules.
    """
    try:
        check_poll(method, options, Settings(**dict(terms.settings)))
        if terms.rules is not None:
            check_rules(method, Rules(**dict(terms.rules)))
    except InvalidPoll as fault:
        raise UncountablePoll(str(fault)) from fault
