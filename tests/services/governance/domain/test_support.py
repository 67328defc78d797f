"""Whether a member wants a proposal to go to the vote."""

from uuid import UUID

from libs.contracts.governance import SupportGiven, SupportRenewed, SupportTakenBack
from services.governance.domain.support import Support
from tests.given import given

PROPOSAL, ANA, BO = (UUID(int=n) for n in range(11, 14))
GIVEN = SupportGiven(proposal_id=PROPOSAL, supporter=ANA)


def test_has_one_address() -> None:
    """A member supports a proposal once: a second time would have the same address."""
    assert Support.create_id(PROPOSAL, ANA) == Support.create_id(PROPOSAL, ANA)
    assert len({Support.create_id(PROPOSAL, ANA), Support.create_id(PROPOSAL, BO), Support.create_id(ANA, BO)}) == 3


def test_is_given_taken_back_and_renewed() -> None:
    """Each once, as often as the member changes their mind."""
    given(Support).when(Support, proposal_id=PROPOSAL, supporter=ANA).then(GIVEN)
    given(Support, GIVEN).when(Support.renew).then()
    given(Support, GIVEN).when(Support.take_back).then(SupportTakenBack())
    given(Support, GIVEN, SupportTakenBack()).when(Support.take_back).then()
    given(Support, GIVEN, SupportTakenBack()).when(Support.renew).then(SupportRenewed())
    given(Support, GIVEN, SupportTakenBack(), SupportRenewed()).when(Support.take_back).then(SupportTakenBack())
