"""Hidden results: while the poll is open, nobody who reads the database learns what a ballot says."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import (
    BallotsIn,
    CancelPoll,
    CastBallot,
    ClosePoll,
    EnterPaperBallots,
    GovernanceDataOf,
    OwnBallotIn,
    PollClosed,
    TallyOf,
    WithdrawBallot,
)
from libs.eventlog.codec import KeyIsMissing, decode
from libs.eventlog.sealing import CannotBeOpened, open_sealed
from services.governance.projections import governance as projection
from tests.services.governance.conftest import ANA, BO, CY, NOON
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres

WORDS = ("orchard", "playground", "wild", "block", "drought")
"""What ballots of these tests may say."""


GROUP_OF_MANY = UUID(int=77)


async def opened(house: Readers, **differing: Any) -> UUID:
    """A poll whose results are hidden, and with it all that can happen to ballots."""
    poll_id = await house.decided.open(method="approval", results="hidden", **differing)
    await house.cast(poll_id, ANA, "orchard")
    await house.cast(poll_id, ANA, "wild", "orchard")
    await house.cast(poll_id, BO, "playground")
    await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
    await house.cast(poll_id, CY, "wild")
    await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",), ("wild",), ())), by=ANA)
    return poll_id


async def all_that_is_stored(house: Readers) -> dict[str, str]:
    """Every row of every table of the whole database, as text."""
    tables = await house.pool.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return {
        table["name"]: "\n".join(r[0] for r in await house.pool.fetch(f"SELECT t::text FROM {table['name']} AS t"))
        for table in tables
    }


@pytest.mark.parametrize("audience", ["everyone", "group"])
async def test_an_operator_reads_no_choice_of_an_open_poll(house: Readers, audience: str) -> None:
    """In the whole database the words of a poll's options stand where the poll is, and with no ballot."""
    poll_id = await opened(house, audience=audience)
    block = await house.decided.open(
        method="consent", options=(), allows_block=True, results="hidden", audience=audience
    )
    await house.decided.do(CastBallot(poll_id=block, choices=("block",), reason="There is a drought."), by=BO)
    await house.level()

    stored = await all_that_is_stored(house)
    assert str(poll_id) in stored["read.ballot"]
    found = {(name, word) for name, rows in stored.items() for word in WORDS if word in rows}
    assert found == {("read.poll", word) for word in WORDS[:4]}


async def test_nor_does_the_log_tell(house: Readers) -> None:
    """The entries of its ballots hold no word of them, and are of one length; without the key nobody opens them."""
    poll_id = await opened(house)
    sealed = [entry for entry in await house.decided.entries() if entry.key_id]

    assert len(sealed) == 5  # what is withdrawn says nothing
    assert not any(word.encode() in entry.entry for entry in sealed for word in WORDS)
    assert len({len(entry.entry) for entry in sealed[:4] if entry.version == 1}) == 1
    stranger = decode("governance", sealed[0].position, sealed[0].entry).event
    with pytest.raises(CannotBeOpened):
        open_sealed(
            stranger.sealed,  # type: ignore[attr-defined]
            b"0" * 32,
            name="BallotCast",
            aggregate_id=sealed[0].aggregate_id,
            version=1,
        )
    assert {entry.key_id for entry in sealed} == {poll_id}


async def test_a_tally_tells_how_many_voted_and_no_more(house: Readers) -> None:
    """Not even how many are blank."""
    tally = await house.tally(await opened(house))

    assert (tally.ballots_count, tally.paper_ballots_count) == (5, 3)
    assert tally.is_hidden
    assert tally.blank_count is None
    assert tally.counts == ()


async def test_members_see_who_voted_and_not_how(house: Readers) -> None:
    """The list of ballots names voters; what they chose follows after the close."""
    poll_id = await opened(house)
    before = (await house.ask(BallotsIn(poll_id=poll_id, asker=BO))).items
    await house.close(poll_id)
    after = (await house.ask(BallotsIn(poll_id=poll_id, asker=BO))).items

    assert [(b.member_id, b.choices) for b in before] == [(ANA, None), (CY, None)]
    assert [(b.member_id, b.choices) for b in after] == [(ANA, ("wild", "orchard")), (CY, ("wild",))]


