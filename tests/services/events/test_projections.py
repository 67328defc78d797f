"""What can be read of gatherings, after which history, and by whom."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.base import Command
from libs.contracts.events import (
    AnswersTo,
    CancelGathering,
    ChangeGathering,
    EventsDataOf,
    Gathering,
    GatheringDirectory,
    GatheringOf,
    GatheringScheduled,
    GatheringsOf,
    WithdrawAnswer,
)
from libs.contracts.place import Place
from libs.errors import NotFound
from libs.eventlog.log import New
from libs.service import tables
from libs.service.paging import BadCursor, to_cursor
from services.events.app import SERVICE
from services.events.domain.standing import NotAMember
from tests.services.events.conftest import ANA, BO, CAFE, CLEO, DARA, GROUP, NOW, OTHER_GROUP, YEAR, Events

pytestmark = pytest.mark.postgres

STRANGER = UUID("e0000000-0000-4000-8000-000000000009")


async def seen(events: Events, gathering_id: UUID, asker: UUID | None = None) -> Gathering:
    """The gathering as *asker* sees it."""
    return await events.ask(GatheringOf(gathering_id=gathering_id, asker=asker))


async def names(events: Events, **asked: Any) -> list[str]:
    """The names of the group's gatherings in the order of the list."""
    page = await events.ask(GatheringsOf(group_id=GROUP, asker=None, **asked))
    return [item.name for item in page.items]


def change(gathering_id: UUID, **other: Any) -> Command:
    """The café, but for *other*."""
    fields = {**dict(CAFE), "gathering_id": gathering_id, **other}
    del fields["group_id"]
    return ChangeGathering(**fields)


async def was(events: Events, name: str, days_ago: int) -> None:
    """A gathering that is over, as the log has it."""
    start = NOW - timedelta(days=days_ago)
    plan = {**dict(CAFE), "name": name, "starts_at": start, "ends_at": start + timedelta(hours=1), "time_zone": "UTC"}
    del plan["description"]
    fact = GatheringScheduled(organiser=BO, description_sha256=None, **plan)
    await events.logs["events"].append(
        New(fact, aggregate_id=uuid4(), version=1, after=0, actor=str(BO), id=uuid4(), decided_at=NOW, group_id=GROUP)
    )


