"""What the drills of a restored node share: a backup that somebody's erasure falls into, and who is named."""

from typing import Protocol

import asyncpg

from libs.contracts.catalogue import SERVICES
from libs.node.backup.store import open_store
from libs.node.backup.take import Backup, opened
from libs.node.whereabouts import Whereabouts
from tests.journeys.people import PASSWORD, Person, until

PAGE = "Mine alone"
"""The words of a page, which are a member's, and are erased with them."""


class Databases(Protocol):
    """A node whose databases can be looked into."""

    def database_url(self, service: str) -> str:
        """Where a service's database is, password included."""


async def back_up_while_erasing(
    where: Whereabouts, target: str, recipient: str, *, node: Databases, who: Person
) -> None:
    """Make a backup at *target* whose vaults name *who*, and whose logs know that they are gone."""
    async with opened(where) as (client, connections):
        backup = Backup(
            where.belongings,
            open_store(target),
            (recipient,),
            client,
            mark_key=where.mark_key,
            version="0",
            show=lambda _: None,
        )
        await backup.copy_old_entries()
        await backup.copy_vaults(connections)
        await who.delete("/me", body={"password": PASSWORD})
        await until(lambda: where_named(node, who.id, who.handle), "", timeout_s=60)
        backup.copy_files()
        await backup.copy_new_entries()
        backup.finish()


async def where_named(node: Databases, *names: str) -> str:
    """The tables of vaults that still know one of these names, or the words of the page of who bore them."""
    found = []
    for service in SERVICES:
        connection = await asyncpg.connect(node.database_url(service))
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'vault'"):
                rows = await connection.fetch(f"SELECT to_jsonb(t)::text FROM vault.{table} t")
                if any(name in row for (row,) in rows for name in (*names, PAGE)):
                    found.append(f"{service}.{table}")
        finally:
            await connection.close()
    return ", ".join(found)