async def test_a_voter_reads_the_own_ballot(house: Readers) -> None:
    """One's own ballot, with what it said before, is there for oneself; also among one's own data."""
    poll_id = await opened(house)
    own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=ANA))

    assert own.choices == ("wild", "orchard")
    assert [(entry.choices, entry.counts) for entry in own.history] == [
        (("orchard",), False),
        (("wild", "orchard"), True),
    ]
    assert (await house.ask(GovernanceDataOf(member_id=ANA))).ballots == (own,)


async def test_the_close_opens_all_of_it(house: Readers) -> None:
    """What counts, what was replaced, and what is on paper; nothing stays sealed."""
    poll_id = await opened(house)
    await house.close(poll_id)

    assert await house.counts(poll_id) == {"orchard": 1, "playground": 0, "wild": 4}
    tally = await house.tally(poll_id)
    assert (tally.ballots_count, tally.paper_ballots_count, tally.blank_count) == (5, 3, 1)
    for table in ("ballot", "replaced_ballot", "paper_ballot"):
        assert await house.pool.fetchval(f"SELECT count(*) FROM {table} WHERE sealed IS NOT NULL") == 0
    own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))
    assert [entry.choices for entry in own.history] == [("playground",), None]


async def test_thousands_are_opened(house: Readers) -> None:
    """More ballots than are opened at once are opened all."""
    for n in range(700):
        await house.decided.hear(GROUP_OF_MANY, UUID(int=1000 + n), "steward", 100 + n)
    poll_id = await house.decided.open(group_id=GROUP_OF_MANY, by=UUID(int=1000), method="single", results="hidden")
    for n in range(700):
        await house.cast(poll_id, UUID(int=1000 + n), "wild")
    await house.close(poll_id)

    assert await house.counts(poll_id) == {"orchard": 0, "playground": 0, "wild": 700}


async def test_running_results_of_a_group_alone_are_not_hidden(house: Readers) -> None:
    """They are sealed for strangers who read the log, and members watch the count."""
    poll_id = await house.decided.open(method="single", audience="group")
    entry = await house.cast(poll_id, ANA, "wild")

    tally = await house.ask(TallyOf(poll_id=poll_id, asker=BO))
    assert {each.option: each.count for each in tally.counts} == {"orchard": 0, "playground": 0, "wild": 1}
    assert b"wild" not in entry.entry


async def test_a_cancelled_poll_stays_hidden(house: Readers) -> None:
    """What nobody counts nobody reads: its key is never published."""
    poll_id = await opened(house)
    await house.decided.do(CancelPoll(poll_id=poll_id, reason="An option is missing."), by=ANA)

    tally = await house.tally(poll_id)
    assert tally.is_hidden
    assert tally.counts == ()
    assert not await house.decided.events(PollClosed)


@pytest.mark.parametrize("step", [1, 3, 500])
async def test_a_rebuild_ends_with_the_same_rows(house: Readers, step: int) -> None:
    """Of open and closed hidden polls, entry by entry or many at once."""
    await house.close(await opened(house))
    await opened(house)
    await opened(house, audience="group")
    await house.level()
    before = await house.rows()

    assert await house.rebuild(step=step) == before


async def test_without_the_key_the_close_stops_the_reader(house: Readers) -> None:
    """Rows that cannot be opened are never passed over."""
    poll_id = await opened(house)
    await house.level()
    house.decided.now = NOON
    await house.decided.do(ClosePoll(poll_id=poll_id))
    (closed,) = [entry for entry in await house.decided.entries() if isinstance(entry.event, PollClosed)]

    with pytest.raises(KeyIsMissing, match="nobody here knows the key"):
        async with house.pool.acquire() as connection, connection.transaction():
            await projection.advance(connection, [closed])
