"""The way of a text to a vote, as governance writes it, and with each step that it would not have let pass."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Event
from libs.contracts.governance import (
    CancelPoll,
    ClosePoll,
    DecideProposal,
    PollOpened,
    ProposalPutToVote,
    ProposalTakenBack,
    PutAmendmentToVote,
    PutProposalToVote,
    ReachSupport,
    RefuseAmendment,
    ReviseProposal,
    SettleAmendment,
    SupportProposal,
    SupportReached,
    TakeAmendmentIn,
    TakeProposalBack,
    TakeSupportBack,
)
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, GROUP, NOON, Town, audited, place, rewritten, rules, with_data
from tests.services.governance.readers import readers_of
from tests.services.governance.texts import TITLE, amended, proposed

pytestmark = pytest.mark.postgres

EVENING = NOON + timedelta(hours=6)


@pytest.fixture(autouse=True)
async def vault(town: Town, database: str) -> AsyncIterator[None]:
    """Where governance keeps who is who."""
    async with readers_of(town.governance, database):
        yield


@pytest.fixture
async def proposal_id(town: Town) -> UUID:
    """Bo's proposal, which needs the support of two."""
    return await proposed(town.governance, support_needed=2)


async def opened(town: Town) -> list[UUID]:
    """All polls, in the order of their openings."""
    return [e.aggregate_id for e in await town.governance.entries() if isinstance(e.event, PollOpened)]


async def put_to_vote(town: Town, proposal_id: UUID, *, closes_at: datetime = EVENING) -> UUID:
    """Have the group vote on it once it is noon, and return the poll."""
    town.governance.now = max(NOON, town.governance.now)
    await town.governance.do(PutProposalToVote(proposal_id=proposal_id, closes_at=closes_at), by=BO)
    return (await opened(town))[-1]


async def ended(town: Town, poll_id: UUID, choice: str) -> None:
    """Have Ana decide."""
    await town.vote(poll_id, ANA, choice)
    town.governance.now = EVENING
    await town.governance.do(ClosePoll(poll_id=poll_id))
    await town.declare(poll_id, Counter([Ballot((choice,))]))


@pytest.fixture
async def adopted(town: Town, proposal_id: UUID) -> list[bytes]:
    """A proposal is supported, takes an amendment in, and is adopted."""
    governance = town.governance
    for member in (ANA, CY):
        await governance.do(SupportProposal(proposal_id=proposal_id), by=member)
    await governance.do(ReachSupport(proposal_id=proposal_id, supporters_count=2))
    await governance.do(TakeSupportBack(proposal_id=proposal_id), by=CY)
    amendment_id = await amended(governance, proposal_id, by=CY)
    await governance.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)
    poll_id = await put_to_vote(town, proposal_id)
    await ended(town, poll_id, "yes")
    await governance.do(DecideProposal(proposal_id=proposal_id, poll_id=poll_id))
    return await town.entries()


def entry(event: Event, aggregate_id: UUID, version: int, actor: object) -> bytes:
    """An entry of the group."""
    return encode(New(event, aggregate_id, version, 0, str(actor), uuid4(), EVENING, GROUP))


class TestAProposal:
    def test_that_is_adopted_is_clean(self, adopted: list[bytes]) -> None:
        """All that governance let pass passes the audit."""
        assert audited(adopted).is_clean

    async def test_that_changes_by_its_author_or_is_taken_back_is_clean(self, town: Town, proposal_id: UUID) -> None:
        """So does a text on its way to nowhere."""
        await town.governance.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text="Less."), by=BO)
        await town.governance.do(TakeProposalBack(proposal_id=proposal_id, reason=None), by=BO)

        assert audited(await town.entries()).is_clean

    async def test_goes_to_the_vote_again_once_that_was_cancelled(self, town: Town) -> None:
        """A mistake in a vote does not bind the text."""
        proposal_id = await proposed(town.governance)
        poll_id = await put_to_vote(town, proposal_id)
        await town.governance.do(CancelPoll(poll_id=poll_id, reason="Too short."), by=ANA)
        await put_to_vote(town, proposal_id)
        entries = await town.entries()

        assert audited(entries).is_clean
        del entries[place(entries, "PollCancelled")]
        assert "proposal" in rules(audited(entries))

    @pytest.mark.parametrize("name", ["ProposalMade", "ProposalRevised", "SupportReached", "ProposalDecided"])
    def test_is_moved_on_by_whom_it_may(self, adopted: list[bytes], name: str) -> None:
        """Its author writes it, and governance says what follows by itself."""
        nth = place(adopted, name)
        adopted[nth] = rewritten(adopted[nth], lambda fields: fields.update(actor=str(uuid4())))

        assert "actor" in rules(audited(adopted))

    @pytest.mark.parametrize(
        "name, data",
        [
            ("SupportReached", {"supporters_count": 3}),
            ("SupportReached", {"supporters_count": 1}),
            ("ProposalPutToVote", {"version_number": 1}),
            ("ProposalPutToVote", {"poll_id": str(UUID(int=9))}),
            ("ProposalDecided", {"is_adopted": False}),
            ("ProposalDecided", {"poll_id": str(UUID(int=9))}),
            ("ProposalRevised", {"amendment_id": str(UUID(int=9))}),
        ],
    )
    def test_says_what_is_so(self, adopted: list[bytes], name: str, data: dict[str, object]) -> None:
        """How many support it, what is voted on, and how the vote ended."""
        nth = place(adopted, name)
        adopted[nth] = with_data(adopted[nth], **data)

        assert set(rules(audited(adopted))) == {"proposal"}

    @pytest.mark.parametrize("name", ["SupportGiven", "SupportReached", "PollOpened"])
    def test_misses_what_was_left_out(self, adopted: list[bytes], name: str) -> None:
        """Neither support nor a vote can be missing behind what rests on it."""
        del adopted[place(adopted, name)]

        assert "proposal" in rules(audited(adopted))

    def test_is_settled_once(self, adopted: list[bytes], proposal_id: UUID, town: Town) -> None:
        """What was decided is not voted on again nor taken back."""
        elector = town.governance.pseudonyms.elector(GROUP, BO)
        taken_back = entry(ProposalTakenBack(reason=None), proposal_id, 6, elector)
        again = entry(ProposalPutToVote(poll_id=UUID(int=9), version_number=2), proposal_id, 6, elector)

        assert rules(audited([*adopted, taken_back])) == ["proposal"]
        assert set(rules(audited([*adopted, again]))) == {"proposal"}

    def test_begins_with_its_first_version(self, proposal_id: UUID) -> None:
        """What was never made does not go on."""
        assert "beginning" in rules(audited([entry(SupportReached(supporters_count=0), proposal_id, 1, "governance")]))


