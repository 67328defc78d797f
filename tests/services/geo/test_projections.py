"""What is located: as groups and events tell it, and as the two questions find it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs import earth
from libs.contracts.base import Event
from libs.contracts.events import GatheringCancelled, GatheringChanged, GatheringScheduled
from libs.contracts.geo import LocatedIn, LocatedNear, Nearby
from libs.contracts.groups import GroupChanged, GroupFounded, PageChanged, PageClosed, PageOpened
from libs.contracts.place import Place
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog
from libs.service.database import Pool
from libs.service.paging import BadCursor, to_cursor
from services.geo.projections import geo
from services.geo.queries import BoxIsUpsideDown, located_in, located_near

pytestmark = pytest.mark.postgres

CREST = Place(name="Crest", latitude=44.7286, longitude=5.0223)
DIE = Place(name="Die", latitude=44.7533, longitude=5.3703)
TAVEUNI = Place(name="Taveuni", latitude=-16.85, longitude=179.97)
RABI = Place(name="Rabi", latitude=-16.5, longitude=-179.98)
NORTH_POLE = Place(name="North Pole", latitude=90, longitude=0)
NEAR_THE_POLE = Place(name="Ice", latitude=89.95, longitude=-120)

ANA = UUID("a0000000-0000-4000-8000-000000000001")
SOON = datetime.now(UTC) + timedelta(days=3)
GARDEN, CAFE, REPAIR = (uuid5(ANA, name) for name in ("garden", "cafe", "repair"))

Fact = tuple[UUID, Event]
Tell = Callable[..., Awaitable[None]]


def founded(name: str = "Garden", place: Place | None = CREST) -> GroupFounded:
    """A group is there."""
    return GroupFounded(
        founder=ANA, name=name, purpose="To grow.", place=place, admission="open", charter_keys=(), threshold=0
    )


def changed(place: Place | None, name: str = "Garden") -> GroupChanged:
    """A group is somewhere else."""
    return GroupChanged(name=name, purpose="To grow.", place=place, admission="open")


def opened(place: Place | None = CREST) -> PageOpened:
    """A page is there."""
    return PageOpened(owner_kind="member", owner=ANA, name="Café", kind="place", place=place, content_sha256=None)


def gathering(place: Place | None = CREST, starts_at: datetime = SOON) -> dict[str, Any]:
    """What a gathering is."""
    return {
        "name": "Repair café",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "time_zone": "Europe/Paris",
        "place": place,
        "capacity": None,
        "description_sha256": None,
    }


def scheduled(place: Place | None = CREST, starts_at: datetime = SOON) -> GatheringScheduled:
    """A gathering is called."""
    return GatheringScheduled(group_id=GARDEN, organiser=ANA, **gathering(place, starts_at))


@pytest.fixture
def tell(pool: Pool) -> Tell:
    """Has the logs hold facts, one after another, and the read models follow."""
    logs = {name: MemoryLog(name) for name in geo.logs}
    versions: dict[UUID, count[int]] = {}
    last: dict[UUID, int] = {}

    async def tell(*facts: Fact) -> None:
        for number, event in facts:
            version = next(versions.setdefault(number, count(1)))
            new = New(event, number, version, last.get(number, 0), str(ANA), uuid4(), datetime.now(UTC))
            batch = await logs[event.service].append(new)
            last[number] = batch[-1].position
            async with pool.acquire() as connection, connection.transaction():
                await geo.advance(connection, batch)

    return tell


async def near(pool: Pool, place: Place, radius_m: int = 50_000, **more: Any) -> Nearby:
    """What lies near a place."""
    async with pool.acquire() as db:
        query = LocatedNear(latitude=place.latitude, longitude=place.longitude, radius_m=radius_m, **more)
        return await located_near(query, db)


async def within(pool: Pool, south: float, west: float, north: float, east: float, **more: Any) -> Nearby:
    """What lies in a box."""
    async with pool.acquire() as db:
        return await located_in(LocatedIn(south=south, west=west, north=north, east=east, **more), db)


def names(nearby: Nearby) -> list[str]:
    """The names, in their order."""
    return [item.name for item in nearby.items]


class TestWhatIsLocated:
    async def test_groups_pages_and_gatherings_at_a_place(self, pool: Pool, tell: Tell) -> None:
        """What has a place and is public lies on the map."""
        await tell((GARDEN, founded()), (CAFE, opened()), (REPAIR, scheduled()))

        found = await near(pool, CREST)

        assert {(item.kind, item.id, item.place_name) for item in found.items} == {
            ("group", GARDEN, "Crest"),
            ("page", CAFE, "Crest"),
            ("gathering", REPAIR, "Crest"),
        }
        assert {item.starts_at for item in found.items} == {None, SOON}

    async def test_not_what_is_nowhere(self, pool: Pool, tell: Tell) -> None:
        """A group without a place is not on the map."""
        await tell((GARDEN, founded(place=None)), (CAFE, opened(None)), (REPAIR, scheduled(None)))

        assert names(await near(pool, CREST, 500_000)) == []

    async def test_a_group_that_moved_is_where_it_is_now(self, pool: Pool, tell: Tell) -> None:
        """And no longer where it was."""
        await tell((GARDEN, founded()), (GARDEN, changed(DIE)))

        assert names(await near(pool, CREST, 5_000)) == []
        assert names(await near(pool, DIE, 5_000)) == ["Garden"]

    async def test_a_group_may_leave_the_map_and_come_back(self, pool: Pool, tell: Tell) -> None:
        """A change says the whole: no place means none."""
        await tell((GARDEN, founded()), (GARDEN, changed(None)))
        assert names(await near(pool, CREST)) == []

        await tell((GARDEN, changed(DIE, name="Orchard")))
        assert names(await near(pool, DIE, 1)) == ["Orchard"]

    async def test_a_closed_page_is_gone(self, pool: Pool, tell: Tell) -> None:
        """Also one that was changed before."""
        page = PageChanged(name="Tea room", kind="place", place=DIE, content_sha256=None)
        await tell((CAFE, opened()), (CAFE, page))
        assert names(await near(pool, DIE, 1_000)) == ["Tea room"]

        await tell((CAFE, PageClosed()))
        assert names(await near(pool, DIE)) == []

    async def test_a_cancelled_gathering_is_gone(self, pool: Pool, tell: Tell) -> None:
        """Nobody should travel there."""
        await tell((REPAIR, scheduled()), (REPAIR, GatheringCancelled(reason=None)))

        assert names(await near(pool, CREST)) == []

    async def test_a_batch_told_twice_counts_once(self, pool: Pool) -> None:
        """Another replica may have been faster."""
        log = MemoryLog("groups")
        batch = await log.append(New(founded(), GARDEN, 1, 0, str(ANA), uuid4(), datetime.now(UTC)))
        for _ in range(2):
            async with pool.acquire() as connection, connection.transaction():
                await geo.advance(connection, batch)

        assert names(await near(pool, CREST)) == ["Garden"]

    async def test_the_logs_may_come_in_any_order(self, pool: Pool, tell: Tell) -> None:
        """A gathering is located even before its group is heard of."""
        await tell((REPAIR, scheduled()), (GARDEN, founded()))

        assert sorted(names(await near(pool, CREST))) == ["Garden", "Repair café"]


class TestWhen:
    async def test_what_is_over_is_left_out(self, pool: Pool, tell: Tell) -> None:
        """Nobody looks for yesterday's gathering; one that goes on is still there."""
        now = datetime.now(UTC)
        over, going_on = uuid5(ANA, "over"), uuid5(ANA, "going on")
        await tell((over, scheduled(starts_at=now - timedelta(hours=3))))
        await tell((going_on, scheduled(starts_at=now - timedelta(hours=1))))

        assert [item.id for item in (await near(pool, CREST)).items] == [going_on]

    async def test_unless_asked_for(self, pool: Pool, tell: Tell) -> None:
        """Its end is no longer in it: what was over at *since* is left out."""
        past = datetime(2020, 6, 1, 12, tzinfo=UTC)
        await tell((REPAIR, scheduled(starts_at=past)))
        ends_at = past + timedelta(hours=2)

        assert names(await near(pool, CREST, since=ends_at - timedelta(microseconds=1))) == ["Repair café"]
        assert names(await near(pool, CREST, since=ends_at)) == []

    async def test_a_gathering_put_off_is_to_come_again(self, pool: Pool, tell: Tell) -> None:
        """Its time is what was said last."""
        await tell((REPAIR, scheduled(starts_at=datetime(2020, 6, 1, tzinfo=UTC))))
        assert names(await near(pool, CREST)) == []

        await tell((REPAIR, GatheringChanged(**gathering(DIE, SOON))))
        assert names(await near(pool, DIE)) == ["Repair café"]


