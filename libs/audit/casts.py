"""
Ballots as they come in a large log: nearly all are first ballots by voters on the roll, and are put into the books many
at once. What a look at the entry alone leaves open (whether the id is new, the voter on the roll and without a ballot)
is asked of the books for all of them together; one that fails is looked at by itself.
"""

from uuid import UUID

from libs.audit.books import Books
from libs.audit.entries import read_cast, uuid_bytes
from libs.audit.polls import Poll

AT_ONCE_MAX = 10_000
"""So many ballots are put into the books at once."""

_STAND = "UPDATE roll SET position = ?, version = 1 WHERE voter = ? AND poll = ? AND position IS NULL"
_PUT = "INSERT INTO ballot VALUES (?, ?, ?, ?, ?, NULL, 'counts', ?)"


class Casts:
    """
    First ballots on their way into the books; whoever reads the books puts them in before.

    With an *at_once_max* of 0 none is taken.
    """

    def __init__(self, books: Books, *, at_once_max: int) -> None:
        self._books = books
        self._at_once_max = at_once_max
        self._open: dict[str, Poll] = {}
        """Polls that are open, by their ids in text, until something else than a ballot is read."""

        self._ids: list[tuple[bytes, int]] = []
        self._lines: list[tuple[int, bytes, int]] = []
        self._ballots: list[tuple[int, int, bytes, str, str | None, bool]] = []
        """Of each ballot its entry's id, the voter's line on the roll, and what it says: parameters of statements."""

    def take(self, position: int, entry: bytes) -> bool:
        """Take the *entry* if it is a ballot with which nothing is wrong by itself; return whether it was taken."""
        cast = read_cast(entry) if self._at_once_max else None
        if cast is None:
            return False
        poll = self._open.get(cast.poll_id) or self._look_up(cast.poll_id)
        if poll is None or poll.group_id != cast.group_id or poll.address(cast.voter) != cast.address:
            return False
        if poll.complaint(cast.choices, cast.marks) or (poll.offers_block and '"block"' in cast.choices):
            return False
        voter, number = uuid_bytes(cast.voter), poll.number
        self._ids.append((cast.id, position))
        self._lines.append((position, voter, number))
        self._ballots.append((number, position, voter, cast.choices, cast.marks, cast.decided_at >= poll.closes_at))
        if len(self._ids) >= self._at_once_max:
            self._put()
        return True

    def _look_up(self, poll_id: str) -> Poll | None:
        poll = self._books.known_poll(UUID(poll_id))
        if poll is None or not poll.is_open or poll.ballots_key_id:
            return None
        self._open[poll_id] = poll
        return poll

    def put(self) -> None:
        """Put all that was taken into the books: something else follows, or nothing more."""
        self._open.clear()
        if self._ids:
            self._put()

    def _put(self) -> None:
        db = self._books.db
        add_ids(self._books, "BallotCast", sorted(self._ids))  # in this order the index is walked through once
        before = db.total_changes
        db.executemany(_STAND, self._lines)
        if db.total_changes - before == len(self._lines):
            db.executemany(_PUT, self._ballots)
        else:
            db.executemany(_PUT, [ballot for ballot in self._ballots if self._stands(*ballot[:3])])
        for pending in (self._ids, self._lines, self._ballots):
            pending.clear()

    def _stands(self, number: int, position: int, voter: bytes) -> bool:
        """Return whether the ballot is its voter's first one, and note why if it is not."""
        row = self._books.db.execute(
            "SELECT position FROM roll WHERE voter = ? AND poll = ?", (voter, number)
        ).fetchone()
        if row == (position,):
            return True
        refuse(
            self._books, position, self._books.poll_numbered(number).id, UUID(bytes=voter), is_second=row is not None
        )
        return False


def refuse(books: Books, position: int, poll_id: UUID, voter: UUID, *, is_second: bool) -> None:
    """Note a ballot that does not count because of its voter, who has one already or may not vote."""
    if is_second:
        text = f"The voter {voter} cast a second ballot; the first one is counted."
        books.differ(position, "second-ballot", text, poll_id)
    else:
        books.differ(position, "not-on-the-roll", f"{voter} voted and is not on the roll; not counted.", poll_id)


def add_ids(books: Books, name: str, ids: list[tuple[bytes, int]]) -> None:
    """Note the ids of entries of one *name*, each with its position; none was there before."""
    before = books.db.total_changes
    books.db.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?)", ids)
    if books.db.total_changes - before == len(ids):
        return
    for id_, position in ids:
        [[first]] = books.db.execute("SELECT position FROM entry WHERE id = ?", (id_,))
        if first != position:
            text = f"{name} bears an id that an earlier entry bears ({UUID(bytes=id_)})."
            books.differ(position, "id-twice", text)
