"""How a poll stands, and what it decided."""

from libs.contracts.governance import (
    OptionCount,
    Result,
    ResultOf,
    Round,
    Tally,
    TallyOf,
)
from libs.errors import Conflict
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, row_of


class ResultIsNotYet(Conflict):
    """The poll is open, or closed so lately that its count is still going on."""


_TALLY = """
WITH cast_ballot AS (
    SELECT choices, sum(times) AS times, sum(times) FILTER (WHERE is_paper) AS paper_times
    FROM counted_ballot WHERE poll_id = $1 GROUP BY choices
), named AS (
    SELECT option, sum(times) AS times
    FROM cast_ballot, poll, unnest(CASE method WHEN 'approval' THEN choices ELSE choices[1:1] END) AS option
    WHERE poll_id = $1 GROUP BY option
)
SELECT poll_id, method, voters_count, options, closed_position IS NOT NULL AS is_final,
    coalesce((SELECT sum(times) FROM cast_ballot), 0)::bigint AS ballots_count,
    coalesce((SELECT sum(paper_times) FROM cast_ballot), 0)::bigint AS paper_ballots_count,
    coalesce((SELECT sum(times) FROM cast_ballot WHERE choices = '{}'), 0)::bigint AS blank_count,
    ARRAY(
        SELECT coalesce(times, 0)::bigint
        FROM unnest(options) WITH ORDINALITY AS offered (option, place) LEFT JOIN named USING (option) ORDER BY place
    ) AS counts
FROM poll WHERE poll_id = $1
"""


async def tally(query: TallyOf, db: Connection, _: Secrets) -> Tally:
    """
    Raises:
        NotFound: There is no such poll.
    """
    row = await row_of(db, _TALLY, query.poll_id)
    counts = zip(row.pop("options"), row.pop("counts"), strict=True)
    return Tally(**row, counts=tuple(OptionCount(option=option, count=count) for option, count in counts))


_RESULT = """
SELECT poll.poll_id, options, result.* FROM poll LEFT JOIN result USING (poll_id) WHERE poll.poll_id = $1
"""


_ROUNDS = """
SELECT round FROM result_part, jsonb_array_elements(rounds) WITH ORDINALITY AS counted (round, place)
WHERE poll_id = $1 ORDER BY part, place OFFSET $2 LIMIT $3
"""


async def result(query: ResultOf, db: Connection, _: Secrets) -> Result:
    """
    Raises:
        NotFound: There is no such poll.
        ResultIsNotYet: Nothing is declared yet.
    """
    (first,) = from_cursor(query.cursor, [int]) or [0]
    row = await row_of(db, _RESULT, query.poll_id)
    if row["declared_position"] is None:
        raise ResultIsNotYet("The result of this poll is not declared yet.")
    rounds = await db.fetch(_ROUNDS, query.poll_id, min(max(first, 0), BEHIND_ALL), query.limit)
    end = first + len(rounds)
    return Result(
        **row | {"poll_id": query.poll_id},
        rounds=tuple(Round.model_validate(round_) for (round_,) in rounds),
        next=to_cursor(end) if rounds and end < row["rounds_count"] else None,
    )


QUERIES: QueryHandlers = {
    TallyOf: tally,
    ResultOf: result,
}