class TestGathering:
    async def test_shows_the_wall_clock(self, events: Events) -> None:
        """The time as it was said, with the zone's offset, on whatever continent the server stands."""
        receipt = await events.do(CAFE.model_copy(update={"place": Place(name="Crest", latitude=1, longitude=2)}), BO)

        gathering = await seen(events, receipt.id)

        assert gathering.starts_at.isoformat() == f"{YEAR}-06-01T14:00:00+02:00"
        assert gathering.ends_at.isoformat() == f"{YEAR}-06-01T18:00:00+02:00"
        assert (gathering.time_zone, gathering.capacity) == ("Europe/Paris", 2)
        assert gathering.place == Place(name="Crest", latitude=1, longitude=2)

    async def test_shows_the_wall_clock_by_new_rules(self, events: Events) -> None:
        """It was called when Paris was to keep +03:00; by today's rules the same wall is another instant."""
        start = datetime.fromisoformat(f"{YEAR}-06-01T14:00:00+03:00")
        fact = GatheringScheduled(
            group_id=GROUP,
            organiser=BO,
            name="Old",
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            time_zone="Europe/Paris",
            place=None,
            capacity=None,
            description_sha256=None,
        )
        await events.logs["events"].append(
            New(fact, aggregate_id=CLEO, version=1, after=0, actor=str(BO), id=uuid4(), decided_at=NOW)
        )

        assert (await seen(events, CLEO)).starts_at.isoformat() == f"{YEAR}-06-01T14:00:00+02:00"

    async def test_what_is_a_members_is_not_a_strangers(self, events: Events) -> None:
        """Name, time, place and counts are public; who called it, and in what words, is for members."""
        gathering_id = (await events.do(CAFE.model_copy(update={"description": "Code 1234"}), BO)).id
        await events.says(CLEO, gathering_id, "going")
        await events.found(OTHER_GROUP, STRANGER)
        await events.leave(DARA)

        for outsider in (None, STRANGER, DARA):
            gathering = await seen(events, gathering_id, outsider)
            assert (gathering.name, gathering.going_count) == ("Repair café", 1)
            assert (gathering.organiser, gathering.description, gathering.my_answer) == (None, None, None)
        gathering = await seen(events, gathering_id, ANA)
        assert (gathering.organiser, gathering.description) == (BO, "Code 1234")

    async def test_shows_my_answer_and_my_place_in_the_queue(self, events: Events, cafe: UUID) -> None:
        """Two go, and of the two who wait one is first."""
        for member_id in (ANA, BO, CLEO, DARA):
            await events.says(member_id, cafe, "going")

        mine = {member_id: (await seen(events, cafe, member_id)).my_answer for member_id in (ANA, CLEO, DARA)}

        assert {m: (a.answer, a.ahead_count) for m, a in mine.items() if a} == {
            ANA: ("going", None),
            CLEO: ("waiting", 0),
            DARA: ("waiting", 1),
        }

    async def test_counts_follow_the_answers(self, events: Events, cafe: UUID) -> None:
        """Given, changed, moved up, withdrawn."""
        for member_id in (ANA, BO, CLEO, DARA):
            await events.says(member_id, cafe, "going")
        await events.says(ANA, cafe, "maybe")
        await events.do(WithdrawAnswer(gathering_id=cafe), BO)

        gathering = await seen(events, cafe)

        assert (gathering.going_count, gathering.waiting_count, gathering.maybe_count, gathering.not_count) == (
            2,
            0,
            1,
            0,
        )

    async def test_answers_stand_and_the_change_shows(self, events: Events, cafe: UUID) -> None:
        """An answer that is older than `changed_at` was given to another time."""
        await events.says(CLEO, cafe, "going")
        before = await seen(events, cafe, CLEO)
        await events.do(change(cafe, starts_at=CAFE.starts_at - timedelta(hours=1)), BO)

        after = await seen(events, cafe, CLEO)

        assert before.changed_at is None
        assert after.my_answer is not None
        assert after.my_answer == before.my_answer
        assert after.changed_at is not None
        assert after.changed_at > after.my_answer.answered_at

    async def test_shows_when_it_would_have_begun(self, events: Events, cafe: UUID) -> None:
        """Who had noted the old hour finds it beside the new one; another name alone moves no hour."""
        later = CAFE.starts_at + timedelta(hours=1)
        await events.do(change(cafe, name="Café"), BO)
        renamed = await seen(events, cafe)
        await events.do(change(cafe, starts_at=later), BO)
        await events.do(change(cafe, starts_at=later, name="Café"), BO)

        moved = await seen(events, cafe)

        assert renamed.moved_from is None
        assert moved.starts_at == later
        assert moved.moved_from is not None
        assert moved.moved_from.isoformat() == CAFE.starts_at.isoformat()

    async def test_says_that_it_is_cancelled_and_why(self, events: Events, cafe: UUID) -> None:
        """It stays to be seen."""
        await events.do(CancelGathering(gathering_id=cafe, reason="Flood"), BO)

        gathering = await seen(events, cafe)

        assert gathering.cancelled_at is not None
        assert gathering.cancellation_reason == "Flood"

    async def test_an_erased_description_is_none(self, events: Events) -> None:
        """The log has a digest still; there is nothing to show."""
        gathering_id = (await events.do(CAFE.model_copy(update={"description": "Bring cake."}), BO)).id
        await events.erase(BO)

        assert (await seen(events, gathering_id, ANA)).description is None

    async def test_what_is_not_there_is_not_found(self, events: Events) -> None:
        """In one sentence."""
        with pytest.raises(NotFound):
            await seen(events, uuid4())


