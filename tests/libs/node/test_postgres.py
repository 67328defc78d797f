"""Each service reaches its own database and no other, and a cluster comes back whatever happened to it."""

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import asyncpg
import pytest

from libs.node.databases import ROLE_CONNECTIONS_MAX, prepare_databases
from libs.node.embedded import EmbeddedPostgres
from libs.node.permissions import SERVICES
from libs.node.postgres import ADMIN, PostgresServer
from libs.node.trouble import NodeTrouble

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

pytestmark = pytest.mark.postgres

DATABASES = (*SERVICES, "postgres", "template1")


@pytest.fixture(scope="module")
def node_postgres(node_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server as a node has it, fsync and all."""
    with EmbeddedPostgres(node_folder / "as a node has it", is_durable=True) as server:
        yield server


@pytest.fixture
async def server(node_postgres: EmbeddedPostgres) -> PostgresServer:
    """The same server with the services' databases."""
    await prepare_databases(node_postgres.server)
    return node_postgres.server


@pytest.fixture
def own(node_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server for this test alone, not started yet."""
    server = EmbeddedPostgres(node_folder / uuid4().hex[:8], is_durable=True)
    yield server
    if hasattr(server, "process"):
        server.stop()


@asynccontextmanager
async def login(server: PostgresServer, role: str, database: str | None = None) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(server.url(database or role, role=role), password=server.password(role))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def admin(server: PostgresServer) -> AsyncIterator[Connection]:
    """An administrator's connection."""
    async with login(server, ADMIN) as connection:
        yield connection


class TestRoles:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_own_database(self, server: PostgresServer, service: str) -> None:
        """A service makes its schemas in its own database and finds its tables without naming them."""
        async with login(server, service) as connection:
            await connection.execute("CREATE SCHEMA IF NOT EXISTS read; DROP TABLE IF EXISTS read.thing")
            await connection.execute("CREATE TABLE thing (id int)")

            assert await connection.fetchval("SELECT count(*) FROM read.thing") == 0

    @pytest.mark.parametrize("role, database", [(r, d) for r in SERVICES for d in DATABASES if r != d])
    async def test_no_other_database(self, server: PostgresServer, role: str, database: str) -> None:
        """A service cannot so much as connect to another's database, or to an administrator's."""
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            async with login(server, role, database):
                pass

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE DATABASE mine",
            "CREATE ROLE friend LOGIN",
            "ALTER ROLE geo SUPERUSER",
            "ALTER ROLE identity PASSWORD 'known'",
            "SET ROLE identity",
            "SELECT * FROM pg_authid",
            "SELECT pg_read_file('/etc/passwd')",
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "ALTER SYSTEM SET fsync = off",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        ],
    )
    async def test_are_no_administrators(self, server: PostgresServer, statement: str) -> None:
        """A service cannot give itself what it was not given."""
        async with login(server, ADMIN), login(server, "geo") as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(statement)

    async def test_need_their_password(self, server: PostgresServer) -> None:
        """Being on the machine is not enough."""
        for password in (None, "", "geo"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(server.url("geo"), password=password)

    async def test_have_an_end_of_connections(self, server: PostgresServer) -> None:
        """A service that opens too many connections stops itself and not the others."""
        async with AsyncExitStack() as opened:
            for _ in range(ROLE_CONNECTIONS_MAX):
                await opened.enter_async_context(login(server, "geo"))
            with pytest.raises(asyncpg.TooManyConnectionsError):
                await opened.enter_async_context(login(server, "geo"))
            await opened.enter_async_context(login(server, "groups"))

    async def test_a_lost_password_is_made_anew(self, server: PostgresServer) -> None:
        """Who deletes a password's file gets another at the next start; the role follows."""
        server.password_file("events").unlink()
        await prepare_databases(server)

        async with login(server, "events") as connection:
            assert await connection.fetchval("SELECT current_user") == "events"


class TestServer:
    @pytest.mark.parametrize(
        "setting, value",
        [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("data_checksums", "on"),
            ("server_encoding", "UTF8"),
            ("listen_addresses", ""),
            ("unix_socket_permissions", "0700"),
            ("password_encryption", "scram-sha-256"),
            ("TimeZone", "UTC"),
        ],
    )
    async def test_is_set_for_keeps(self, admin: Connection, setting: str, value: str) -> None:
        """What is committed is on the disk, damage is noticed, and there is no way in but the socket."""
        assert await admin.fetchval("SELECT current_setting($1)", setting) == value

    async def test_searches_without_accents_and_with_typos(self, server: PostgresServer) -> None:
        """The gazetteer's extensions are where its role finds them."""
        async with login(server, "geo") as connection:
            assert await connection.fetchval("SELECT unaccent('Crest-à-l''Éperon')") == "Crest-a-l'Eperon"
            assert await connection.fetchval("SELECT similarity('Valence', 'Valense')") > 0.4

    async def test_orders_alike_everywhere(self, admin: Connection) -> None:
        """The order of texts does not hang on the system's locales, and capitals of every alphabet are known."""
        words = ["b", "É", "a", "Z", "é"]
        ordered = await admin.fetchval("SELECT array_agg(word ORDER BY word) FROM unnest($1::text[]) word", words)

        assert ordered == sorted(words)
        assert await admin.fetchval("SELECT lower('ÉÎŽΩД')") == "éîžωд"

    async def test_its_folders_are_private(self, server: PostgresServer) -> None:
        """Neither the cluster nor a password can be read by another user of the machine."""
        for path in (server.place, server.sockets):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.password_file("geo").stat().st_mode) == 0o600


