"""How a poll opens on its terms: what its entry says, who is on its roll, and what is refused."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Sealed
from libs.contracts.governance import (
    CancelPoll,
    CastBallot,
    Eligibility,
    GivePlace,
    HearOfGroup,
    PollOpened,
    RollFrozen,
    Rules,
    SetCustoms,
    Settings,
)
from libs.eventlog.codec import decode
from libs.service.aggregates import AggregateMemory
from services.governance.commands.polls import NoDelegationsHere, NothingToReplace
from services.governance.domain.eligibility import NotAllAreMembers, NotTheirSubgroup, RollIsEmpty
from services.governance.domain.poll import TimeIsUp
from services.governance.domain.roll import NotOnTheRoll
from services.governance.domain.terms import UncountablePoll
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER, Governance, question

COOKS = UUID(int=50)
CREST = 3022700


async def opened(governance: Governance, poll_id: UUID) -> PollOpened:
    """What the poll's opening says."""
    (event,) = [entry.event for entry in await governance.entries() if entry.aggregate_id == poll_id]
    assert isinstance(event, PollOpened)
    return event


async def voters(governance: Governance, poll_id: UUID) -> set[UUID]:
    """Those of all members that there ever were who are on the poll's roll."""
    parts = [part for part in await governance.events(RollFrozen) if isinstance(part, RollFrozen)]
    on_it = {voter for part in parts if part.poll_id == poll_id for voter in part.voters}
    found = {who for who in (ANA, BO, CY, STRANGER) if governance.voter(poll_id, who) in on_it}
    assert len(found) == len(on_it)
    return found


class TestTerms:
    async def test_are_all_in_the_opening(self, governance: Governance) -> None:
        """Whoever reads the entry knows by which rules the poll decides."""
        await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
        poll_id = await governance.open(
            method="score",
            settings=Settings(score_max=5, draws_ties=True),
            rules=Rules(quorum_roll=(1, 2)),
            eligibility=Eligibility(kind="place", place_id=CREST),
            topic="  Land ",
            takes_delegations=True,
            carry_max=3,
            results="hidden",
            remind_at=NOON - timedelta(hours=1),
        )
        terms = (await opened(governance, poll_id)).terms

        assert terms.settings == Settings(score_max=5, draws_ties=True)
        assert terms.rules == Rules(quorum_roll=(1, 2))
        assert terms.eligibility == Eligibility(kind="place", place_id=CREST)
        assert (terms.topic, terms.takes_delegations, terms.carry_max) == ("land", True, 3)
        assert (terms.results, terms.audience, terms.seed_from) == ("hidden", "everyone", "root")
        assert terms.remind_at == NOON - timedelta(hours=1)

    async def test_commit_to_a_key_that_nobody_is_told(self, governance: Governance) -> None:
        """The digest of the key is in the entry, and the key nowhere."""
        poll_id = await governance.open(results="hidden")
        key = governance.secrets.keys.key(poll_id)

        assert (await opened(governance, poll_id)).terms.key_sha256 == hashlib.sha256(key).hexdigest()
        assert not any(key.hex().encode() in entry.entry for entry in await governance.entries())

    async def test_of_a_group_s_own_poll_are_sealed(self, governance: Governance) -> None:
        """A stranger who reads the log sees that a poll was opened, and not what is asked."""
        poll_id = await governance.open(audience="group")
        entry = (await governance.entries())[-1]
        seen = decode("governance", entry.position, entry.entry)

        assert isinstance(entry.event, PollOpened)
        assert isinstance(seen.event, Sealed)
        assert seen.event.key_id == poll_id
        assert b"field" not in entry.entry

    async def test_follow_the_group_s_customs(self, governance: Governance) -> None:
        """Who may read, and how much one may carry, is as the group has it, where nobody says otherwise."""
        await governance.do(SetCustoms(group_id=GROUP, audience="group", carry_max=5), by=ANA)
        said = [
            (await opened(governance, await governance.open(takes_delegations=True, **terms))).terms
            for terms in ({}, {"audience": "everyone", "carry_max": 2}, {"carry_max": 9})
        ]

        assert [(terms.audience, terms.carry_max) for terms in said] == [("group", 5), ("everyone", 2), ("group", 5)]
        assert (await opened(governance, await governance.open())).terms.carry_max is None

    async def test_take_no_delegations_where_the_group_does_not(self, governance: Governance) -> None:
        """A custom that nobody votes for another is not passed over by one poll."""
        await governance.do(SetCustoms(group_id=GROUP, delegations="none"), by=ANA)
        await governance.open()
        with pytest.raises(NoDelegationsHere):
            await governance.open(takes_delegations=True)

    async def test_that_cannot_be_counted_leave_no_entry(self, governance: Governance) -> None:
        """A poll that no ballot could be counted for is not opened, nor its roll frozen."""
        before = await governance.log.last()
        with pytest.raises(UncountablePoll):
            await governance.open(method="score")
        with pytest.raises(TimeIsUp):
            await governance.open(remind_at=NOON)

        assert await governance.log.last() == before

    async def test_of_consent_name_its_options(self, governance: Governance) -> None:
        """A poll by consent needs no options, and has block where it was asked for."""
        plain = await governance.open(method="consent", options=())
        blocking = await governance.open(method="consent", options=(), allows_block=True)

        assert (await opened(governance, plain)).options == ("yes", "no", "abstain")
        assert (await opened(governance, blocking)).options == ("yes", "no", "abstain", "block")