class TestNear:
    async def test_the_nearest_first_with_whole_metres(self, pool: Pool, tell: Tell) -> None:
        """Crest and Die are 28 km apart as the crow flies."""
        await tell((GARDEN, founded(place=DIE)), (CAFE, opened(CREST)))

        found = await near(pool, CREST)

        assert [(item.name, item.distance_m) for item in found.items] == [("Café", 0), ("Garden", 27_622)]

    async def test_the_radius_belongs_to_it(self, pool: Pool, tell: Tell) -> None:
        """What is exactly as far as the radius is in; a metre further is out."""
        await tell((GARDEN, founded(place=DIE)))

        assert names(await near(pool, CREST, 27_622)) == ["Garden"]
        assert names(await near(pool, CREST, 27_621)) == []

    async def test_only_the_kinds_asked_for(self, pool: Pool, tell: Tell) -> None:
        """One, two, or all."""
        await tell((GARDEN, founded()), (CAFE, opened()), (REPAIR, scheduled()))

        assert names(await near(pool, CREST, kinds=("page",))) == ["Café"]
        assert len((await near(pool, CREST, kinds=("group", "gathering"))).items) == 2

    async def test_across_the_180th_meridian(self, pool: Pool, tell: Tell) -> None:
        """Two islands of Fiji are neighbours though their longitudes have other signs."""
        await tell((GARDEN, founded(place=RABI)))

        assert [item.distance_m // 1000 for item in (await near(pool, TAVEUNI)).items] == [39]

    async def test_at_the_pole(self, pool: Pool, tell: Tell) -> None:
        """At the pole every longitude is near."""
        await tell((GARDEN, founded(place=NEAR_THE_POLE)))

        assert [item.distance_m for item in (await near(pool, NORTH_POLE, 6_000)).items] == [5_560]


class TestBox:
    async def test_what_lies_within(self, pool: Pool, tell: Tell) -> None:
        """Its edges belong to it; those nearest its middle come first."""
        await tell((GARDEN, founded(place=DIE)), (CAFE, opened(CREST)))

        assert names(await within(pool, 44, 5.0223, 45, 5.2)) == ["Café"]
        assert names(await within(pool, 44.5, 5.2, 45, 5.5)) == ["Garden"]
        assert names(await within(pool, 44.5, 5, 45, 5.8)) == ["Garden", "Café"]
        assert names(await within(pool, 44, 5.1, 45, 5.2)) == []

    async def test_across_the_180th_meridian(self, pool: Pool, tell: Tell) -> None:
        """A box from 179° east to 179° west is two degrees wide, not 358."""
        await tell((GARDEN, founded(place=RABI)), (CAFE, opened(TAVEUNI)), (REPAIR, scheduled(CREST)))

        assert sorted(names(await within(pool, -18, 179, -16, -179))) == ["Café", "Garden"]
        assert all(item.distance_m < 100_000 for item in (await within(pool, -18, 179, -16, -179)).items)
        assert names(await within(pool, -90, -179, 90, 179)) == ["Repair café"]

    async def test_the_whole_earth(self, pool: Pool, tell: Tell) -> None:
        """Everything is somewhere, and each thing once."""
        await tell((GARDEN, founded(place=RABI)), (CAFE, opened(TAVEUNI)), (REPAIR, scheduled(NORTH_POLE)))

        assert len((await within(pool, -90, -180, 90, 180)).items) == 3

    async def test_upside_down_is_refused(self, pool: Pool) -> None:
        """A box has its south below its north."""
        with pytest.raises(BoxIsUpsideDown):
            await within(pool, 45, 5, 44, 6)


class TestPages:
    async def test_every_thing_comes_once(self, pool: Pool, tell: Tell) -> None:
        """Also where many lie at the same point, and while others are added."""
        await tell(*((uuid4(), founded(f"{number}", CREST if number % 2 else DIE)) for number in range(25)))
        seen: list[UUID] = []
        cursor = None
        while True:
            page = await near(pool, CREST, cursor=cursor, limit=4)
            assert len(page.items) <= 4
            seen += [item.id for item in page.items]
            await tell((uuid4(), founded("late", CREST)))
            if (cursor := page.next) is None:
                break

        assert len(seen) == len(set(seen)) >= 25
        assert [item.distance_m for item in (await near(pool, CREST)).items] == sorted(
            item.distance_m for item in (await near(pool, CREST)).items
        )

    async def test_in_a_box_too(self, pool: Pool, tell: Tell) -> None:
        """The same cursor, from the box's middle."""
        await tell((GARDEN, founded(place=DIE)), (CAFE, opened(CREST)))
        first = await within(pool, 44.5, 5, 45, 5.8, limit=1)

        assert names(first) == ["Garden"]
        assert names(await within(pool, 44.5, 5, 45, 5.8, limit=1, cursor=first.next)) == ["Café"]

    @pytest.mark.parametrize("cursor", ["", "x", to_cursor(1), to_cursor("a", ANA), to_cursor(1, "nobody")])
    async def test_a_made_up_cursor_is_refused(self, pool: Pool, cursor: str) -> None:
        """A cursor is what a page before gave."""
        with pytest.raises(BadCursor):
            await near(pool, CREST, cursor=cursor)


POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


class TestAnyPlace:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        points=st.lists(POINTS, min_size=1, max_size=8),
        asked=POINTS,
        radius_m=st.integers(1, 500_000),
        shrunk=st.booleans(),
    )
    async def test_the_database_finds_what_measuring_everything_finds(
        self, pool: Pool, points: Sequence[tuple[float, float]], asked: tuple[float, float], radius_m: int, shrunk: bool
    ) -> None:
        """The cells are only a short cut: the answer is that of measuring every distance."""
        if shrunk:  # near each other, where the radius matters
            points = [
                (max(-90, min(90, asked[0] + lat / 40)), (asked[1] + lon / 80 + 540) % 360 - 180) for lat, lon in points
            ]
        places = {uuid4(): Place(name="x", latitude=lat, longitude=lon) for lat, lon in points}
        centre = Place(name="x", latitude=asked[0], longitude=asked[1])
        await pool.execute("TRUNCATE located")
        await pool.executemany(
            "INSERT INTO located VALUES ($1, 'group', 'x', 'x', $2, $3, $4)",
            [(id_, p.latitude, p.longitude, earth.cells(p.latitude, p.longitude)) for id_, p in places.items()],
        )

        measured = {
            id_: earth.distance_m(centre.latitude, centre.longitude, p.latitude, p.longitude)
            for id_, p in places.items()
        }
        found = await near(pool, centre, radius_m)

        assert {item.id for item in found.items} == {id_ for id_, m in measured.items() if round(m) <= radius_m}
        assert all(abs(item.distance_m - measured[item.id]) <= 1 for item in found.items)
