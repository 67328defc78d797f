"""Commands on gatherings, as the desk carries them out."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.events import (
    AnswerGiven,
    AnswerWithdrawn,
    CancelGathering,
    ChangeGathering,
    EraseWords,
    GatheringChanged,
    GatheringScheduled,
    LearnStanding,
    MovedUp,
    ReleaseAnswer,
    ScheduleGathering,
    WithdrawAnswer,
    WordsErased,
)
from libs.errors import NotFound
from libs.eventlog.log import LogMovedOn
from libs.service.aggregates import KeyWasUsed
from services.events.domain.clock import NoSuchTimeZone
from services.events.domain.gathering import NotYours, digest_of
from services.events.domain.standing import NotAMember
from tests.services.events.conftest import ANA, BO, CAFE, CLEO, DARA, GROUP, OTHER_GROUP, Events, recorded

pytestmark = pytest.mark.postgres

STRANGER = UUID("e0000000-0000-4000-8000-000000000009")


def change(gathering_id: UUID, **other: Any) -> ChangeGathering:
    """The café as it was called, but for *other*."""
    fields = {**dict(CAFE), "gathering_id": gathering_id, **other}
    del fields["group_id"]
    return ChangeGathering(**fields)


def with_(**other: Any) -> ScheduleGathering:
    """The café, but for *other*."""
    return CAFE.model_copy(update=other)


async def words(events: Events) -> list[str]:
    """What the vault holds."""
    return [row["words"] for row in await events.pool.fetch("SELECT words FROM description ORDER BY words")]


class TestSchedule:
    async def test_any_member_may(self, events: Events) -> None:
        """Bo is no steward; the entry names the group and Bo."""
        receipt = await events.do(CAFE, BO)

        entry = (await recorded(events.logs["events"], receipt.position - 1))[0]
        assert isinstance(entry.event, GatheringScheduled)
        assert (entry.event.organiser, entry.group_id, entry.aggregate_id) == (BO, GROUP, receipt.id)

    async def test_nobody_else_may(self, events: Events) -> None:
        """Not a stranger, not who left, not a member of another group."""
        await events.leave(CLEO)
        await events.found(OTHER_GROUP, STRANGER)
        for nobody in (STRANGER, CLEO, uuid4()):
            with pytest.raises(NotAMember):
                await events.do(CAFE, nobody)
        assert await events.facts() == []

    async def test_twice_is_once(self, events: Events) -> None:
        """The same command sent again is the same gathering, and one text in the vault."""
        command, key = with_(description="Bring cake."), uuid4()

        first = await events.do(command, BO, key)
        await events.says(CLEO, first.id, "going")
        again = await events.do(command, BO, key)

        assert again == first
        assert await words(events) == ["Bring cake."]

    async def test_a_key_is_for_one_request(self, events: Events) -> None:
        """Another gathering under the same key is refused, and its text is not kept."""
        key = uuid4()
        await events.do(with_(description="Bring cake."), BO, key)

        with pytest.raises(KeyWasUsed):
            await events.do(with_(name="Other", description="Bring beer."), BO, key)
        assert await words(events) == ["Bring cake."]

    async def test_what_is_refused_leaves_nothing(self, events: Events) -> None:
        """No entry, and no text in the vault."""
        with pytest.raises(NoSuchTimeZone):
            await events.do(with_(time_zone="Europe/Lutetia", description="Bring cake."), BO)
        assert await events.facts() == []
        assert await words(events) == []

    async def test_the_log_holds_a_digest(self, events: Events) -> None:
        """The words are in the vault alone; with their salt they prove to be those of the log."""
        await events.do(with_(description="Bring cake."), BO)

        row = await events.pool.fetchrow("SELECT * FROM description")
        (fact,) = await events.facts()
        assert isinstance(fact, GatheringScheduled)
        assert row is not None
        assert fact.description_sha256 == row["sha256"] == digest_of("Bring cake.", row["salt"])
        assert not any(b"cake" in entry.data for entry in await events.logs["events"].entries(0))


class TestChange:
    async def test_the_organiser_and_stewards_may(self, events: Events, cafe: UUID) -> None:
        """Bo called it and Ana is a steward; Cleo is neither until she is made one."""
        await events.do(change(cafe, name="By Bo"), BO)
        await events.do(change(cafe, name="By Ana"), ANA)
        with pytest.raises(NotYours):
            await events.do(change(cafe, name="By Cleo"), CLEO)
        await events.make(CLEO, "steward")
        await events.do(change(cafe, name="By Cleo"), CLEO)

    async def test_an_organiser_who_left_may_not(self, events: Events, cafe: UUID) -> None:
        """A gathering is the group's."""
        await events.leave(BO)
        with pytest.raises(NotAMember):
            await events.do(change(cafe, name="Mine"), BO)

    async def test_twice_is_once(self, events: Events) -> None:
        """The same plan again makes no entry, with a description too."""
        gathering_id = (await events.do(with_(description="Bring cake."), BO)).id

        first = await events.do(change(gathering_id, description="Bring beer."), BO)
        again = await events.do(change(gathering_id, description="Bring beer."), BO)

        assert again == first
        assert await words(events) == ["Bring beer."]

    async def test_the_old_words_go(self, events: Events) -> None:
        """What is taken back is nowhere any more."""
        gathering_id = (await events.do(with_(description="Bring cake."), BO)).id

        await events.do(change(gathering_id, description=None), BO)

        fact = (await events.facts())[-1]
        assert isinstance(fact, GatheringChanged)
        assert fact.description_sha256 is None
        assert await words(events) == []

    async def test_more_room_and_who_gets_it_are_one(self, events: Events, cafe: UUID) -> None:
        """The change and the moving up are consecutive entries of one append."""
        for member_id in (ANA, BO, CLEO, DARA):
            await events.says(member_id, cafe, "going")

        receipt = await events.do(change(cafe, capacity=3), BO)

        changed, moved = await recorded(events.logs["events"], receipt.position - 2)
        assert isinstance(changed.event, GatheringChanged)
        assert moved.event == MovedUp(member_ids=(CLEO,))

    async def test_what_does_not_exist_is_not_found(self, events: Events) -> None:
        """Nor is what has another kind of id."""
        for nothing in (uuid4(), GROUP):
            with pytest.raises(NotFound):
                await events.do(change(nothing), ANA)


