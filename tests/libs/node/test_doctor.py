"""The doctor names what is wrong, in words, and finds nothing wrong with a node that is well."""

import asyncio
import json
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import asyncpg
import pytest

from libs.audit.sealer.state import State, Status, WitnessStatus
from libs.eventlog.jetstream import stream_config
from libs.node.cli import main
from libs.node.databases import prepare_databases
from libs.node.doctor import data, machine, processes, seal
from libs.node.doctor.data import Ends
from libs.node.doctor.finding import Finding, Verdict
from libs.node.embedded import EmbeddedNats, EmbeddedNode, EmbeddedPostgres
from libs.node.folder import NodeFolder
from libs.node.permissions import ADMIN, SERVICES

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)

ENTRY: dict[str, object] = {
    "actor": "geo",
    "aggregate_id": "6f1c1a52-3f0f-4b0e-9c55-3c1a2f3e4d5b",
    "data": {},
    "decided_at": "2026-11-23T12:00:00Z",
    "group_id": None,
    "id": "98470e21-6d0f-4f6b-8a38-0d8f8c1f2b3a",
    "name": "NeverHeardOf",
    "revision": 1,
    "version": 1,
}


def wrongs(findings: list[Finding]) -> list[str]:
    return [sentence for verdict, sentence in findings if verdict is Verdict.WRONG]


async def all_of(findings: AsyncIterator[Finding | Ends]) -> list[Finding]:
    return [finding async for finding in findings if isinstance(finding, Finding)]


@pytest.fixture
def folder(tmp_path: Path) -> NodeFolder:
    """The folder of a node that has run."""
    folder = NodeFolder(tmp_path)
    folder.make()
    folder.name(None)
    return folder


