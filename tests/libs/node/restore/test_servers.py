"""A node put on servers that others run: all of it or nobody is let in, and only where there was nothing."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.log import Entry
from libs.node.backup import manifest as manifests
from libs.node.backup.store import open_store
from libs.node.cli import main
from libs.node.databases import RESTORING, connect_as_admin
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import ADMIN as DATABASE_ADMIN
from libs.node.restore.servers import ServerSite
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import mounted
from tests.libs.node.backup.conftest import ignore
from tests.libs.node.restore.conftest import Elsewhere

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


async def people_of(elsewhere: Elsewhere) -> list[str]:
    """Whom the vault there names."""
    connection = await elsewhere.connect("identity")
    handles = [row[0] for row in await connection.fetch("SELECT handle FROM vault.person ORDER BY 1")]
    await connection.close()
    return handles


async def ends_of(elsewhere: Elsewhere) -> dict[str, int]:
    """Where each log there ends."""
    client = await elsewhere.nats.connect(ADMIN)
    ends = {service: await JetStreamLog(client, service).last() for service in SERVICES}
    await client.close()
    return ends


class TestAll:
    async def test_everything_is_there_again(self, elsewhere: Elsewhere) -> None:
        """Of a node that ran in a folder: logs to the byte, tiles of what was sealed, and people; nobody is in yet."""
        village = elsewhere.village
        await village.settle("ana", "zoé")
        kept = (await village.back_up()).kept
        assert (await elsewhere.restore(kept)).rollback is None

        with pytest.raises(asyncpg.InvalidPasswordError):
            await elsewhere.connect("identity")
        await elsewhere.prepare()
        assert await people_of(elsewhere) == ["ana", "zoé"]
        client = await elsewhere.nats.connect(ADMIN)
        stream = JetStreamLog(client, "governance")
        found: list[Entry] = []
        while batch := await stream.entries(len(found)):
            found += batch
        await client.close()
        assert found == village.town.entries
        assert Seals.among(mounted(elsewhere.settings)).size == 600
        assert (elsewhere.folder / "tiles" / "tile" / "entries" / "001").exists()

    async def test_it_is_backed_up_from_there(
        self, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command that is told addresses copies the same logs, and goes on where the folder's backups end."""
        first = (await elsewhere.village.back_up()).kept
        await elsewhere.restore(first)
        await elsewhere.prepare()
        for name, value in elsewhere.settings.model_dump(exclude_none=True, exclude_defaults=True).items():
            monkeypatch.setenv(f"PLAANET_{name.upper()}", str(value))
        key = tmp_path / "second.key"
        backup = ["backup", str(tmp_path / "second"), "--addresses"]

        assert await asyncio.to_thread(main, backup) == 1
        assert "For whom is the backup to be encrypted?" in capsys.readouterr().err
        assert await asyncio.to_thread(main, [*backup, "--make-key", str(key)]) == 0
        [line] = [each for each in capsys.readouterr().out.splitlines() if "PLAANET_BACKUP_RECIPIENTS=" in each]
        monkeypatch.setenv("PLAANET_BACKUP_RECIPIENTS", line.partition("=")[2])
        assert await asyncio.to_thread(main, backup) == 0
        assert "\n0 of " in capsys.readouterr().out

        store = open_store(str(tmp_path / "second"))
        second = manifests.read(store, list(manifests.ids(store).values())[-1]).manifest
        assert {log: copy.frontier.root() for log, copy in second.logs.items()} == {
            log: copy.frontier.root() for log, copy in first.manifest.logs.items()
        }
        assert {"name", "sealer/signed", "secrets/identity/token-key.pem"} <= second.files.keys()
        inside = str(elsewhere.folder / "tiles" / "backups")
        assert await asyncio.to_thread(main, ["backup", inside, "--addresses"]) == 1