async def insert(server: PostgresServer, number: int) -> None:
    async with login(server, ADMIN) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)


async def kept(server: PostgresServer) -> list[int]:
    async with login(server, ADMIN) as connection:
        rows = await connection.fetch("SELECT number FROM kept ORDER BY number")
        return [row["number"] for row in rows]


class TestComingBack:
    async def test_after_a_kill(self, own: EmbeddedPostgres) -> None:
        """After kill -9 the next start recovers by itself, and what was committed is there."""
        for number in range(3):
            own.start()
            await insert(own.server, number)
            own.process.kill()
        own.start()

        assert await kept(own.server) == [0, 1, 2]

    async def test_after_its_number_was_given_to_another(self, own: EmbeddedPostgres) -> None:
        """
        A killed server's number may belong to any process by now; that is not taken for a running server.

        In a container numbers are small and soon given again.
        """
        own.start()
        await insert(own.server, 1)
        own.process.kill()
        pid_file = own.server.place / "postmaster.pid"
        _, *rest = pid_file.read_text().splitlines()
        other = await asyncio.create_subprocess_exec("sleep", "60", user=pid_file.stat().st_uid)
        pid_file.write_text("\n".join([str(other.pid), *rest]))
        try:
            own.start()
            assert await kept(own.server) == [1]
        finally:
            other.kill()
            await other.wait()

    async def test_after_an_interrupted_first_start(self, own: EmbeddedPostgres) -> None:
        """Half a cluster is never used: the first start is begun anew."""
        half = own.server.place.with_name("postgres.part")
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")
        own.start()

        await insert(own.server, 1)
        assert not half.exists()

    async def test_beside_a_server_that_was_left_behind(self, own: EmbeddedPostgres) -> None:
        """A server that outlived its node is ended first; two never share a cluster."""
        own.start()
        await insert(own.server, 1)
        former = own.process
        own.start()

        assert former.wait(5)
        assert await kept(own.server) == [1]

    async def test_at_the_end_of_a_long_path(self, node_folder: Path) -> None:
        """A folder whose path is too long for a socket, or has spaces and quotes in it, serves as well as another."""
        folder = node_folder / ("x" * 100) / """it's a "folder" of ours"""
        with EmbeddedPostgres(folder) as server:
            await insert(server.server, 1)
            assert await kept(server.server) == [1]
        shutil.rmtree(server.server.sockets)

    def test_of_another_release(self, own: EmbeddedPostgres) -> None:
        """A cluster of another release of PostgreSQL is left as it is, and the sentence says so."""
        own.start()
        own.stop()
        version = own.server.place / "PG_VERSION"
        version.write_text("17\n")

        with pytest.raises(NodeTrouble, match="was made by PostgreSQL 17"):
            own.server.prepare()
        assert version.read_text() == "17\n"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that it could not share with PostgreSQL")
    async def test_in_a_folder_of_roots_own(self, tmp_path: Path) -> None:
        """
        Where root keeps a folder to itself the cluster stands elsewhere, and a link says where.

        The folder's permissions stay as they are.
        """
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        with EmbeddedPostgres(private / "data") as server:
            await insert(server.server, 1)
            assert (private / "data" / "postgres").readlink() == server.server.place
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        with EmbeddedPostgres(private / "data") as again:
            assert await kept(again.server) == [1]
        shutil.rmtree(again.server.place)
        shutil.rmtree(again.server.sockets)