class TestMachine:
    def test_room_on_the_disk(self, folder: NodeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that is nearly full is told of before it refuses a ballot."""
        assert not wrongs(list(machine.disk(folder)))

        usage = type(shutil.disk_usage("/"))
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * 10**9, 99_900_000_000, 100_000_000))
        [full] = wrongs(list(machine.disk(folder)))
        assert full.startswith("The disk is nearly full: 0.1 GB of 100 GB are free")

    def test_a_clock_that_went_back(self, folder: NodeFolder) -> None:
        """The logs' files cannot be younger than now."""
        assert machine.clock(folder).verdict is Verdict.WELL

        block = folder.nats / "1.blk"
        block.touch()
        os.utime(block, (time.time() + 3600,) * 2)
        assert machine.clock(folder).sentence.startswith("The clock went back")

    def test_a_clock_that_was_never_set(self, folder: NodeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine that thinks it is 1970 is told so."""
        monkeypatch.setattr(machine, "BUILT", machine.IMPLAUSIBLE)

        assert "which cannot be" in machine.clock(folder).sentence

    def test_secrets_that_others_can_read(self, folder: NodeFolder) -> None:
        """A password or key that is open to other users is named, with what to do."""
        (folder.secrets / "nats-geo.txt").touch(mode=0o600)
        assert not wrongs(list(machine.secrets(folder)))

        (folder.secrets / "nats-geo.txt").chmod(0o640)
        [exposed] = wrongs(list(machine.secrets(folder)))
        assert f"chmod go= '{folder.secrets / 'nats-geo.txt'}'" in exposed


class TestProcesses:
    def test_a_stopped_node(self, folder: NodeFolder) -> None:
        """That a node is stopped is no fault; a port that another program took is."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            assert f"Port {port} on 127.0.0.1 is taken" in wrongs(list(processes.stopped(folder, port=port)))[0]
        assert not wrongs(list(processes.stopped(folder, port=port)))

    def test_a_killed_node(self, folder: NodeFolder) -> None:
        """A node that was killed is told apart from one that was stopped."""
        folder.write_status({})

        assert "was not stopped in order" in next(processes.stopped(folder, port=0)).sentence

    def test_a_process_that_is_down(self, folder: NodeFolder) -> None:
        """A process that is down is named with its last words."""
        (folder.logs / "geo.log").write_text("no such table\n")
        status = {"processes": {"nats": {"pid": os.getpid(), "restarts": 0}, "geo": {"pid": 2**22 + 1, "restarts": 3}}}

        [down] = wrongs(list(processes.alive(folder, status)))
        assert down.startswith("geo is down")
        assert down.endswith("no such table")

    async def test_a_door_that_nobody_opens(self, unused_port: int) -> None:
        """A node elsewhere that does not answer is told from one that is still starting."""
        [silent] = wrongs(await all_of(processes.reachable(f"http://127.0.0.1:{unused_port}")))
        assert silent.startswith("Nobody answers")

    @pytest.mark.parametrize(
        "statuses, words", [(("200", "503"), "is not ready"), (("404", "404"), "something else than a node")]
    )
    async def test_a_door_that_is_not_ready(self, unused_port: int, statuses: tuple[str, str], words: str) -> None:
        """What answers in another way than a node that is ready is told in words."""
        answers = iter(statuses)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {next(answers)} -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", unused_port):
            [said] = wrongs(await all_of(processes.reachable(f"http://127.0.0.1:{unused_port}")))
        assert words in said


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Logs(NamedTuple):
    """A server with the five logs, and where the doctor finds it."""

    server: EmbeddedNats
    folder: NodeFolder

    async def ask(self, subject: str, body: object) -> None:
        """Do something that only an administrator may."""
        admin = await self.server.connect(ADMIN)
        answer = json.loads((await admin.request(subject, json.dumps(body).encode())).data)
        await admin.close()
        assert "error" not in answer

    async def wrongs(self) -> list[str]:
        """What the doctor finds wrong."""
        return wrongs(await all_of(data.logs(self.folder, {"nats_url": self.server.url}, lambda _: None)))


@pytest.fixture
async def logs(folder: NodeFolder) -> AsyncIterator[Logs]:
    """The five logs, empty, in the node's folder."""
    async with EmbeddedNats(folder.path) as server:
        yield Logs(server, folder)


@pytest.mark.nats
class TestLogs:
    async def test_empty_ones(self, logs: Logs) -> None:
        """Nothing is wrong with a log that nobody has written to."""
        assert await logs.wrongs() == []

    async def test_an_entry_that_nobody_understands(self, logs: Logs) -> None:
        """An entry without a contract is named with its position."""
        await logs.ask("log.geo.thing.1", ENTRY)

        [unknown] = await logs.wrongs()
        assert "geo:1" in unknown
        assert "NeverHeardOf" in unknown

    async def test_a_hole(self, logs: Logs) -> None:
        """A position that is missing is named, and what is missing behind it is not passed over."""
        stream = stream_config("geo")
        await logs.ask("$JS.API.STREAM.DELETE.geo", {})
        await logs.ask("$JS.API.STREAM.CREATE.geo", stream | {"deny_delete": False})
        for _ in range(3):
            await logs.ask("log.geo.thing.1", ENTRY)
        await logs.ask("$JS.API.STREAM.MSG.DELETE.geo", {"seq": 1})
        await logs.ask("$JS.API.STREAM.UPDATE.geo", stream)

        [gap] = await logs.wrongs()
        assert gap.startswith("The log geo has a gap: position 1 is missing")

    async def test_a_stream_that_forgets(self, logs: Logs) -> None:
        """A stream that somebody set to forget is told of before it does."""
        await logs.ask("$JS.API.STREAM.UPDATE.governance", stream_config("governance") | {"max_msgs": 100})

        [forgetful] = await logs.wrongs()
        assert "it differs in max_msgs" in forgetful

    async def test_no_server(self, logs: Logs) -> None:
        """When NATS is down that is said, and not that the logs are well."""
        logs.server.process.kill()

        [silent] = await logs.wrongs()
        assert silent.startswith("NATS does not answer")


@pytest.fixture(scope="module")
def cluster(node_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A node's PostgreSQL."""
    with EmbeddedPostgres(node_folder / "doctor") as server:
        asyncio.run(prepare_databases(server.server))
        yield server


class Standing(Protocol):
    """Sets how far governance's read models and reactions are, and returns what the doctor finds wrong with that."""

    async def __call__(self, read: int, reacted: int, *, end: int) -> list[str]: ...


@pytest.fixture
def standing(cluster: EmbeddedPostgres, node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Standing:
    """Sets how far governance's read models and reactions are, and returns what the doctor finds wrong with that."""
    monkeypatch.setattr(data, "CATCH_UP_S", 0)

    async def standing(read: int, reacted: int, *, end: int) -> list[str]:
        await set_checkpoints(cluster, read, reacted)
        status = {"postgres_socket": str(cluster.server.sockets)}
        ends = Ends(dict.fromkeys(SERVICES, end))
        return wrongs(await all_of(data.read_models(NodeFolder(node_folder / "doctor"), status, ends)))

    return standing


async def set_checkpoints(cluster: EmbeddedPostgres, read: int, reacted: int) -> None:
    connection = await asyncpg.connect(cluster.server.url("governance"), password=cluster.server.password("governance"))
    for table, position in (("read.checkpoint", read), ("desk.reacted", reacted)):
        schema = table.partition(".")[0]
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; DROP TABLE IF EXISTS {table}")
        await connection.execute(f"CREATE TABLE {table} AS SELECT 'groups' AS log, {position} AS position")
    await connection.close()


@pytest.mark.postgres
class TestReadModels:
    async def test_level_with_the_log(self, standing: Standing) -> None:
        """Nothing is wrong with read models that stand at the log's end."""
        assert await standing(7, 7, end=7) == []

    async def test_behind(self, standing: Standing) -> None:
        """Read models that do not arrive are named with how far they have to go."""
        [behind] = await standing(5, 7, end=7)

        assert behind.startswith("The read models of governance stand at groups:5, 2 entries behind")

    async def test_reactions_note_their_way_seldom(self, standing: Standing) -> None:
        """Reactions that had nothing to do note how far they are once in a while; more than that is a fault."""
        assert await standing(2000, 1000, end=2000) == []
        assert len(await standing(2001, 1000, end=2001)) == 1

    async def test_ahead(self, standing: Standing) -> None:
        """Read models that are further than the log show that the log was cut."""
        ahead = await standing(9, 9, end=7)

        assert len(ahead) == 2
        assert all("the log was cut, or restored from an older copy" in each for each in ahead)


class TestSeal:
    @pytest.fixture(autouse=True)
    def patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Do not wait for what will not come."""
        monkeypatch.setattr(seal, "CATCH_UP_S", 0)

    @staticmethod
    def told(folder: NodeFolder, *witnesses: WitnessStatus, **more: Any) -> None:
        """Have the sealer say how it fares."""
        status = Status(**{"size": 7, "published_size": 7} | more, witnesses=list(witnesses))
        State(folder.sealer).write_status(status)

    async def test_that_is_level(self, folder: NodeFolder) -> None:
        """A log that is sealed and published to its end is well."""
        self.told(folder, WitnessStatus("w1", 7, NOON))

        [level] = await all_of(seal.sealed(folder, 7))
        assert level == (Verdict.WELL, "Seal: entries 1 to 7, published; cosigned by 1 of 1 witnesses.")

    async def test_that_was_never_made(self, folder: NodeFolder) -> None:
        """A log that nobody seals is named."""
        [never] = wrongs(await all_of(seal.sealed(folder, 7)))
        assert never.startswith("The sealer has not sealed anything yet")

    async def test_that_ended(self, folder: NodeFolder) -> None:
        """Why the sealer no longer signs is said in its own words."""
        self.told(folder, fault="The tile X is missing.")

        [ended] = wrongs(await all_of(seal.sealed(folder, 7)))
        assert ended == "The vote log is no longer sealed: The tile X is missing."

    async def test_that_is_behind(self, folder: NodeFolder) -> None:
        """A seal that does not come to the log's end is named."""
        self.told(folder)

        [behind] = wrongs(await all_of(seal.sealed(folder, 9)))
        assert behind.startswith("The seal ends at governance:7, 2 entries behind")

    async def test_a_late_witness(self, folder: NodeFolder) -> None:
        """A witness that is late is named; it is a fault only when the quorum needs it."""
        late = WitnessStatus("w1", 5, NOON, NOON, "it cannot be reached")
        self.told(folder, late)
        [who, level] = await all_of(seal.sealed(folder, 7))
        assert who == (Verdict.NOTE, "The witness w1 is late since 2030-06-01 12:00 UTC: it cannot be reached.")
        assert level.sentence.endswith("cosigned by 0 of 1 witnesses.")

        self.told(folder, late, published_size=5)
        [stuck] = wrongs(await all_of(seal.sealed(folder, 7)))
        assert stuck.startswith("The log is sealed up to 7 and published up to 5: too few witnesses")


class TestCommand:
    def test_where_no_node_has_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A folder that never was a node's is not examined."""
        assert main(["doctor", "--data", str(tmp_path)]) == 1
        assert "No node has ever run" in capsys.readouterr().err

    @pytest.mark.node
    def test_of_a_node_that_is_well(self, node: EmbeddedNode, capsys: pytest.CaptureFixture[str]) -> None:
        """Of a node that is well nothing is wrong, seen from its folder and from its door."""
        assert main(["doctor", "--data", str(node.folder.path)]) == 0, capsys.readouterr().out
        assert main(["doctor", "--url", node.url]) == 0
        assert capsys.readouterr().out.count("Nothing is wrong.") == 2
