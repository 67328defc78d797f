"""Keeps identity's read models level with its log: the manifesto's versions, and who is a member."""

from libs.contracts.identity import (
    ManifestoApproved,
    ManifestoPublished,
    MemberErased,
    MemberSignedUp,
    SessionsEnded,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

identity = Projection()


@identity.on(ManifestoPublished)
async def add_manifesto(tx: Connection, event: ManifestoPublished, recorded: Recorded) -> None:
    """From here on this version stands."""
    await tx.execute(
        "INSERT INTO manifesto (version, sha256, text, published_at) VALUES ($1, $2, $3, $4)",
        event.manifesto_version,
        event.sha256,
        event.text,
        recorded.decided_at,
    )


@identity.on(MemberSignedUp)
async def add_member(tx: Connection, event: MemberSignedUp, recorded: Recorded) -> None:
    """One more member, under the manifesto that they approved by signing up."""
    await tx.execute(
        "WITH added AS ("
        "  INSERT INTO member (member_id, approved_sha256, signed_up_at) VALUES ($2, $6, $4) RETURNING member_id"
        ") INSERT INTO entry (position, member_id, name, decided_at, entry)"
        " SELECT $1, member_id, $3, $4, $5 FROM added",
        *_entry(recorded),
        event.manifesto_sha256,
    )


@identity.on(ManifestoApproved)
async def note_approval(tx: Connection, event: ManifestoApproved, recorded: Recorded) -> None:
    """What the member approved last is what the gateway asks for."""
    await tx.execute(
        "WITH approved AS (UPDATE member SET approved_sha256 = $6 WHERE member_id = $2)"
        " INSERT INTO entry (position, member_id, name, decided_at, entry) VALUES ($1, $2, $3, $4, $5)",
        *_entry(recorded),
        event.sha256,
    )


@identity.on(SessionsEnded)
async def note_end(tx: Connection, event: SessionsEnded, recorded: Recorded) -> None:  # noqa: ARG001 - every one has it
    """Part of what the log says of the member."""
    await tx.execute(
        "INSERT INTO entry (position, member_id, name, decided_at, entry) VALUES ($1, $2, $3, $4, $5)",
        *_entry(recorded),
    )


@identity.on(MemberErased)
async def erase_member(tx: Connection, event: MemberErased, recorded: Recorded) -> None:  # noqa: ARG001
    """Of a former member only the id is left."""
    await tx.execute(
        "WITH gone AS (UPDATE member SET is_former = true WHERE member_id = $1) DELETE FROM entry WHERE member_id = $1",
        recorded.aggregate_id,
    )


def _entry(recorded: Recorded) -> tuple[object, ...]:
    return (
        recorded.position,
        recorded.aggregate_id,
        type(recorded.event).__name__,
        recorded.decided_at,
        recorded.entry.decode(),
    )