class TestList:
    async def test_what_comes_next_comes_first(self, events: Events) -> None:
        """By start, and what is over is in the other list, the latest first."""
        for name, hours in (("later", 48), ("soon", 1)):
            times = {"starts_at": NOW + timedelta(hours=hours), "ends_at": NOW + timedelta(hours=hours + 1)}
            await events.do(CAFE.model_copy(update={"name": name, "time_zone": "UTC", **times}), BO)
        await was(events, "long ago", 300)
        await was(events, "lately", 3)

        assert await names(events) == ["soon", "later"]
        assert await names(events, when="past") == ["lately", "long ago"]

    @pytest.mark.parametrize("when", ["coming", "past"])
    async def test_pages(self, events: Events, when: Any) -> None:
        """Every gathering once, also when several begin at the same time."""
        if when == "coming":
            for number in range(5):
                await events.do(CAFE.model_copy(update={"name": f"n{number}"}), BO)
        else:
            for number in range(5):
                await was(events, f"n{number}", 3)
        found: list[str] = []
        cursor = None
        for _ in range(3):
            page = await events.ask(GatheringsOf(group_id=GROUP, asker=None, when=when, cursor=cursor, limit=2))
            found += [item.name for item in page.items]
            cursor = page.next

        assert cursor is None
        assert sorted(found) == [f"n{number}" for number in range(5)]

    async def test_a_group_without_gatherings_has_an_empty_list(self, events: Events) -> None:
        """And no group has none at all."""
        assert await names(events) == []
        with pytest.raises(NotFound):
            await events.ask(GatheringsOf(group_id=uuid4(), asker=None))

    async def test_other_groups_have_their_own(self, events: Events, cafe: UUID) -> None:
        """A gathering is one group's."""
        await events.found(OTHER_GROUP, STRANGER)
        page = await events.ask(GatheringsOf(group_id=OTHER_GROUP, asker=None))

        assert page.items == ()
        assert page.next is None

    @pytest.mark.parametrize(
        "cursor", ["x", to_cursor("2030-01-01T00:00:00", GROUP), to_cursor("0001-01-01T00:00:00+14:00", GROUP)]
    )
    async def test_a_made_up_cursor_is_refused(self, events: Events, cursor: str) -> None:
        """A time without a zone or before the calendar is not ours."""
        with pytest.raises(BadCursor):
            await events.ask(GatheringsOf(group_id=GROUP, asker=None, cursor=cursor))


class TestDirectory:
    async def found(self, events: Events, **asked: Any) -> list[str]:
        """The names that it lists."""
        return [item.name for item in (await events.ask(GatheringDirectory(asker=BO, **asked))).items]

    async def test_is_searched_without_accents(self, events: Events, cafe: UUID) -> None:
        """As places are found; by its new name alone once it has another."""
        assert (
            await self.found(events, words="repair CAFE") == await self.found(events, words="café") == ["Repair café"]
        )
        await events.do(change(cafe, name="Pique-nique"), ANA)

        assert await self.found(events, words="cafe") == []
        assert await self.found(events, words="pique nique") == ["Pique-nique"]

    async def test_shows_what_comes_in_all_groups(self, events: Events, cafe: UUID) -> None:
        """The next first; what is over or was called off is not among it. The asker's own answer is."""
        await events.found(OTHER_GROUP, BO)
        later = {"starts_at": CAFE.starts_at + timedelta(days=1), "ends_at": CAFE.ends_at + timedelta(days=1)}
        soup = CAFE.model_copy(update={"name": "Soup", "group_id": OTHER_GROUP, **later})
        await events.do(soup, BO)
        off = (await events.do(CAFE.model_copy(update={"name": "Off"}), BO)).id
        await events.do(CancelGathering(gathering_id=off), BO)
        await was(events, "Over", 3)
        await events.says(BO, cafe, "going")

        assert await self.found(events) == ["Repair café", "Soup"]
        first = (await events.ask(GatheringDirectory(asker=BO, limit=1))).items[0]
        assert first.my_answer is not None
        assert first.going_count == 1

    async def test_is_searched_by_name_and_among_some(self, events: Events, cafe: UUID) -> None:
        """Without regard to case; signs mean themselves; a page at a time."""
        soup = (await events.do(CAFE.model_copy(update={"name": "100% soup"}), BO)).id
        first = await events.ask(GatheringDirectory(asker=None, limit=1))
        second = await events.ask(GatheringDirectory(asker=None, limit=1, cursor=first.next))

        assert await self.found(events, words="SOUP") == await self.found(events, words="0%") == ["100% soup"]
        assert await self.found(events, words="'; --") == await self.found(events, among=()) == []
        assert await self.found(events, among=(soup, uuid4())) == ["100% soup"]
        assert {item.gathering_id for page in (first, second) for item in page.items} == {cafe, soup}
        assert second.next is None


