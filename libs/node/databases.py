"""
The services' databases and roles: one of each for a service, both named like it.

Looked at again at every start, so that a password that was made anew is the role's password, too.
"""

from collections.abc import Sequence
from typing import Protocol

import asyncpg

from libs.node.permissions import SERVICES
from libs.node.postgres import ADMIN
from libs.node.trouble import NodeTrouble

ROLE_CONNECTIONS_MAX = 25
"""For all replicas of a service together, one that takes a place and one that rebuilds, unless somebody says more."""

SEARCH_PATH = "read, vault, desk, public"

EXTENSIONS = {"geo": ("pg_trgm", "unaccent")}
"""What an administrator must make; the gazetteer is searched without accents and with typos."""

RESTORING = "restoring"
"""A schema of the administrator's own database: there while a restore has not put everything into the servers."""

_ONE_AT_A_TIME = 6_203_114  # an advisory lock

_DATABASES = "SELECT datname FROM pg_database"

_ROLES = "SELECT rolname FROM pg_roles"


class DatabaseServer(Protocol):
    """A PostgreSQL server, embedded or elsewhere, as far as it matters to whoever sets it up."""

    def url(self, database: str, *, role: str | None = None) -> str:
        """Return where *role* (of the same name, unless given) finds *database*; without a password."""

    def password(self, role: str) -> str:
        """Return *role*'s password."""


async def check_is_whole(server: DatabaseServer) -> None:
    """
    Check that no restore was ended half way.

    Raises:
        NodeTrouble: It was, or goes on: what the servers hold is not a node.
    """
    connection = await connect_as_admin(server, ADMIN)
    try:
        if await connection.fetchval("SELECT to_regnamespace($1)", RESTORING) is not None:
            raise NodeTrouble(
                "A restore goes on, or was ended half way: what is there is no whole node, and nobody is let in. Run"
                " `plaanet restore` again; it begins anew."
            )
    finally:
        await connection.close()


async def prepare_databases(
    server: DatabaseServer, services: Sequence[str] = SERVICES, *, connections_max: int = ROLE_CONNECTIONS_MAX
) -> None:
    """
    Make the databases and roles of *services* that are missing, and set what every one of them must have.

    A role may have *connections_max* connections at once.
    """
    connection = await connect_as_admin(server, ADMIN)
    try:
        # The lock is the connection's: of two that set up one server at once the second finds the work done.
        await connection.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
        roles = {row["rolname"] for row in await connection.fetch(_ROLES)}
        databases = {row["datname"] for row in await connection.fetch(_DATABASES)}
        await connection.execute("REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC")
        for service in services:
            if service not in roles:
                await connection.execute(f"CREATE ROLE {service}")
            await connection.execute(
                f"ALTER ROLE {service} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
                f" CONNECTION LIMIT {connections_max} PASSWORD '{server.password(service)}'"
            )
            if service not in databases:
                await connection.execute(f"CREATE DATABASE {service} OWNER {service}")
            await connection.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
            await connection.execute(f"ALTER ROLE {service} IN DATABASE {service} SET search_path = {SEARCH_PATH}")
            await prepare_extensions(server, service, EXTENSIONS.get(service, ()))
    finally:
        await connection.close()


async def prepare_extensions(server: DatabaseServer, database: str, extensions: Sequence[str]) -> None:
    """Make the *extensions* that *database* lacks."""
    if not extensions:
        return
    connection = await connect_as_admin(server, database)
    try:
        for extension in extensions:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    finally:
        await connection.close()


async def connect_as_admin(server: DatabaseServer, database: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Return an administrator's connection to *database*; close it yourself."""
    return await asyncpg.connect(server.url(database, role=ADMIN), password=server.password(ADMIN), timeout=30)
