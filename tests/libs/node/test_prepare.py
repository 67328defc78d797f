"""`plaanet prepare`: servers that others run are prepared as a node prepares its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from libs.node.embedded import EmbeddedNats, EmbeddedPostgres
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import ADMIN as DATABASE_ADMIN
from libs.node.prepare import ExternalPostgres, _settings, prepare
from libs.node.secret_files import make
from libs.node.trouble import NodeTrouble
from libs.settings import PreparationSettings

NOBODY = "nats://127.0.0.1:1"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder with secrets."""
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


@pytest.fixture
async def empty_nats(tmp_path: Path, secrets: Path) -> AsyncIterator[EmbeddedNats]:
    """A server without streams, whose administrator's password is among the secrets."""
    async with EmbeddedNats(tmp_path / "nats", with_streams=False) as server:
        (secrets / f"nats-{ADMIN}.txt").write_text(server.password_file(ADMIN).read_text())
        yield server


@pytest.fixture
def own_postgres(node_folder: Path, tmp_path: Path, secrets: Path) -> EmbeddedPostgres:
    """A server of this test's own, whose superuser's password is among the secrets."""
    server = EmbeddedPostgres(node_folder / f"prepare-{tmp_path.name}")
    (secrets / f"postgres-{DATABASE_ADMIN}.txt").write_text(server.server.password(DATABASE_ADMIN))
    return server


def say(_: str) -> None:
    """Nobody listens."""


