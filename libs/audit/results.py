"""The close of a poll, its recount, and what was declared."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid5

import orjson

from libs.audit.books import Books
from libs.audit.carrying import carry
from libs.audit.parts import Part, add_part, are_whole, take_parts
from libs.audit.polls import Poll
from libs.audit.report import PollReport
from libs.contracts.governance import PollClosed, ResultDeclared, RoundsCounted
from libs.eventlog.log import Recorded
from libs.tally import Ballot, InvalidPoll, Outcome, ballots_sha256, count_weighted

_ITSELF = "governance"

_OMITTED: dict[str, Any] = {"elected": [], "label": ""}
"""What a round says where it does not say it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A result as somebody declares it: the log in `ResultDeclared`, or a node on its pages."""

    method: str
    closed_position: int
    seed: str
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int
    winners: tuple[str, ...]
    rounds: tuple[dict[str, Any], ...]
    outcome_sha256: str
    ballots_sha256: str | None
    """None where it is not said."""

    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    verdict: dict[str, Any] | None = None


def close_poll(books: Books, event: PollClosed, recorded: Recorded) -> None:
    """The close is where the ballots are counted; it comes at the poll's time, or earlier if the opening said so."""
    poll = books.poll(recorded, recorded.aggregate_id)
    if poll is None:
        return

    def differ(rule: str, text: str) -> None:
        books.differ(recorded.position, rule, text, recorded.aggregate_id)

    if poll.closed_position is not None:
        differ("closed-twice", f"The poll was closed before, at {poll.closed_position}.")
        return
    if poll.cancelled_position is not None:
        differ("cancelled", f"The poll was cancelled at {poll.cancelled_position}, and is closed.")
        return
    is_early = recorded.decided_at < poll.opened.closes_at
    if event.is_early != is_early:
        differ("closing-time", f"The close says {'' if event.is_early else 'not '}early, and its time says otherwise.")
    if is_early and not poll.opened.may_close_early:
        differ("closing-time", "The poll was closed before its time, and its opening does not allow that.")
    poll.closed_position = recorded.position
    poll.seed = _seed(books, poll, recorded)
    try:
        _count(books, poll, books.counted(poll))
    except InvalidPoll as fault:
        differ("options", f"The poll cannot be counted: {fault}")
    if after_time_count := books.after_time_count(poll):
        text = f"{after_time_count} ballots were recorded after the poll's time and before its close; they count."
        poll.note("after-time", text, after_time_count)
    books.save(poll)


def _count(books: Books, poll: Poll, ballots: Counter[Ballot]) -> None:
    """
    Raises:
        InvalidPoll: The poll cannot be counted.
    """
    assert poll.seed is not None
    poll.ballots_count, poll.paper_ballots_count = ballots.total(), books.paper_ballots_count(poll)
    poll.ballots_sha256 = ballots_sha256(ballots)
    poll.outcome = count_weighted(
        poll.opened.method,
        poll.opened.options,
        ballots,
        seed=bytes.fromhex(poll.seed),
        settings=poll.settings,
        rules=poll.rules(),
        voters_count=poll.opened.voters_count,
    )


def _seed(books: Books, poll: Poll, close: Recorded) -> str:
    """Return what lots are drawn from: the close itself, or all of the log up to it."""
    if poll.opened.terms.seed_from == "root":
        return books.edge.root().hex()
    return sha256(close.entry).hexdigest()


def count_rounds(books: Books, event: RoundsCounted, recorded: Recorded) -> None:
    """A part of a result waits for its declaration."""
    if recorded.aggregate_id != uuid5(event.poll_id, f"result {event.part}"):
        text = f"Part {event.part} of a result stands at an address that is not its own."
        books.differ(recorded.position, "address", text, event.poll_id)
    rounds = orjson.dumps([round_.model_dump(mode="json", exclude_defaults=True) for round_ in event.rounds]).decode()
    part = Part(recorded.position, event.part, recorded.actor, event.poll_id, len(event.rounds), rounds)
    add_part(books, "result", event.poll_id, part)


def declare_result(books: Books, event: ResultDeclared, recorded: Recorded) -> None:
    """What is declared is what a recount gives, figure for figure."""
    parts = take_parts(books, "result", event.poll_id)
    poll = books.poll(recorded, event.poll_id)
    if poll is None:
        return

    def differ(rule: str, text: str) -> None:
        books.differ(recorded.position, rule, text, event.poll_id)

    if not _awaits_result(poll, differ):
        return
    if recorded.aggregate_id != uuid5(event.poll_id, "result"):
        differ("address", "A result stands at an address that is not its poll's.")
    if recorded.actor != _ITSELF:
        differ("actor", f"The result was declared by {recorded.actor}; nobody may ask for one.")
    poll.declared_position = recorded.position
    books.db.execute(
        "INSERT INTO declared VALUES (?, ?, ?, ?, NULL)",
        (poll.number, event.outcome_sha256, event.ballots_sha256, recorded.decided_at.timestamp()),
    )
    _carry(books, poll, event, recorded)
    books.save(poll)
    if not are_whole(parts, event.parts_count):
        differ("result-parts", f"The result has {event.parts_count} parts, and {len(parts)} stand before it.")
    rounds = _rounds(parts)
    if len(rounds) != event.rounds_count:
        differ("result-parts", f"The result has {event.rounds_count} rounds, and {len(rounds)} stand before it.")
    for text in compare(books.report(poll), _declared(event, rounds)):
        differ("result", text)


