"""Groups as a process: groups, who is in them, and pages. `python -m services.groups.app` runs it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from libs.service.database import Pool
from libs.service.process import Service
from libs.service.vault import Vault
from libs.settings import ServiceSettings
from services.groups.commands import HANDLERS
from services.groups.projections import groups
from services.groups.queries import QUERIES
from services.groups.reactions import reactions


async def resources(pool: Pool, _settings: ServiceSettings) -> Sequence[Any]:
    """What every command handler gets: the vault."""
    return (Vault(pool),)


SERVICE = Service(
    name="groups",
    folder=Path(__file__).parent,
    commands=HANDLERS,
    queries=QUERIES,
    projection=groups,
    reactions=reactions,
    resources=resources,
)

if __name__ == "__main__":
    SERVICE.run()