def test_the_environment_says_how_often_a_log_is_kept(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are numbers, and an even number is none that a cluster can vote with."""
    monkeypatch.setenv("PLAANET_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("PLAANET_LOG_REPLICAS", "3")
    assert _settings().log_replicas == 3

    monkeypatch.setenv("PLAANET_LOG_REPLICAS", "2")
    with pytest.raises(NodeTrouble, match="PLAANET_LOG_REPLICAS"):
        _settings()


@pytest.mark.nats
class TestLogs:
    async def test_are_made_once_however_often(self, empty_nats: EmbeddedNats, secrets: Path) -> None:
        """A job that is started again, or twice at once, finds the logs and leaves them alone."""
        settings = PreparationSettings(nats_url=empty_nats.url, secrets_dir=secrets)
        await asyncio.gather(*(prepare(settings, say, only="logs") for _ in range(3)))
        admin = await empty_nats.connect(ADMIN)
        await admin.request("log.governance.poll.1", b"{}")
        await prepare(settings, say, only="logs")

        infos = {s: json.loads((await admin.request(f"$JS.API.STREAM.INFO.{s}")).data) for s in SERVICES}
        await admin.close()
        assert {s: info["state"]["last_seq"] for s, info in infos.items()} == {
            s: int(s == "governance") for s in SERVICES
        }

    async def test_wait_for_the_server(self, tmp_path: Path, secrets: Path) -> None:
        """The job may come first; it tells whom it waits for, and ends as soon as the work is done."""
        server = EmbeddedNats(tmp_path / "nats", with_streams=False)
        async with server:
            url, password = server.url, server.password_file(ADMIN).read_text()
        (secrets / f"nats-{ADMIN}.txt").write_text(password)
        said: list[str] = []
        waits = asyncio.Event()

        def hear(line: str) -> None:
            said.append(line)
            waits.set()

        job = asyncio.create_task(prepare(PreparationSettings(nats_url=url, secrets_dir=secrets), hear, only="logs"))
        await waits.wait()
        async with server:
            await job

        assert said == [f"Waiting for NATS at {url} ...", f"The logs are ready on {url}."]

    async def test_a_wrong_password_is_told_at_once(self, empty_nats: EmbeddedNats, secrets: Path) -> None:
        """A server that is configured with other secrets will not mend by waiting."""
        (secrets / f"nats-{ADMIN}.txt").write_text("another")
        settings = PreparationSettings(nats_url=empty_nats.url, secrets_dir=secrets, wait_s=3_600)

        with pytest.raises(NodeTrouble, match="refuses the administrator's password"):
            await prepare(settings, say, only="logs")

    async def test_a_server_that_never_comes_is_named(self, secrets: Path) -> None:
        """The job ends, so that whoever waits for it hears of it."""
        settings = PreparationSettings(nats_url=NOBODY, secrets_dir=secrets, wait_s=0.01)

        with pytest.raises(NodeTrouble, match=f"NATS at {NOBODY} does not answer"):
            await prepare(settings, say, only="logs")


@pytest.mark.postgres
class TestDatabases:
    async def test_are_made_once_however_often(self, own_postgres: EmbeddedPostgres, secrets: Path) -> None:
        """Each service reaches its own database with its own password, and a password that was changed is set."""
        with own_postgres as server:
            settings = PreparationSettings(
                database_url=server.server.url("postgres", role=DATABASE_ADMIN), secrets_dir=secrets
            )
            await asyncio.gather(*(prepare(settings, say, only="databases") for _ in range(3)))
            (secrets / "postgres-geo.txt").write_text("made anew")
            await prepare(settings.model_copy(update={"role_connections_max": 40}), say, only="databases")

            for service in SERVICES:
                url = server.server.url(service)
                own = await asyncpg.connect(url, password=(secrets / f"postgres-{service}.txt").read_text())
                assert await own.fetchval("SELECT current_user::text") == service
                assert await own.fetchval("SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user") == 40
                await own.close()

    async def test_a_wrong_password_is_told_at_once(self, own_postgres: EmbeddedPostgres, secrets: Path) -> None:
        """A superuser's password that is not the server's will not mend by waiting."""
        (secrets / "another.txt").write_text("another")
        with own_postgres as server:
            settings = PreparationSettings(
                database_url=server.server.url("postgres", role=DATABASE_ADMIN),
                database_password_file=secrets / "another.txt",
                secrets_dir=secrets,
                wait_s=3_600,
            )
            with pytest.raises(NodeTrouble, match="password authentication failed"):
                await prepare(settings, say, only="databases")


class TestAddresses:
    def test_lead_each_role_to_its_database(self, tmp_path: Path) -> None:
        """Host, port and options stay; the superuser is whoever the address names."""
        server = ExternalPostgres("postgresql://boss@db.example:5433/postgres?sslmode=require", tmp_path)

        assert server.url("geo") == "postgresql://geo@db.example:5433/geo?sslmode=require"
        assert server.url("geo", role="postgres") == "postgresql://boss@db.example:5433/geo?sslmode=require"
        assert server.place == "db.example:5433"


class TestSettings:
    def test_every_mistake_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """One sentence tells all that is wrong, by the names of the variables."""
        monkeypatch.setenv("PLAANET_SECRETS_DIR", str(tmp_path / "nowhere"))
        monkeypatch.setenv("PLAANET_LOG_REPLICAS", "2")

        with pytest.raises(NodeTrouble, match=r"(?s)PLAANET_SECRETS_DIR .*PLAANET_LOG_REPLICAS "):
            _settings()

    @pytest.mark.parametrize("only", ["logs", "databases"])
    async def test_a_server_that_is_not_named_is_asked_for(self, secrets: Path, only: str) -> None:
        """Nothing is prepared by guessing."""
        with pytest.raises(NodeTrouble, match=r"PLAANET_(NATS|DATABASE)_URL .* is not set"):
            await prepare(PreparationSettings(secrets_dir=secrets), say, only=only)

    async def test_a_secret_that_is_missing_is_named(self, secrets: Path) -> None:
        """The sentence names the file, and what makes it."""
        (secrets / f"nats-{ADMIN}.txt").unlink()

        with pytest.raises(NodeTrouble, match=rf"nats-{ADMIN}.txt cannot be read .*plaanet secrets"):
            await prepare(PreparationSettings(secrets_dir=secrets, nats_url=NOBODY), say, only="logs")
