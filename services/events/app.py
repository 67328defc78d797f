"""Events as a process: gatherings of groups, and who comes. `python -m services.events.app` runs it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from libs.service.database import Pool
from libs.service.process import Service
from libs.service.turns import Turns
from libs.service.vault import Vault
from libs.settings import ServiceSettings
from services.events.commands import HANDLERS
from services.events.projections import events
from services.events.queries import QUERIES
from services.events.reactions import reactions


async def resources(pool: Pool, _settings: ServiceSettings) -> Sequence[Any]:
    """What every command handler gets: the vault, and the queues that people take turns in."""
    return Vault(pool), Turns()


SERVICE = Service(
    name="events",
    folder=Path(__file__).parent,
    commands=HANDLERS,
    queries=QUERIES,
    projection=events,
    reactions=reactions,
    resources=resources,
)

if __name__ == "__main__":
    SERVICE.run()
