"""What governance and groups answer in the tests of the pages of votes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.governance import (
    Customs,
    CustomsOf,
    OwnBallot,
    OwnBallotIn,
    OwnDelegation,
    OwnDelegationIn,
    PollDetails,
    PollOf,
    PollTerms,
    Tally,
    TallyOf,
    Templates,
    TemplatesOf,
)
from libs.contracts.groups import GroupOf, Groups, Members, Membership, MembersOf, SubgroupsOf
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.test_governance import DETAILS, POLL, TALLY
from tests.gateway.web.pages.groups_said import GARDEN, garden

SCRIPT = "<script>alert(1)</script>"
VOTER = UUID("c0000000-0000-4000-8000-000000000006")
AT = f"/v/{POLL}"

NO_BALLOT = Refused(404, "NoBallotYet", "…")
OFF_ROLL = Refused(403, "NotOnTheRoll", "…")


def poll(**changed: Any) -> PollDetails:
    """A poll that is open for a day, but for what is said."""
    now = datetime.now(UTC)
    usual = {"group_id": GARDEN, "opened_at": now - timedelta(days=1), "closes_at": now + timedelta(days=1)}
    return DETAILS.model_copy(update={**usual, **changed})


def terms(**changed: Any) -> PollTerms:
    """A poll's terms."""
    return PollTerms(**changed)


def own(*choices: str, **changed: Any) -> OwnBallot:
    """Ana's ballot."""
    given = {"poll_id": POLL, "ballot_id": UUID(int=9), "voter": VOTER, "choices": choices, "position": 68}
    return OwnBallot(**{**given, **changed})


def delegation(**changed: Any) -> OwnDelegation:
    """Who votes for Ana: nobody, but for what is said."""
    given: dict[str, Any] = {
        "poll_id": POLL,
        "voter": VOTER,
        "takes_delegations": True,
        "carry_max": None,
        "has_ballot": False,
        "delegation": None,
        "ends_with": None,
        "lost": None,
        "carries_count": 0,
        "carries": (),
    }
    return OwnDelegation(**{**given, **changed})


def tally(**changed: Any) -> Tally:
    """How the poll stands."""
    return TALLY.model_copy(update=changed)


def answers(fake: FakeServices, *, role: str | None = "member", **changed: Any) -> FakeServices:
    """Have *fake* answer all that a page of a poll asks: Ana is on its roll and has not voted."""
    fake.answers(PollOf, poll(**changed))
    fake.answers(GroupOf, garden(my_role=role))
    fake.answers(TallyOf, tally())
    fake.answers(OwnBallotIn, NO_BALLOT)
    fake.answers(OwnDelegationIn, delegation())
    fake.answers(SubgroupsOf, Groups(items=(), next=None))
    fake.answers(TemplatesOf, Templates(items=(), next=None))
    fake.answers(
        CustomsOf,
        Customs(
            group_id=GARDEN, audience="everyone", delegations="public", carry_max=None, objection_days=14, position=None
        ),
    )
    since = datetime(2026, 1, 1, tzinfo=UTC)
    people = (
        Membership(member_id=ANA, role="member", since=since),
        Membership(member_id=BO, role="steward", since=since),
    )
    fake.answers(MembersOf, Members(items=people, next=None))
    profiles = (Profile(id=ANA, handle="ana", is_former=False), Profile(id=BO, handle="bo", is_former=False))
    fake.answers(ProfilesOf, Profiles(profiles=profiles))
    return fake
