"""
Ballots of polls whose results are hidden until the close.

Until then their rows hold the entries as they stand in the log, sealed; what they say is in no table, nor in any
statement. The close opens them all, in its own transaction.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from libs.contracts.base import Event
from libs.contracts.governance import BallotCast, BallotReplaced
from libs.eventlog.codec import decode
from libs.eventlog.log import Recorded
from libs.eventlog.sealing import Keys
from libs.service.database import Connection

AT_ONCE = 500


async def hidden_polls(tx: Connection, run: Sequence[Recorded]) -> set[UUID]:
    """Return the polls, of those that entries of *run* are sealed for, whose ballots nobody may read yet."""
    sealed_for = {recorded.key_id for recorded in run if recorded.key_id}
    if not sealed_for:
        return set()
    rows = await tx.fetch(
        "SELECT poll_id FROM poll WHERE poll_id = ANY($1) AND terms ->> 'results' = 'hidden' AND closed_sha256 IS NULL",
        list(sealed_for),
    )
    return {row["poll_id"] for row in rows}


async def open_ballots(tx: Connection, poll_id: UUID, keys: Keys) -> None:
    """Put what members' ballots of a poll say, and said before, in place of their sealed entries."""
    await _open(tx, poll_id, keys, find=_SEALED, put=_OPENED)
    await _open(tx, poll_id, keys, find=_SEALED_BEFORE, put=_OPENED_BEFORE)


_SEALED = "SELECT ballot_id, position, sealed FROM ballot WHERE poll_id = $1 AND sealed IS NOT NULL"

_SEALED_BEFORE = """
SELECT ballot_id, before.position, before.sealed FROM ballot JOIN replaced_ballot AS before USING (ballot_id)
WHERE poll_id = $1 AND before.sealed IS NOT NULL
"""

_OPENED = """
UPDATE ballot SET choices = said.choices, marks = said.marks, reason = said.reason, sealed = NULL
FROM jsonb_to_recordset($1) AS said (ballot_id uuid, choices text[], marks bigint[], reason text)
WHERE ballot.ballot_id = said.ballot_id
"""

_OPENED_BEFORE = """
UPDATE replaced_ballot SET choices = said.choices, marks = said.marks, reason = said.reason, sealed = NULL
FROM jsonb_to_recordset($1) AS said (ballot_id uuid, position bigint, choices text[], marks bigint[], reason text)
WHERE replaced_ballot.ballot_id = said.ballot_id AND replaced_ballot.position = said.position
"""


def opened(position: int, sealed: str, keys: Keys) -> Event:
    """Return what an entry says that was kept *sealed*."""
    return decode("governance", position, sealed.encode(), keys).event


async def _open(tx: Connection, poll_id: UUID, keys: Keys, *, find: str, put: str) -> None:
    sealed = await tx.cursor(find, poll_id)
    while rows := await sealed.fetch(AT_ONCE):
        await tx.execute(put, [_said(row, keys) for row in rows])


def _said(row: asyncpg.Record, keys: Keys) -> dict[str, object]:
    event = opened(row["position"], row["sealed"], keys)
    assert isinstance(event, BallotCast | BallotReplaced)
    return {
        "ballot_id": str(row["ballot_id"]),
        "position": row["position"],
        "choices": event.choices,
        "marks": event.marks,
        "reason": event.reason,
    }
