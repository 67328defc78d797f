"""How a poll stands, and what it decided."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg

from libs.contracts.governance import (
    Abstention,
    OptionCount,
    PollTerms,
    Result,
    ResultOf,
    Round,
    Rules,
    Tally,
    TallyOf,
)
from libs.errors import Conflict
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.governance.domain.poll import PollIsCancelled
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, check_may_read, row_of


class ResultIsNotYet(Conflict):
    """The poll is open, or closed so lately that its count is still going on."""


_TALLY = """
WITH cast_ballot AS (
    SELECT choices, marks, sum(times) AS times, sum(times) FILTER (WHERE is_paper) AS paper_times
    FROM counted_ballot WHERE poll_id = $1 GROUP BY choices, marks
), said AS (
    SELECT option, CASE WHEN method IN ('judgment', 'date') THEN mark END AS mark,
        sum(times) FILTER (WHERE method <> 'date' OR mark = 2) AS ballots, sum(times * mark) AS marks,
        sum(times) FILTER (WHERE place = 1 OR mark = marks[1]) AS firsts, sum(times) AS marked
    FROM cast_ballot, poll, unnest(choices, marks) WITH ORDINALITY AS named (option, mark, place)
    WHERE poll_id = $1 GROUP BY 1, 2
)
SELECT poll_id, method, voters_count, options, terms, closed_position IS NOT NULL AS is_final,
    terms ->> 'results' = 'hidden' AND closed_sha256 IS NULL AS is_hidden,
    coalesce((SELECT sum(times) FROM cast_ballot), 0)::bigint AS ballots_count,
    coalesce((SELECT sum(paper_times) FROM cast_ballot), 0)::bigint AS paper_ballots_count,
    coalesce((SELECT sum(times) FROM cast_ballot WHERE choices = '{}'), 0)::bigint AS blank_count,
    coalesce((SELECT jsonb_agg(said) FROM said), '[]') AS said
FROM poll WHERE poll_id = $1
"""

_FIGURES = {
    **dict.fromkeys(("ranked", "stv", "schulze", "borda"), "firsts"),
    **dict.fromkeys(("score", "dots"), "marks"),
}
"""What stands for an option in the running count; for other methods, the ballots that name it."""

DATE_ANSWERS = 3


async def tally(query: TallyOf, db: Connection, _: Secrets) -> Tally:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
    """
    await check_may_read(db, query.poll_id, query.asker)
    row = await row_of(db, _TALLY, query.poll_id)
    options, said = row.pop("options"), row.pop("said")
    terms = PollTerms.model_validate(row.pop("terms"))
    row |= {"rules": terms.rules, "abstention": abstention(terms.rules, row["method"])}
    if row["is_hidden"]:
        return Tally(**row | {"blank_count": None}, counts=())
    marks_count = {"judgment": len(terms.settings.grades), "date": DATE_ANSWERS}.get(row["method"], 0)
    answered_count = row["ballots_count"] - row["blank_count"]
    said_of: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in said:
        said_of[each["option"]].append(each)
    counts = [_standing(option, said_of[option], row["method"], marks_count, answered_count) for option in options]
    return Tally(**row, counts=tuple(counts))


def _standing(
    option: str, said: list[dict[str, Any]], method: str, marks_count: int, answered_count: int
) -> OptionCount:
    by_mark = [0] * marks_count
    for row in said if marks_count else ():
        by_mark[row["mark"]] += row["marked"]
    if marks_count:
        # Who leaves an option out gives it the worst grade, or cannot come.
        by_mark[-1 if method == "judgment" else 0] += answered_count - sum(by_mark)
    count = sum(row[_FIGURES.get(method, "ballots")] or 0 for row in said)
    return OptionCount(option=option, count=count, by_mark=tuple(by_mark))


def abstention(rules: Rules | None, method: str) -> Abstention:
    """Return what an abstention does by these rules."""
    if rules is None or not rules.abstentions_count:
        return "ignored"
    return "against" if method == "consent" else "in_base"


_RESULT = """
SELECT poll.poll_id, options, terms, cancelled_because, result.*
FROM poll LEFT JOIN result USING (poll_id) WHERE poll.poll_id = $1
"""


_ROUNDS = """
SELECT round FROM result_part, jsonb_array_elements(rounds) WITH ORDINALITY AS counted (round, place)
WHERE poll_id = $1 ORDER BY part, place OFFSET $2 LIMIT $3
"""

PAGE_BYTES_MAX = 600_000
"""Of rounds in one answer: NATS carries a megabyte, and the options stand beside them."""


async def result(query: ResultOf, db: Connection, _: Secrets) -> Result:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
        PollIsCancelled: There never will be one.
        ResultIsNotYet: Nothing is declared yet.
    """
    await check_may_read(db, query.poll_id, query.asker)
    (first,) = from_cursor(query.cursor, [int]) or [0]
    row = await row_of(db, _RESULT, query.poll_id)
    if row.pop("cancelled_because") is not None:
        raise PollIsCancelled("This poll was cancelled for a mistake in it; it has no result.")
    if row["declared_position"] is None:
        raise ResultIsNotYet("The result of this poll is not declared yet.")
    rounds = list(_page(await db.fetch(_ROUNDS, query.poll_id, min(max(first, 0), BEHIND_ALL), query.limit)))
    end = first + len(rounds)
    terms = PollTerms.model_validate(row.pop("terms"))
    return Result(
        **row | {"poll_id": query.poll_id},
        settings=terms.settings,
        rules=terms.rules,
        abstention=abstention(terms.rules, row["method"]),
        rounds=tuple(rounds),
        next=to_cursor(end) if rounds and end < row["rounds_count"] else None,
    )


def _page(rows: Sequence[asyncpg.Record]) -> Iterator[Round]:
    """Yield the rounds that one answer carries, one at least."""
    size = 0
    for (plain,) in rows:
        round_ = Round.model_validate(plain)
        round_size = len(round_.model_dump_json().encode())
        if size and size + round_size > PAGE_BYTES_MAX:
            return
        size += round_size
        yield round_


QUERIES: QueryHandlers = {
    TallyOf: tally,
    ResultOf: result,
}