class TestCancel:
    async def test_twice_is_once(self, events: Events, cafe: UUID) -> None:
        """The second finds it cancelled."""
        first = await events.do(CancelGathering(gathering_id=cafe, reason="Flood"), BO)
        again = await events.do(CancelGathering(gathering_id=cafe, reason="Fire"), ANA)

        assert again == first

    async def test_not_by_anyone(self, events: Events, cafe: UUID) -> None:
        """Neither by another member nor by a stranger."""
        with pytest.raises(NotYours):
            await events.do(CancelGathering(gathering_id=cafe), CLEO)
        with pytest.raises(NotAMember):
            await events.do(CancelGathering(gathering_id=cafe), STRANGER)


class TestAnswer:
    async def test_members_alone_answer(self, events: Events, cafe: UUID) -> None:
        """A stranger does not; who just joined does."""
        with pytest.raises(NotAMember):
            await events.says(STRANGER, cafe, "going")
        await events.join(STRANGER)
        await events.says(STRANGER, cafe, "going")

    async def test_fifty_at_once_for_ten_places(self, events: Events) -> None:
        """Ten go and forty wait, in the order of the log, however they race; nobody is told to try again."""
        gathering_id = (await events.do(with_(capacity=10), BO)).id
        crowd = [uuid5(GROUP, str(number)) for number in range(50)]
        for member_id in crowd:
            await events.join(member_id)

        await asyncio.gather(*(events.says(member_id, gathering_id, "going") for member_id in crowd))

        facts = [fact for fact in await events.facts() if isinstance(fact, AnswerGiven)]
        assert [fact.answer for fact in facts] == ["going"] * 10 + ["waiting"] * 40
        assert {fact.member_id for fact in facts} == set(crowd)

    async def test_fifty_doubled_at_once(self, events: Events) -> None:
        """Everybody clicks twice: each answer counts once."""
        gathering_id = (await events.do(with_(capacity=10), BO)).id
        crowd = [uuid5(GROUP, str(number)) for number in range(50)]
        for member_id in crowd:
            await events.join(member_id)

        await asyncio.gather(*(events.says(member_id, gathering_id, "going") for member_id in crowd * 2))

        facts = [fact for fact in await events.facts() if isinstance(fact, AnswerGiven)]
        assert Counter(fact.answer for fact in facts) == {"going": 10, "waiting": 40}

    async def test_two_replicas_agree(self, events: Events, cafe: UUID) -> None:
        """Turns are one process's; between two the log decides, and there are never three on two places."""
        other = Events(events.pool)
        other.desk.events = events.logs["events"]

        async def keep_saying(desk: Events, member_id: UUID) -> None:
            while True:
                try:
                    await desk.says(member_id, cafe, "going")
                except LogMovedOn:
                    continue
                return

        await asyncio.gather(
            *(keep_saying(desk, member) for desk in (events, other) for member in (ANA, BO, CLEO, DARA))
        )

        answers = Counter(fact.answer for fact in await events.facts() if isinstance(fact, AnswerGiven))
        assert answers == {"going": 2, "waiting": 2}

    async def test_thousands(self, events: Events) -> None:
        """Three thousand answers, and the next one is as quick as the first."""
        gathering_id = (await events.do(with_(capacity=None), BO)).id
        loop = asyncio.get_running_loop()
        crowd = [uuid5(GROUP, str(number)) for number in range(300)]
        for member_id in crowd:
            await events.join(member_id)
        for round_of_answers in range(10):
            answer = "going" if round_of_answers % 2 else "maybe"
            for member_id in crowd:
                await events.says(member_id, gathering_id, answer)

        started = loop.time()
        await events.says(ANA, gathering_id, "going")

        assert loop.time() - started < 1
        assert len(await events.facts()) == 3002


