"""
How a poll opens, whoever opens it: a member by asking, a proposal by going to the vote, an objection by a review.

Whether the actor may, is for the command that wants it opened. The roll stands before the poll in one batch, so that
neither is there without the other.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.contracts.governance import Method, PollTerms
from libs.service.aggregates import Aggregates
from services.governance.commands.access import electorate_of
from services.governance.commands.office import Office
from services.governance.domain.delegation import check_can_be_carried
from services.governance.domain.eligibility import eligible
from services.governance.domain.poll import Poll, check_question
from services.governance.domain.roll import RollPart, freeze_roll, roll_sha256
from services.governance.domain.terms import check_terms, offered, settled


async def poll_with_roll(
    aggregates: Aggregates,
    office: Office,
    *,
    poll_id: UUID,
    group_id: UUID,
    question: str,
    explanation: str | None,
    method: Method,
    options: tuple[str, ...],
    closes_at: datetime,
    may_close_early: bool,
    allows_paper: bool,
    terms: PollTerms,
    allows_block: bool = False,
    listed: Collection[UUID] = (),
) -> list[RollPart | Poll]:
    """
    Return the parts of the roll and behind them the poll, ready to be saved together; *listed* are electors.

    Raises:
        NotFound: There is no such group.
        Unprocessable: Nobody could vote in it, or it could not be counted, or would close at once.
        TooLarge: It would not fit into the log.
    """
    now, options = aggregates.now, offered(method, options, allows_block=allows_block)
    terms = settled(terms, method, poll_id=poll_id, keys=office.keys, closes_at=closes_at, now=now)
    check_question(question, explanation, options, closes_at=closes_at, now=now, terms=terms)
    check_terms(method, options, terms)
    electors = eligible(await electorate_of(aggregates, group_id), terms.eligibility, listed=listed, now=now)
    voters = [office.pseudonyms.voter(poll_id, elector) for elector in electors]
    check_can_be_carried(terms, len(voters))
    roll = freeze_roll(poll_id, voters)
    poll = Poll(
        id=poll_id,
        group_id=group_id,
        question=question,
        explanation=explanation,
        method=method,
        options=options,
        closes_at=closes_at,
        may_close_early=may_close_early,
        allows_paper=allows_paper,
        voters_count=len(voters),
        parts_count=len(roll),
        roll_sha256=roll_sha256(voters),
        terms=terms,
    )
    return [*roll, poll]