class TestWhereThereIsSomething:
    """Nothing is restored over anything, and what is there stays as it was."""

    async def test_a_log(self, elsewhere: Elsewhere) -> None:
        """One entry in one log is enough."""
        await elsewhere.prepare()
        client = await elsewhere.nats.connect(ADMIN)
        await client.request("log.groups.group.1", b"{}", timeout=5)
        await client.close()

        with pytest.raises(NodeTrouble, match="has a log groups with 1 entries"):
            await elsewhere.restore(elsewhere.village.kept[0])
        assert (await ends_of(elsewhere))["groups"] == 1
        (await elsewhere.connect("identity")).terminate()  # with the password that it had

    async def test_a_database(self, elsewhere: Elsewhere) -> None:
        """A service that was started once has made its tables."""
        await elsewhere.prepare()
        connection = await elsewhere.connect("events")
        await connection.execute("CREATE SCHEMA vault; CREATE TABLE vault.gathering ()")
        await connection.close()

        with pytest.raises(NodeTrouble, match="has a database events with tables"):
            await elsewhere.restore(elsewhere.village.kept[0])
        (await elsewhere.connect("events")).terminate()

    @pytest.mark.parametrize("name", ["tiles/checkpoint", "sealer/state/signed"])
    async def test_a_seal(self, elsewhere: Elsewhere, name: str) -> None:
        """Folders in which a vote log was sealed are another node's."""
        (elsewhere.folder / name).parent.mkdir(parents=True)
        (elsewhere.folder / name).touch()

        with pytest.raises(NodeTrouble, match=f"{name} is there: a vote log was sealed here"):
            await elsewhere.restore(elsewhere.village.kept[0])

    async def test_servers_that_are_only_prepared(self, elsewhere: Elsewhere) -> None:
        """Empty logs and databases, as `plaanet prepare` makes them, are nothing."""
        await elsewhere.prepare()
        await elsewhere.restore(elsewhere.village.kept[0])
        assert (await ends_of(elsewhere))["governance"] == 700


class TestAnother:
    async def test_name(self, elsewhere: Elsewhere) -> None:
        """A node is never renamed."""
        settings = elsewhere.settings.model_copy(update={"node_name": "other.example"})
        with pytest.raises(NodeTrouble, match=r"of the node node\.example, and PLAANET_NODE_NAME says other\.example"):
            await elsewhere.restore(elsewhere.village.kept[0], settings=settings)

    @pytest.mark.parametrize("is_there", [True, False])
    async def test_key(self, elsewhere: Elsewhere, is_there: bool) -> None:
        """Services that would come with other keys than the logs were written with are not let at them."""
        key = elsewhere.folder / "secrets" / "identity" / "token-key.pem"
        if is_there:
            key.write_text("another")
        else:
            key.unlink()
        with pytest.raises(NodeTrouble, match=r"token-key\.pem is not there, or is not the one in the backup"):
            await elsewhere.restore(elsewhere.village.kept[0])


class TestHalfWay:
    async def test_nobody_is_let_in_and_it_begins_anew(self, elsewhere: Elsewhere) -> None:
        """A restore that ended before its end is no node: `prepare` refuses, and another run clears it away."""
        village = elsewhere.village
        await elsewhere.prepare()
        await village.settle("ana")
        damaged = (await village.back_up()).kept
        [person] = [each for each in damaged.manifest.vaults["identity"] if each.table == "vault.person"]
        village.alter(person.pieces[0].name)
        with pytest.raises(NodeTrouble, match=r"\(table vault.person of identity\) is not what was written"):
            await elsewhere.restore(damaged)

        assert (await ends_of(elsewhere))["governance"] == 700
        with pytest.raises(asyncpg.InvalidPasswordError):
            await elsewhere.connect("identity")
        with pytest.raises(NodeTrouble, match="A restore goes on, or was ended half way"):
            await elsewhere.prepare()
        await elsewhere.restore(village.kept[0])
        await elsewhere.prepare()
        assert await people_of(elsewhere) == []
        assert (await ends_of(elsewhere))["governance"] == 700

    async def test_two_at_once(self, elsewhere: Elsewhere) -> None:
        """While one restore works on the servers another is refused and disturbs nothing."""
        async with ServerSite(elsewhere.settings).taken(ignore):
            with pytest.raises(NodeTrouble, match="Another restore is putting a node together"):
                await elsewhere.restore(elsewhere.village.kept[0])
            admin = await connect_as_admin(elsewhere.postgres.server, DATABASE_ADMIN)
            assert await admin.fetchval("SELECT to_regnamespace($1)", RESTORING) is not None
            await admin.close()