def _awaits_result(poll: Poll, differ: Callable[[str, str], None]) -> bool:
    if poll.cancelled_position is not None:
        differ("cancelled", f"The poll was cancelled at {poll.cancelled_position}, and a result is declared.")
    elif poll.closed_position is None:
        differ("not-closed", "A result is declared for a poll that is not closed.")
    elif poll.declared_position is not None:
        differ("declared-twice", f"A result was declared before, at {poll.declared_position}.")
    else:
        return True
    return False


def _carry(books: Books, poll: Poll, event: ResultDeclared, recorded: Recorded) -> None:
    """Count again with the delegated votes: who they are is told with the result."""
    more = carry(books, poll, event, recorded)
    if more is None:
        poll.outcome = None
        text = "Its delegations are for the group alone; without the group's key it cannot be counted."
        poll.note("sealed-delegations", text)
    elif more and poll.outcome is not None:
        _count(books, poll, books.counted(poll) + more)


def compare(poll: PollReport, declared: Declared) -> Iterator[str]:
    """Yield, in words, every figure in which *declared* is not what the ballots of the log give."""
    outcome = poll.outcome
    if outcome is None:
        return
    figures: tuple[tuple[str, int | str | None, int | str | None], ...] = (
        ("the method", declared.method, outcome.method),
        ("the position of the close", declared.closed_position, poll.closed_position),
        ("the seed of lots", declared.seed, poll.seed),
        ("voters", declared.voters_count, poll.voters_count),
        ("ballots", declared.ballots_count, outcome.ballots_count),
        ("paper ballots", declared.paper_ballots_count, poll.paper_ballots_count),
        ("blank ballots", declared.blank_count, outcome.blank_count),
        ("rounds", len(declared.rounds), len(outcome.rounds)),
    )
    for name, figure, recounted in figures:
        if figure != recounted:
            yield f"Declared as {name}: {figure}. The log gives {recounted}."
    if declared.winners != outcome.winners:
        yield f"Declared as elected: {_names(declared.winners)}. The ballots elect {_names(outcome.winners)}."
    plain = {"unit": 1, "quota": None, "ranking": [], "verdict": None} | outcome.as_plain()
    for name in ("unit", "quota", "ranking", "verdict"):
        said = getattr(declared, name)
        if (list(map(list, said)) if name == "ranking" else said) != plain[name]:
            yield f"Declared as {name}: {said}. The ballots give {plain[name]}."
    for number, (said, found) in enumerate(zip(declared.rounds, outcome.as_plain()["rounds"], strict=False), 1):
        yield from _compare_round(number, said, found, outcome)
    if declared.outcome_sha256 != outcome_sha256(outcome):
        yield "The declared digest of the whole outcome (outcome_sha256) is not that of the recount."
    if declared.ballots_sha256 not in (None, poll.ballots_sha256):
        yield "The ballots are not those that were counted: their digest (ballots_sha256) is another than declared."


def outcome_sha256(outcome: Outcome) -> str:
    """Return the SHA-256 of the outcome as canonical JSON."""
    return sha256(orjson.dumps(outcome.as_plain(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _compare_round(number: int, said: dict[str, Any], found: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    said, found = {**_OMITTED, **said}, {**_OMITTED, **found}
    if said == found:
        return
    if len(said["counts"]) != len(found["counts"]):
        yield f"Round {number} is declared for {len(said['counts'])} options; there are {len(found['counts'])}."
        return
    for option, said_count, found_count in zip(outcome.options, said["counts"], found["counts"], strict=True):
        if said_count != found_count:
            yield (
                f"Round {number} is declared with {_votes(said_count)} for {option!r}."
                f" The ballots give {_votes(found_count)}."
            )
    if said["exhausted_count"] != found["exhausted_count"]:
        yield (
            f"Round {number} is declared with {said['exhausted_count']} exhausted ballots."
            f" The ballots give {found['exhausted_count']}."
        )
    if any(said[name] != found[name] for name in ("eliminated", "tie", "elected", "label")):
        yield f"Round {number} is declared with other options leaving or elected, or another tie, than found."


def _rounds(parts: Sequence[Part]) -> tuple[dict[str, Any], ...]:
    return tuple(round_ for part in parts for round_ in orjson.loads(part.body))


def _declared(event: ResultDeclared, rounds: tuple[dict[str, Any], ...]) -> Declared:
    return Declared(
        method=event.method,
        closed_position=event.closed_position,
        seed=event.seed,
        voters_count=event.voters_count,
        ballots_count=event.ballots_count,
        paper_ballots_count=event.paper_ballots_count,
        blank_count=event.blank_count,
        winners=event.winners,
        rounds=rounds,
        outcome_sha256=event.outcome_sha256,
        ballots_sha256=event.ballots_sha256,
        unit=event.unit,
        quota=event.quota,
        ranking=event.ranking,
        verdict=event.verdict.model_dump(mode="json") if event.verdict else None,
    )


def _names(winners: Sequence[str]) -> str:
    return " and ".join(winners) or "nobody"


def _votes(count: int | None) -> str:
    return "no number" if count is None else str(count)
