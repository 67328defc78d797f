"""What governance asks of itself: what it heard, and what it counted."""

from uuid import UUID

from pydantic import AwareDatetime

from libs.contracts.base import Contract
from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.events.results import Carried, KnownAs, Round, Verdict
from libs.contracts.governance.terms import Method, Role, Sha256


class HearOfGroup(GovernanceCommand):
    """Note what the log of groups says at *source_position*: the group was founded, and who is its first steward."""

    group_id: UUID
    parent_id: UUID | None
    founder: UUID
    source_position: int
    said_at: AwareDatetime


class HearOfMember(GovernanceCommand):
    """
    Note what the log of groups says at *source_position*: the member has this role in the group, None for none.

    *said_at* is when that was decided there.
    """

    group_id: UUID
    member_id: UUID
    role: Role | None
    source_position: int
    said_at: AwareDatetime | None = None


class RemindVoters(GovernanceCommand):
    """Remind who has no ballot yet that the poll closes soon."""

    poll_id: UUID


class CountedOutcome(Contract):
    """`Outcome.as_plain()` of `libs.tally`."""

    method: Method
    options: tuple[str, ...]
    ballots_count: int
    blank_count: int
    rounds: tuple[Round, ...]
    winners: tuple[str, ...]
    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    verdict: Verdict | None = None


class DeclareResult(GovernanceCommand):
    """
    Record what the count of a closed poll gave, and what became of each delegation whose delegator cast no ballot.

    What became of them is *for_group* alone where one of them is.
    """

    poll_id: UUID
    closed_position: int
    seed: Sha256
    paper_ballots_count: int
    ballots_sha256: Sha256
    outcome: CountedOutcome
    carried: tuple[Carried, ...] = ()
    known_as: tuple[KnownAs, ...] = ()
    for_group: bool = False