class TestRoll:
    async def test_of_a_sub_group(self, governance: Governance) -> None:
        """Who is in the sub-group and in the group votes; its stranger does not, nor the rest of the group."""
        await governance.do(
            HearOfGroup(group_id=COOKS, parent_id=GROUP, founder=ANA, source_position=20, said_at=MORNING)
        )
        await governance.hear(COOKS, STRANGER, "member", 21)
        await governance.hear(COOKS, BO, "member", 22)
        poll_id = await governance.open(eligibility=Eligibility(kind="subgroups", group_ids=(COOKS,)))

        assert await voters(governance, poll_id) == {ANA, BO}
        with pytest.raises(NotOnTheRoll):
            await governance.do(CastBallot(poll_id=poll_id, choices=()), by=CY)

    async def test_of_a_place(self, governance: Governance) -> None:
        """Members of a place vote on what is of that place, those who said so before the opening."""
        await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
        poll_id = await governance.open(eligibility=Eligibility(kind="place", place_id=CREST))
        await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=CY)

        assert await voters(governance, poll_id) == {BO}

    async def test_of_a_list(self, governance: Governance) -> None:
        """Whom the opener lists, by their ids, votes; the log has their pseudonyms alone."""
        poll_id = await governance.open(eligibility=Eligibility(kind="list"), listed=(BO, CY))
        entry = (await governance.entries())[-1].entry

        assert await voters(governance, poll_id) == {BO, CY}
        assert str(BO).encode() not in entry
        with pytest.raises(NotOnTheRoll):
            await governance.do(CastBallot(poll_id=poll_id, choices=()), by=ANA)

    @pytest.mark.parametrize(
        "refusal, terms",
        [
            (NotAllAreMembers, {"eligibility": Eligibility(kind="list"), "listed": (ANA, STRANGER)}),
            (NotTheirSubgroup, {"eligibility": Eligibility(kind="subgroups", group_ids=(COOKS,))}),
            (RollIsEmpty, {"eligibility": Eligibility(kind="place", place_id=CREST)}),
            (RollIsEmpty, {"eligibility": Eligibility(kind="tenure", days=3650)}),
        ],
    )
    async def test_of_nobody_opens_nothing(
        self, governance: Governance, refusal: type[Exception], terms: dict[str, Any]
    ) -> None:
        """A roll that nobody is on, or that names who may not be on it, is refused whole."""
        before = await governance.log.last()
        with pytest.raises(refusal):
            await governance.open(**terms)

        assert await governance.log.last() == before

    async def test_is_frozen_whatever_happens_to_its_basis(self, governance: Governance) -> None:
        """Who leaves the sub-group, the place or the group votes on in the poll that was opened before."""
        await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
        poll_id = await governance.open(eligibility=Eligibility(kind="place", place_id=CREST))
        await governance.do(GivePlace(group_id=GROUP, place_id=None), by=BO)
        await governance.hear(GROUP, BO, None, 30)

        await governance.do(CastBallot(poll_id=poll_id, choices=()), by=BO)

    async def test_does_not_hang_on_what_is_remembered(self, governance: Governance) -> None:
        """A process that starts anew freezes the roll that one that remembers would."""
        await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
        governance.memory = AggregateMemory()
        poll_id = await governance.open(eligibility=Eligibility(kind="place", place_id=CREST))

        assert await voters(governance, poll_id) == {BO}


class TestReplaces:
    async def test_a_cancelled_poll(self, governance: Governance) -> None:
        """What was cancelled for a mistake is opened again, and says so."""
        poll_id = await governance.open()
        await governance.do(CancelPoll(poll_id=poll_id, reason="an option is missing"), by=ANA)
        again = await governance.open(replaces=poll_id)

        assert (await opened(governance, again)).terms.replaces == poll_id

    async def test_no_other(self, governance: Governance) -> None:
        """Not an open one, nor another group's, nor one that never was."""
        other = UUID(int=99)
        await governance.hear(other, STRANGER, "steward", 13)
        elsewhere = await governance.open(group_id=other, by=STRANGER)
        await governance.do(CancelPoll(poll_id=elsewhere, reason="no"), by=STRANGER)
        for poll_id in (await governance.open(), elsewhere, uuid4()):
            with pytest.raises(NothingToReplace):
                await governance.open(replaces=poll_id)


async def test_a_large_sealed_poll_is_kept(governance: Governance) -> None:
    """The largest question that a group asks for itself alone is one entry of the log, and so is a ballot on it."""
    options = tuple(f"{n:03}" + "é" * 40 for n in range(410))
    poll_id = await governance.open(options=options, audience="group")
    await governance.do(CastBallot(poll_id=poll_id, choices=options), by=BO)


async def test_sent_twice_opens_one_on_the_same_terms(governance: Governance) -> None:
    """The same request is one poll, also when what it rests on has changed meanwhile."""
    key = uuid4()
    command = question(eligibility=Eligibility(kind="list"), listed=(BO,))
    first = await governance.do(command, by=ANA, key=key)
    await governance.hear(GROUP, BO, None, 13)

    assert (await governance.do(command, by=ANA, key=key)).position == first.position