class TestAnswers:
    async def test_are_in_the_order_of_the_log(self, events: Events) -> None:
        """Fifty at once for ten places: the waiting list is in the order in which the log has them, in pages too."""
        gathering_id = (await events.do(CAFE.model_copy(update={"capacity": 10}), BO)).id
        crowd = [uuid5(GROUP, str(number)) for number in range(50)]
        for member_id in crowd:
            await events.join(member_id)
        await asyncio.gather(*(events.says(member_id, gathering_id, "going") for member_id in crowd))
        order = [fact.member_id for fact in await events.facts() if hasattr(fact, "member_id")]

        found: list[UUID | None] = []
        cursor = None
        for _ in range(3):
            page = await events.ask(
                AnswersTo(gathering_id=gathering_id, asker=BO, only="waiting", cursor=cursor, limit=15)
            )
            found += [item.member_id for item in page.items]
            cursor = page.next

        assert cursor is None
        assert found == order[10:]
        gathering = await seen(events, gathering_id, order[-1])
        assert (gathering.going_count, gathering.waiting_count) == (10, 40)
        assert gathering.my_answer is not None
        assert gathering.my_answer.ahead_count == 39

    async def test_are_for_members(self, events: Events, cafe: UUID) -> None:
        """Not for strangers, not for former members, also when nobody answered."""
        await events.leave(DARA)
        for outsider in (STRANGER, DARA):
            with pytest.raises(NotAMember):
                await events.ask(AnswersTo(gathering_id=cafe, asker=outsider))
        assert (await events.ask(AnswersTo(gathering_id=cafe, asker=CLEO))).items == ()
        with pytest.raises(NotFound):
            await events.ask(AnswersTo(gathering_id=uuid4(), asker=CLEO))

    async def test_of_a_former_member_have_no_name(self, events: Events, cafe: UUID) -> None:
        """Once erased, a member is in the count of what was, and nowhere by id."""
        await events.says(CLEO, cafe, "going")
        await events.says(DARA, cafe, "going")
        await events.time_passes()
        await events.erase(CLEO)
        await events.tick()

        answers = await events.ask(AnswersTo(gathering_id=cafe, asker=ANA))

        assert [item.member_id for item in answers.items] == [None, DARA]
        assert (await seen(events, cafe)).going_count == 2


class TestOwnData:
    async def test_is_what_a_member_called_and_answered(self, events: Events) -> None:
        """With the words from the vault; nobody else's."""
        gathering_id = (await events.do(CAFE.model_copy(update={"description": "Bring cake."}), BO)).id
        await events.says(BO, gathering_id, "maybe")
        await events.says(CLEO, gathering_id, "going")

        data = await events.ask(EventsDataOf(member_id=BO))

        (called,), (answered,) = data.gatherings, data.answers
        assert (called.gathering_id, called.description) == (gathering_id, "Bring cake.")
        assert (answered.name, answered.answer) == ("Repair café", "maybe")
        assert called.starts_at == CAFE.starts_at.astimezone(UTC)

    async def test_is_nothing_for_who_did_nothing(self, events: Events) -> None:
        """And for nobody."""
        data = await events.ask(EventsDataOf(member_id=uuid4()))

        assert (data.gatherings, data.answers) == ((), ())


async def test_a_rebuild_gives_the_same_rows(events: Events, cafe: UUID) -> None:
    """The read models are the logs' alone; the vault is left as it is."""
    for member_id in (ANA, BO, CLEO, DARA):
        await events.says(member_id, cafe, "going")
    await events.do(change(cafe, description="Bring cake.", capacity=3), BO)
    await events.leave(DARA)
    await events.tick()
    await events.erase(ANA)
    before = await seen(events, cafe, BO)

    await events.pool.execute("UPDATE read.built_from SET schema_sha256 = ''")
    await tables.prepare(
        events.pool,
        schema=(SERVICE.folder / "schema.sql").read_text(),
        vault=(SERVICE.folder / "vault.sql").read_text(),
        read_from=SERVICE.projection.logs,
        react_to=SERVICE.reactions.logs,
    )

    assert await seen(events, cafe, BO) == before
    assert before.description == "Bring cake."
