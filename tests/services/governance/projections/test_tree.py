"""The Merkle tree over the log, kept in a row as the log is read."""

from typing import Any

import pytest

from libs.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_over
from libs.contracts.governance import ClosePoll
from services.governance.projections import governance as projection
from tests.services.governance.conftest import ANA
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def tree(house: Readers) -> Frontier:
    """The tree as its row has it."""
    (row,) = await house.pool.fetch("SELECT size, hashes FROM tree")
    return Frontier(row["size"], row["hashes"])


async def root_at(house: Readers, position: int) -> bytes:
    """The root over the log's first entries, made without the row."""
    return root_over([leaf_hash(entry.entry) for entry in (await house.decided.entries())[:position]])


async def test_begins_with_nothing(house: Readers) -> None:
    """Before anything is read the tree is empty."""
    assert (await tree(house)).root() == EMPTY_ROOT


@pytest.mark.parametrize("step", [1, 2, 500])
async def test_is_over_every_entry(house: Readers, step: int) -> None:
    """Also over those that change no other row, however many come at once."""
    poll_id = await house.decided.open()
    await house.cast(poll_id, ANA, "wild")
    await house.level(step=step)

    last = await house.decided.log.last()
    assert (await tree(house)).size == last
    assert (await tree(house)).root() == await root_at(house, last)


async def test_its_root_at_each_close_is_kept(house: Readers) -> None:
    """Of two polls that close in one batch each has the root of its own close."""
    polls = [await house.decided.open(may_close_early=True) for _ in range(2)]
    closes = [await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA) for poll_id in polls]
    await house.level()

    rows: Any = await house.pool.fetch("SELECT closed_root FROM poll ORDER BY closed_position")
    assert [row["closed_root"] for row in rows] == [(await root_at(house, e.position)).hex() for e in closes]
    assert rows[0]["closed_root"] != rows[1]["closed_root"]


async def test_is_not_grown_twice(house: Readers) -> None:
    """A replica that brings the same entries again changes nothing."""
    await house.decided.open()
    await house.level()
    async with house.pool.acquire() as connection, connection.transaction():
        await projection.advance(connection, await house.decided.entries())

    assert (await tree(house)).size == await house.decided.log.last()
