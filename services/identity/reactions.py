"""
What the clock and identity's own log make it do.

The log says first that a session or a member is gone, then the vault forgets. Should the process die in between, the
reactions here make it forget all the same; they delete what is already gone without harm.
"""

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.identity import MemberErased, PublishManifesto, ResolveSignUp, SessionsEnded
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World
from services.identity.domain.session import IDLE_MAX

MANIFESTO = Path(__file__).parent / "manifesto.md"
"""The text that a new node begins with."""

RESOLVE_AFTER = timedelta(minutes=1)

_COMMANDS = UUID("0e9b6f0a-55f1-5d43-8f4f-6d6a4c0f2f51")  # the namespace of what the clock has done here

reactions = Reactions()


@reactions.on(SessionsEnded)
async def forget_sessions(event: SessionsEnded, _: Recorded, world: World) -> Command | None:
    """A session that is over leaves nothing in the vault."""
    await world.pool.execute("DELETE FROM session WHERE session_id = ANY($1)", list(event.session_ids))
    return None


@reactions.on(MemberErased)
async def forget_member(_: MemberErased, recorded: Recorded, world: World) -> Command | None:
    """A member who is gone leaves nothing in the vault; their handle is free again."""
    await world.pool.execute("DELETE FROM person WHERE member_id = $1", recorded.aggregate_id)
    return None


@reactions.every(5)
async def publish_first_manifesto(world: World) -> list[tuple[UUID, Command]]:
    """A node has a manifesto from its first moment: the one that comes with it, until its operator has another."""
    if await world.pool.fetchval("SELECT 1 FROM manifesto LIMIT 1"):
        return []
    text = MANIFESTO.read_text(encoding="utf-8")
    return [(uuid5(_COMMANDS, hashlib.sha256(text.encode()).hexdigest()), PublishManifesto(text=text))]


@reactions.every(60)
async def resolve_sign_ups(world: World) -> list[tuple[UUID, Command]]:
    """A handle that was reserved by a process that died becomes a member's, or free again, as the log says."""
    left = await world.pool.fetch(
        "SELECT member_id, attempt FROM person"
        " WHERE confirmed_at IS NULL AND reserved_at < now() - $1::interval LIMIT 100",
        RESOLVE_AFTER,
    )
    return [(uuid5(_COMMANDS, str(row["attempt"])), ResolveSignUp(member_id=row["member_id"])) for row in left]


@reactions.every(3600)
async def forget_idle_sessions(world: World) -> list[tuple[UUID, Command]]:
    """A session that nobody went on with for long is over without a word: its tokens expired with it."""
    await world.pool.execute("DELETE FROM session WHERE used_at < now() - $1::interval", IDLE_MAX)
    return []


@reactions.every(60)
async def forget_the_erased(world: World) -> list[tuple[UUID, Command]]:
    """A vault that was restored from an older copy forgets again whom the log says it must."""
    await world.pool.execute("DELETE FROM person USING member WHERE person.member_id = member.member_id AND is_former")
    return []
