"""
Vote logs as governance itself writes them, and what a dishonest keeper could make of them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import pytest

from libs.audit import Replay, Report
from libs.audit.merkle import leaf_hash, root_over
from libs.contracts.governance import (
    Carried,
    CastBallot,
    ClosePoll,
    CountedOutcome,
    DeclareResult,
    EnterPaperBallots,
    PollClosed,
    PollOpened,
)
from libs.eventlog.codec import decode
from libs.tally import Ballot, ballots_sha256, count_weighted
from tests.services.governance.conftest import ANA, BO, CY, GROUP, NOON, Governance, question

__all__ = ["ANA", "BO", "CY", "GROUP", "NOON", "Governance", "question"]


@dataclass
class Town:
    """
    A group that decides; its log holds only what governance decided.

    Lots are drawn from the close, as they were before the log was sealed. From the root, as they are now, every altered
    entry shows in every later result, and a test of one rule could not be told from another.
    """

    governance: Governance
    seed_from: str = "close"

    async def open(self, **differing: Any) -> UUID:
        """Open a poll."""
        return await self.governance.open(**differing)

    async def vote(self, poll_id: UUID, member: UUID, *choices: str) -> None:
        """Cast or replace a ballot."""
        await self.governance.do(CastBallot(poll_id=poll_id, choices=choices), by=member)

    async def enter(self, poll_id: UUID, *ballots: tuple[str, ...]) -> UUID:
        """Enter paper ballots, and return their batch."""
        command = EnterPaperBallots(poll_id=poll_id, ballots=ballots)
        return (await self.governance.do(command, by=ANA)).aggregate_id

    async def close(self, poll_id: UUID) -> None:
        """Close the poll at its time."""
        self.governance.now = NOON
        await self.governance.do(ClosePoll(poll_id=poll_id))
        self.governance.now = NOON - timedelta(hours=4)

    async def declare(
        self,
        poll_id: UUID,
        ballots: Counter[Ballot],
        *,
        paper_count: int = 0,
        carried: tuple[Carried, ...] = (),
        **delegated: Any,
    ) -> None:
        """Declare what *ballots* decide; *delegated* is what else is said of the votes that were *carried*."""
        recorded = await self.governance.entries()
        close = next(e for e in recorded if isinstance(e.event, PollClosed) and e.aggregate_id == poll_id)
        opened = next(e.event for e in recorded if isinstance(e.event, PollOpened) and e.aggregate_id == poll_id)
        seed = sha256(close.entry).digest()
        if self.seed_from == "root":
            seed = root_over([leaf_hash(each.entry) for each in recorded[: close.position]])
        outcome = count_weighted(opened.method, opened.options, ballots, seed=seed)
        await self.governance.do(
            DeclareResult(
                poll_id=poll_id,
                closed_position=close.position,
                seed=seed.hex(),
                paper_ballots_count=paper_count,
                ballots_sha256=ballots_sha256(ballots),
                outcome=CountedOutcome.model_validate(outcome.as_plain()),
                carried=carried,
                **delegated,
            )
        )

    async def entries(self) -> list[bytes]:
        """The log's entries."""
        entries = [recorded.entry for recorded in await self.governance.entries()]
        return entries if self.seed_from == "root" else [*map(_as_before_the_seal, entries)]


def _as_before_the_seal(entry: bytes) -> bytes:
    for said in (b',"terms":{"seed_from":"root"}', b',"seed_from":"root"', b'"seed_from":"root",'):
        entry = entry.replace(said, b"")
    return entry


@pytest.fixture
async def town() -> Town:
    """A group of a steward and two members."""
    governance = Governance()
    for number, (member, role) in enumerate({ANA: "steward", BO: "member", CY: "member"}.items()):
        await governance.hear(GROUP, member, role, 10 + number)  # type: ignore[arg-type]
    return Town(governance)


@pytest.fixture
async def poll_id(town: Town) -> UUID:
    """A ranked poll that allows paper."""
    return await town.open()


@pytest.fixture
async def decided(town: Town, poll_id: UUID) -> list[bytes]:
    """The log of a poll from its group's beginning to its result."""
    await town.vote(poll_id, ANA, "orchard", "wild")
    await town.vote(poll_id, BO, "playground")
    await town.vote(poll_id, BO, "wild", "orchard")
    await town.vote(poll_id, CY, "playground", "wild")
    await town.enter(poll_id, ("orchard", "playground"), (), ("orchard",))
    await town.close(poll_id)
    ballots = Counter[Ballot](
        map(
            Ballot,
            [
                ("orchard", "wild"),
                ("wild", "orchard"),
                ("playground", "wild"),
                ("orchard", "playground"),
                (),
                ("orchard",),
            ],
        )
    )
    await town.declare(poll_id, ballots, paper_count=3)
    return await town.entries()


def audited(entries: Sequence[bytes], *, last: int | None = None) -> Report:
    """What an audit of these entries finds."""
    replay = Replay()
    replay.read(entries)
    return replay.report(last)


def rules(report: Report) -> list[str]:
    """The names of the rules that were broken, in the order of the log."""
    return [difference.rule for difference in report.differences]


def place(entries: Sequence[bytes], name: str, nth: int = 0) -> int:
    """Where the *nth* entry of that name stands, counted from 0."""
    return [i for i, entry in enumerate(entries) if orjson.loads(entry)["name"] == name][nth]


def rewritten(entry: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """*entry* as a forger who knows the format would write it after *change*."""
    fields = orjson.loads(entry)
    change(fields)
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def with_data(entry: bytes, **data: object) -> bytes:
    """*entry* with other data."""
    return rewritten(entry, lambda fields: fields["data"].update(data))


def event_at(entries: Sequence[bytes], place_: int) -> Any:
    """The event of one of the entries."""
    return decode("governance", max(place_, 0) + 1, entries[place_]).event
