"""
What is located, from what groups and events made public: one statement for each event that changes a row.

Nothing here depends on another row, so the two logs may be read in any order beside each other. What is said to be
nowhere any more leaves the table.
"""

from datetime import datetime
from typing import Final

from libs import earth
from libs.contracts.events import GatheringCancelled, GatheringChanged, GatheringScheduled
from libs.contracts.geo import Kind
from libs.contracts.groups import GroupChanged, GroupFounded, PageChanged, PageClosed, PageOpened
from libs.contracts.place import Place
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

# A change may bring a place for the first time, or another.
_PUT: Final = """
INSERT INTO located (id, kind, name, place_name, latitude, longitude, cells, starts_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, place_name = excluded.place_name, latitude = excluded.latitude,
    longitude = excluded.longitude, cells = excluded.cells, starts_at = excluded.starts_at, ends_at = excluded.ends_at
"""
_TAKE: Final = "DELETE FROM located WHERE id = $1"

geo = Projection()


@geo.on(GroupFounded)
@geo.on(GroupChanged)
async def put_group(tx: Connection, event: GroupFounded | GroupChanged, recorded: Recorded) -> None:
    await _put(tx, recorded, kind="group", name=event.name, place=event.place)


@geo.on(PageOpened)
@geo.on(PageChanged)
async def put_page(tx: Connection, event: PageOpened | PageChanged, recorded: Recorded) -> None:
    await _put(tx, recorded, kind="page", name=event.name, place=event.place)


@geo.on(GatheringScheduled)
@geo.on(GatheringChanged)
async def put_gathering(tx: Connection, event: GatheringScheduled | GatheringChanged, recorded: Recorded) -> None:
    await _put(
        tx,
        recorded,
        kind="gathering",
        name=event.name,
        place=event.place,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )


@geo.on(PageClosed)
@geo.on(GatheringCancelled)
async def take_away(tx: Connection, _: PageClosed | GatheringCancelled, recorded: Recorded) -> None:
    await tx.execute(_TAKE, recorded.aggregate_id)


async def _put(
    tx: Connection,
    recorded: Recorded,
    *,
    kind: Kind,
    name: str,
    place: Place | None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> None:
    if place is None:
        await tx.execute(_TAKE, recorded.aggregate_id)
        return
    await tx.execute(
        _PUT,
        recorded.aggregate_id,
        kind,
        name,
        place.name,
        place.latitude,
        place.longitude,
        earth.cells(place.latitude, place.longitude),
        starts_at,
        ends_at,
    )
