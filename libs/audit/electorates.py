"""The members of groups as the vote log knows them, and how many of them a roll might bear."""

from datetime import datetime, timedelta
from uuid import uuid5

from libs.audit.books import Books
from libs.contracts.governance import (
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorPlaced,
    ElectorRoleGiven,
    PollOpened,
    SubgroupJoined,
    SubgroupLeft,
)
from libs.eventlog.log import Recorded


def form_electorate(books: Books, event: ElectorateFormed, recorded: Recorded) -> None:
    """An electorate's address is made of its group's."""
    if recorded.aggregate_id != uuid5(event.group_id, "electorate"):
        books.differ(recorded.position, "address", "An electorate stands at an address that is not its group's.")


def join_electorate(books: Books, event: ElectorJoined, recorded: Recorded) -> None:
    """Who joins was not in before."""
    joined_at = (event.joined_at or recorded.decided_at).timestamp()
    row = recorded.aggregate_id.bytes, event.elector.bytes, joined_at
    if not books.db.execute("INSERT OR IGNORE INTO elector VALUES (?, ?, ?, NULL)", row).rowcount:
        books.differ(recorded.position, "electorate", f"The elector {event.elector} joins and was in already.")


def give_role(books: Books, event: ElectorRoleGiven, recorded: Recorded) -> None:
    """Who gets a role is in."""
    row = recorded.aggregate_id.bytes, event.elector.bytes
    if not books.db.execute("SELECT 1 FROM elector WHERE electorate = ? AND elector = ?", row).fetchone():
        books.differ(recorded.position, "electorate", f"{event.elector} gets a role and is no elector of the group.")


def leave_electorate(books: Books, event: ElectorLeft, recorded: Recorded) -> None:
    """Who leaves was in."""
    row = recorded.aggregate_id.bytes, event.elector.bytes
    if not books.db.execute("DELETE FROM elector WHERE electorate = ? AND elector = ?", row).rowcount:
        books.differ(recorded.position, "electorate", f"{event.elector} leaves and was no elector of the group.")


def join_subgroup(books: Books, event: SubgroupJoined, recorded: Recorded) -> None:
    """Who joins a sub-group was not in it; whether they are in the group is another question."""
    row = recorded.aggregate_id.bytes, event.subgroup_id.bytes, event.elector.bytes
    if not books.db.execute("INSERT OR IGNORE INTO in_subgroup VALUES (?, ?, ?)", row).rowcount:
        books.differ(recorded.position, "electorate", f"{event.elector} joins a sub-group and was in it already.")


def leave_subgroup(books: Books, event: SubgroupLeft, recorded: Recorded) -> None:
    """Who leaves a sub-group was in it."""
    row = recorded.aggregate_id.bytes, event.subgroup_id.bytes, event.elector.bytes
    statement = "DELETE FROM in_subgroup WHERE electorate = ? AND subgroup = ? AND elector = ?"
    if not books.db.execute(statement, row).rowcount:
        books.differ(recorded.position, "electorate", f"{event.elector} leaves a sub-group and was not in it.")


def place_elector(books: Books, event: ElectorPlaced, recorded: Recorded) -> None:
    """Electors give their place themselves."""
    if recorded.actor != str(event.elector):
        books.differ(recorded.position, "actor", f"The place of {event.elector} was given by {recorded.actor}.")
    row = event.place_id, recorded.aggregate_id.bytes, event.elector.bytes
    if not books.db.execute("UPDATE elector SET place_id = ? WHERE electorate = ? AND elector = ?", row).rowcount:
        books.differ(recorded.position, "electorate", f"{event.elector} gives a place and is no elector of the group.")


_CHOSEN = {
    "group": "TRUE",
    "place": "place_id = :place_id",
    "tenure": "joined_at <= :latest",
    "subgroups": "elector IN (SELECT elector FROM in_subgroup WHERE electorate = :electorate AND subgroup IN ({}))",
}


def count_eligible(books: Books, event: PollOpened, opened_at: datetime) -> int | None:
    """Return how many members should be on the roll of a poll; None where it was made from a list."""
    eligibility = event.terms.eligibility
    if eligibility.kind == "list":
        return None
    subgroups = ", ".join(f"x'{group_id.hex}'" for group_id in eligibility.group_ids)
    chosen = _CHOSEN[eligibility.kind].format(subgroups)
    [[number]] = books.db.execute(
        f"SELECT count(*) FROM elector WHERE electorate = :electorate AND {chosen}",  # noqa: S608
        {
            "electorate": uuid5(event.group_id, "electorate").bytes,
            "place_id": eligibility.place_id,
            "latest": (opened_at - timedelta(days=eligibility.days or 0)).timestamp(),
        },
    )
    return int(number)