class TestWithdraw:
    async def test_the_place_goes_to_who_waits(self, events: Events, cafe: UUID) -> None:
        """In one append."""
        for member_id in (ANA, BO, CLEO):
            await events.says(member_id, cafe, "going")

        await events.do(WithdrawAnswer(gathering_id=cafe), BO)

        assert (await events.facts())[-2:] == [AnswerWithdrawn(member_id=BO), MovedUp(member_ids=(CLEO,))]

    async def test_twice_is_once(self, events: Events, cafe: UUID) -> None:
        """Also where there never was an answer."""
        await events.says(BO, cafe, "going")
        first = await events.do(WithdrawAnswer(gathering_id=cafe), BO)

        assert await events.do(WithdrawAnswer(gathering_id=cafe), BO) == first
        assert await events.do(WithdrawAnswer(gathering_id=cafe), STRANGER) == first

    async def test_ones_own_alone(self, events: Events, cafe: UUID) -> None:
        """Cleo's withdrawal leaves Bo's answer."""
        await events.says(BO, cafe, "going")
        await events.do(WithdrawAnswer(gathering_id=cafe), CLEO)

        assert (await events.facts())[-1] == AnswerGiven(member_id=BO, answer="going")


class TestNewsFromElsewhere:
    async def test_who_left_gives_the_place_free(self, events: Events, cafe: UUID) -> None:
        """The clock finds the answer of who left, and the first who waits moves up."""
        for member_id in (ANA, BO, CLEO):
            await events.says(member_id, cafe, "going")

        await events.leave(BO)
        await events.tick()
        await events.tick()

        assert (await events.facts())[-2:] == [AnswerWithdrawn(member_id=BO), MovedUp(member_ids=(CLEO,))]

    async def test_an_answer_recorded_after_the_leaving_is_found_too(self, events: Events, cafe: UUID) -> None:
        """The answer was decided a moment before the news came, and recorded a moment after."""
        await events.says(CLEO, cafe, "going")
        await events.leave(CLEO)
        await events.tick()
        await events.join(CLEO)
        await events.says(CLEO, cafe, "maybe")
        await events.leave(CLEO)
        await events.tick()

        assert (await events.facts())[-1] == AnswerWithdrawn(member_id=CLEO)
        assert len(await events.facts()) == 5

    async def test_who_is_back_keeps_the_answer(self, events: Events, cafe: UUID) -> None:
        """A release that comes late finds a member again."""
        await events.says(CLEO, cafe, "going")
        await events.leave(CLEO)
        await events.join(CLEO)

        await events.do(ReleaseAnswer(gathering_id=cafe, member_id=CLEO, is_erased=False), ANA)

        assert (await events.facts())[-1] == AnswerGiven(member_id=CLEO, answer="going")

    async def test_an_erased_member_comes_no_more(self, events: Events, cafe: UUID) -> None:
        """Even before groups says that they left."""
        for member_id in (ANA, BO, CLEO):
            await events.says(member_id, cafe, "going")

        await events.erase(ANA)
        await events.tick()

        assert (await events.facts())[-2:] == [AnswerWithdrawn(member_id=ANA), MovedUp(member_ids=(CLEO,))]

    async def test_what_an_erased_member_wrote_goes(self, events: Events) -> None:
        """Their descriptions are erased, others' are not; twice is once."""
        await events.do(with_(description="Bring cake."), BO)
        await events.do(with_(description="Bring beer."), CLEO)

        await events.erase(BO)

        assert await words(events) == ["Bring beer."]
        erased = await events.desk.carry_out(
            EraseWords(member_id=BO), actor="events", command_id=uuid4(), attempts_max=1
        )
        assert erased == WordsErased(descriptions_count=0)

    async def test_past_gatherings_stay_as_they_were(self, events: Events, cafe: UUID) -> None:
        """Nobody is withdrawn from what is over."""
        await events.says(CLEO, cafe, "going")
        await events.time_passes()

        await events.leave(CLEO)
        await events.tick()

        assert (await events.facts())[-1] == AnswerGiven(member_id=CLEO, answer="going")

    async def test_old_news_changes_nothing(self, events: Events, cafe: UUID) -> None:
        """What is heard again after a crash, in whatever order, leaves the newest standing."""
        await events.leave(CLEO)
        stale = LearnStanding(group_id=GROUP, member_id=CLEO, role="member", source_position=4)
        await events.do(stale, ANA)

        with pytest.raises(NotAMember):
            await events.says(CLEO, cafe, "going")
