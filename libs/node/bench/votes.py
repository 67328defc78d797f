"""
A vote log of any length, as governance would have written it, made without a node.

The same numbers give the same log, to the byte. It is made while it is read: nothing of it is kept but what its results
are counted from.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson

from libs.contracts.base import Event
from libs.contracts.governance import (
    BallotCast,
    ElectorateFormed,
    ElectorJoined,
    PollClosed,
    PollOpened,
    ResultDeclared,
    RollFrozen,
    Round,
    RoundsCounted,
)
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from libs.tally import Ballot, Outcome, ballots_sha256, count_weighted

OPTIONS = ("An orchard", "A playground", "A pond", "Leave it wild", "Été comme hiver : un marché")
METHODS = ("ranked", "approval", "single")
POLLS_COUNT = 10
ROLL_PART_VOTERS = 700

_GROUP = UUID("4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
_STEWARD = str(UUID("b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"))
_ITSELF = "governance"
_START = datetime(2030, 1, 1, tzinfo=UTC)
_A_BALLOT = timedelta(milliseconds=2)


class _Writer:
    """Makes entries, each a moment behind the one before, and counts them."""

    def __init__(self) -> None:
        self.position = 0
        self.now = _START

    def write(self, event: Event, aggregate_id: UUID, version: int = 1, *, actor: str = _ITSELF) -> bytes:
        self.position += 1
        self.now += _A_BALLOT
        id_ = uuid5(_GROUP, f"entry {self.position}")
        return encode(New(event, aggregate_id, version, 0, actor, id_, self.now, _GROUP))

    def cast(self, poll_id: UUID, voter: UUID, ballot: Ballot) -> bytes:
        """Return what `write` would of a `BallotCast`, in a tenth of the time."""
        self.position += 1
        self.now += _A_BALLOT
        address, id_ = uuid5(poll_id, str(voter)), uuid5(_GROUP, f"entry {self.position}")
        said, now = orjson.dumps(ballot.choices).decode(), orjson.dumps(self.now, option=orjson.OPT_UTC_Z).decode()
        return (
            f'{{"actor":"{voter}","aggregate_id":"{address}","data":{{"choices":{said},"poll_id":"{poll_id}",'
            f'"voter":"{voter}"}},"decided_at":{now},"group_id":"{_GROUP}","id":"{id_}","name":"BallotCast",'
            f'"revision":{BallotCast.revision},"version":1}}'
        ).encode()


class _Roll(NamedTuple):
    """Who may vote in a poll, in the parts that the log has them in."""

    voters: list[UUID]
    parts: list[tuple[UUID, ...]]
    sha256: str


def vote_log(ballots_count: int, *, polls_count: int = POLLS_COUNT, seed: int = 1) -> Iterator[bytes]:
    """Yield the entries of a group that holds *polls_count* polls, one after another, with *ballots_count* in all."""
    voters_count = -(-ballots_count // polls_count)
    writer = _Writer()
    electorate = uuid5(_GROUP, "electorate")
    yield writer.write(ElectorateFormed(group_id=_GROUP), electorate)
    for number in range(voters_count):
        event = ElectorJoined(elector=uuid5(_GROUP, f"elector {number}"), role="member", source_position=number + 1)
        yield writer.write(event, electorate, number + 2)
    for number in range(polls_count):
        number_of_poll = min(voters_count, max(0, ballots_count - number * voters_count))
        yield from _poll(writer, number, voters_count, number_of_poll, Random(f"{seed} {number}"))  # noqa: S311


def _poll(writer: _Writer, number: int, voters_count: int, ballots_count: int, random: Random) -> Iterator[bytes]:
    poll_id = uuid5(_GROUP, f"poll {number}")
    roll = _roll(poll_id, voters_count)
    for part, voters in enumerate(roll.parts):
        yield writer.write(RollFrozen(poll_id=poll_id, part=part, voters=voters), uuid5(poll_id, f"roll {part}"))
    opened = PollOpened(
        group_id=_GROUP,
        question=f"Question {number + 1}: what becomes of the field behind the school?",
        explanation=None,
        method=METHODS[number % len(METHODS)],
        options=OPTIONS,
        closes_at=writer.now + (ballots_count + 2) * _A_BALLOT,
        may_close_early=True,
        allows_paper=False,
        voters_count=voters_count,
        parts_count=len(roll.parts),
        roll_sha256=roll.sha256,
    )
    yield writer.write(opened, poll_id, actor=_STEWARD)
    ballots: Counter[Ballot] = Counter()
    random.shuffle(roll.voters)
    for voter in roll.voters[:ballots_count]:
        ballot = _ballot(opened.method, random)
        ballots[ballot] += 1
        yield writer.cast(poll_id, voter, ballot)
    close = writer.write(PollClosed(is_early=writer.now + _A_BALLOT < opened.closes_at), poll_id, 2)
    yield close
    yield from _result(writer, poll_id, opened, ballots, sha256(close).digest())


def _roll(poll_id: UUID, voters_count: int) -> _Roll:
    voters = sorted(uuid5(poll_id, f"voter {number}") for number in range(voters_count))
    parts_count = -(-voters_count // ROLL_PART_VOTERS)
    parts = [tuple(voter for voter in voters if voter.int % parts_count == part) for part in range(parts_count)]
    return _Roll(voters, parts, sha256(b"".join(voter.bytes for voter in voters)).hexdigest())


def _ballot(method: str, random: Random) -> Ballot:
    """Most people choose what most people choose."""
    order = sorted(OPTIONS, key=lambda option: random.random() ** (1 + OPTIONS.index(option)))
    most = 1 if method == "single" else len(OPTIONS)
    return Ballot(tuple(order[: random.randint(0, most)]))


def _result(
    writer: _Writer, poll_id: UUID, opened: PollOpened, ballots: Counter[Ballot], seed: bytes
) -> Iterator[bytes]:
    closed_position = writer.position
    outcome = count_weighted(opened.method, opened.options, ballots, seed=seed)
    rounds = tuple(Round.model_validate(round_.as_plain()) for round_ in outcome.rounds)
    yield writer.write(RoundsCounted(poll_id=poll_id, part=0, rounds=rounds), uuid5(poll_id, "result 0"))
    declared = ResultDeclared(
        poll_id=poll_id,
        closed_position=closed_position,
        seed=seed.hex(),
        voters_count=opened.voters_count,
        paper_ballots_count=0,
        parts_count=1,
        rounds_count=len(rounds),
        outcome_sha256=_sha256(outcome),
        ballots_sha256=ballots_sha256(ballots),
        **_figures(outcome),
    )
    yield writer.write(declared, uuid5(poll_id, "result"))


def _figures(outcome: Outcome) -> dict[str, Any]:
    names: Sequence[str] = ("method", "ballots_count", "blank_count", "winners")
    return {name: getattr(outcome, name) for name in names}


def _sha256(outcome: Outcome) -> str:
    return sha256(orjson.dumps(outcome.as_plain(), option=orjson.OPT_SORT_KEYS)).hexdigest()