class TestAnAmendmentThatTheGroupVotesOn:
    @pytest.fixture(params=["yes", "no"])
    async def settled(self, town: Town, request: pytest.FixtureRequest) -> list[bytes]:
        """Bo does not take Cy's amendment in; the group does, or not, and then votes on the proposal."""
        governance = town.governance
        proposal_id = await proposed(governance)
        amendment_id = await amended(governance, proposal_id, by=CY)
        await governance.do(RefuseAmendment(amendment_id=amendment_id, reason="No."), by=BO)
        await governance.do(PutAmendmentToVote(amendment_id=amendment_id, closes_at=EVENING), by=CY)
        poll_id = (await opened(town))[-1]
        await ended(town, poll_id, request.param)
        await governance.do(SettleAmendment(amendment_id=amendment_id, poll_id=poll_id))
        await put_to_vote(town, proposal_id, closes_at=EVENING + timedelta(hours=1))
        return await town.entries()

    def test_is_clean(self, settled: list[bytes]) -> None:
        """Held, voted on, settled, and the proposal goes to the vote as it reads then."""
        assert audited(settled).is_clean

    @pytest.mark.parametrize("name", ["ProposalHeld", "AmendmentPutToVote"])
    def test_is_what_the_poll_is_on(self, settled: list[bytes], name: str) -> None:
        """The poll says on which amendment it is."""
        nth = place(settled, name)
        settled[nth] = with_data(settled[nth], poll_id=str(UUID(int=9)))

        assert {"proposal", "amendment"} & set(rules(audited(settled)))

    def test_ends_as_the_ballots_say(self, settled: list[bytes]) -> None:
        """What is voted down is not taken in, and what is voted in is not refused."""
        cast = place(settled, "BallotCast")
        other = "no" if b'"yes"' in settled[cast] else "yes"
        settled[cast] = with_data(settled[cast], choices=[other])

        assert "amendment" in rules(audited(settled))


class TestAnAmendment:
    CHANGES: tuple[tuple[str, Callable[[dict[str, Any]], None], str], ...] = (
        ("AmendmentMade", lambda f: f.update(actor=str(uuid4())), "actor"),
        ("AmendmentMade", lambda f: f["data"].update(of_version=2), "amendment"),
        ("AmendmentTakenIn", lambda f: f["data"].update(version_number=1), "amendment"),
        ("AmendmentTakenIn", lambda f: f["data"].update(poll_id=str(UUID(int=9))), "amendment"),
        ("AmendmentTakenIn", lambda f: f.update(actor=str(uuid4())), "actor"),
        ("AmendmentTakenIn", lambda f: f.update(name="AmendmentTakenBack", data={}), "actor"),
        ("AmendmentTakenIn", lambda f: f.update(name="AmendmentPutToVote", data={"poll_id": str(GROUP)}), "amendment"),
    )

    @pytest.mark.parametrize("change", CHANGES)
    def test_altered(self, adopted: list[bytes], change: tuple[str, Callable[[dict[str, Any]], None], str]) -> None:
        """It becomes the very version that its text is, as the proposal's author wants."""
        name, alter, rule = change
        nth = place(adopted, name)
        adopted[nth] = rewritten(adopted[nth], alter)

        assert rule in rules(audited(adopted))
