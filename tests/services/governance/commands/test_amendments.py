"""How a proposal comes to read otherwise, and who says so."""

import asyncio
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command
from libs.contracts.governance import (
    AmendmentMade,
    AmendmentTakenIn,
    ProposalRevised,
    PutAmendmentToVote,
    RefuseAmendment,
    ReviseProposal,
    SetCustoms,
    SettleAmendment,
    TakeAmendmentBack,
    TakeAmendmentIn,
)
from libs.errors import NotFound
from libs.eventlog.log import LogMovedOn
from libs.service.aggregates import KeyWasUsed
from services.governance.commands.access import NotForMembers
from services.governance.domain.electorate import NotAMember
from services.governance.domain.proposal import NotTheAuthor, TextHasChanged
from tests.services.governance.conftest import ANA, BO, CY, GROUP, STRANGER, Governance
from tests.services.governance.texts import OTHER_TEXT, TITLE, amended, amendment, proposed

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("house")]


async def test_anybody_in_the_group_may_make_one(governance: Governance) -> None:
    """It names the version that it is for; a stranger makes none, nor anybody to what is not there."""
    proposal_id = await proposed(governance)
    entry = await governance.do(amendment(proposal_id), by=CY)

    assert isinstance(entry.event, AmendmentMade)
    assert entry.actor == str(entry.event.author) == str(governance.pseudonyms.elector(GROUP, CY))
    assert entry.group_id == GROUP
    with pytest.raises(NotAMember):
        await governance.do(amendment(proposal_id), by=STRANGER)
    with pytest.raises(NotFound):
        await governance.do(amendment(uuid4()), by=CY)


async def test_made_twice_with_one_key(governance: Governance) -> None:
    """The same request is the same amendment; another with that key is refused."""
    proposal_id, key = await proposed(governance), uuid4()
    first = await governance.do(amendment(proposal_id), by=CY, key=key)
    assert (await governance.do(amendment(proposal_id), by=CY, key=key)).position == first.position
    with pytest.raises(KeyWasUsed):
        await governance.do(amendment(proposal_id, why="Birds."), by=CY, key=key)


async def test_taken_in_is_one_batch(governance: Governance) -> None:
    """The new version stands right before the amendment's end, and each names the other."""
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    last = await governance.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)

    version, end = (await governance.entries())[-2:]
    assert isinstance(version.event, ProposalRevised)
    assert (version.event.text, version.event.amendment_id) == (OTHER_TEXT, amendment_id)
    assert end.event == AmendmentTakenIn(version_number=2)
    assert (end.position, end.aggregate_id) == (last.position, amendment_id)
    # Twice is once, also when it is not the same request.
    assert (await governance.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)).position == last.position


@pytest.mark.parametrize("is_author_first", [True, False])
async def test_taken_in_while_the_author_revises_one_wins(governance: Governance, is_author_first: bool) -> None:
    """Whichever is kept first, the other is told that the text has changed, and nothing is lost or half done."""
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    both: list[Command] = [
        ReviseProposal(proposal_id=proposal_id, title=TITLE, text="Otherwise.", of_version=1),
        TakeAmendmentIn(amendment_id=amendment_id),
    ]
    outcomes = await asyncio.gather(
        *(governance.do(command, by=BO) for command in (both if is_author_first else both[::-1])),
        return_exceptions=True,
    )

    (refused,) = [o for o in outcomes if isinstance(o, BaseException)]
    assert isinstance(refused, TextHasChanged | LogMovedOn)
    (revised,) = await governance.events(ProposalRevised)
    taken_in = await governance.events(AmendmentTakenIn)
    assert isinstance(revised, ProposalRevised)
    assert len(taken_in) == (revised.amendment_id is not None)


async def test_to_an_older_version_is_made_anew(governance: Governance) -> None:
    """It is not taken in to a text that it does not know; to the text that stands it may be made again."""
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    await governance.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text="Otherwise."), by=BO)
    with pytest.raises(TextHasChanged, match="version 2"):
        await governance.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)

    again = await amended(governance, proposal_id, by=CY, of_version=2)
    await governance.do(TakeAmendmentIn(amendment_id=again), by=BO)
    assert [e.version_number for e in await governance.events(ProposalRevised)] == [2, 3]  # type: ignore[attr-defined]


async def test_somebody_else_s_is_refused(governance: Governance) -> None:
    """The proposal's author answers it, who made it takes it back, and nobody else does either."""
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    forbidden: list[tuple[UUID, Command]] = [
        (CY, TakeAmendmentIn(amendment_id=amendment_id)),
        (ANA, TakeAmendmentIn(amendment_id=amendment_id)),
        (CY, RefuseAmendment(amendment_id=amendment_id, reason="No.")),
        (BO, TakeAmendmentBack(amendment_id=amendment_id)),
    ]
    for who, command in forbidden:
        with pytest.raises(NotTheAuthor):
            await governance.do(command, by=who)
    await governance.do(RefuseAmendment(amendment_id=amendment_id, reason="No."), by=BO)
    with pytest.raises(NotTheAuthor):
        await governance.do(PutAmendmentToVote(amendment_id=amendment_id), by=BO)


async def test_nobody_says_how_its_vote_ended(governance: Governance) -> None:
    """Not even a steward."""
    with pytest.raises(NotForMembers):
        await governance.do(SettleAmendment(amendment_id=uuid4(), poll_id=uuid4()), by=ANA)


async def test_in_a_closed_group_is_sealed(governance: Governance) -> None:
    """Another text is as much the group's as the text itself; so is the version that it becomes."""
    await governance.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    await governance.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)

    sealed = [e for e in await governance.entries() if isinstance(e.event, AmendmentMade | ProposalRevised)]
    assert [entry.key_id for entry in sealed] == [GROUP, GROUP]
