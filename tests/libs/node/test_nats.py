"""What NATS has acknowledged survives its death, and nobody outside this machine reaches it."""

import json
import stat
from pathlib import Path

import psutil
import pytest
from nats.aio.client import Client

from libs.node.embedded import EmbeddedNats
from libs.node.nats import NatsServer
from libs.node.trouble import NodeTrouble

pytestmark = pytest.mark.nats


async def append(client: Client, number: int) -> int:
    reply = await client.request(f"log.governance.thing.{number}", b"kept", timeout=5)
    position: int = json.loads(reply.data)["seq"]
    return position


async def test_what_is_acknowledged_survives_a_kill(nats_server: EmbeddedNats) -> None:
    """After kill -9 every acknowledged entry is there, and its position with it."""
    for number in range(1, 4):
        client = await nats_server.connect("governance")
        assert [await append(client, number * 10 + i) for i in range(5)] == [(number - 1) * 5 + i for i in range(1, 6)]
        await client.close()
        nats_server.process.kill()
        await nats_server.start()

    client = await nats_server.connect("governance")
    assert json.loads((await client.request("read.STREAM.INFO.governance")).data)["state"]["last_seq"] == 15
    await client.close()


async def test_clients_find_it_again(nats_server: EmbeddedNats) -> None:
    """It comes back on the same port, and a connected client goes on as if nothing had been."""
    client = await nats_server.connect("governance")
    before = nats_server.url
    nats_server.process.kill()
    await nats_server.start()

    assert nats_server.url == before
    assert await append(client, 1) == 1
    await client.close()


async def test_listens_on_this_machine_alone(nats_server: EmbeddedNats) -> None:
    """It has one port, for clients, on 127.0.0.1, and none for monitoring or other servers."""
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(nats_server.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert listening == ["127.0.0.1"]


async def test_its_passwords_are_private(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    """Passwords stand in files for their owner's eyes, and on no command line and in no environment."""
    files = [nats_server.password_file("governance"), tmp_path / "nats" / "nats" / "nats.json"]
    process = psutil.Process(nats_server.process.pid)
    secret = files[0].read_text()

    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert secret in files[1].read_text()
    assert secret not in " ".join([*process.cmdline(), *process.environ().values()])


async def test_each_write_reaches_the_disk(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    """Its own default would lose two minutes of acknowledged entries in a power cut."""
    configuration = json.loads((tmp_path / "nats" / "nats" / "nats.json").read_text())

    assert configuration["jetstream"]["sync_interval"] == "always"


def test_what_keeps_it_from_starting_is_told(tmp_path: Path) -> None:
    """A server that cannot start says why, in the sentence that a person reads."""
    (tmp_path / "jetstream").write_text("a file where a folder should be")
    server = NatsServer(tmp_path, secrets=tmp_path / "secrets", log=tmp_path / "nats.log")
    server.start()

    with pytest.raises(NodeTrouble, match=r"nats-server ended while it started: .*storage directory"):
        server.wait_until_ready()
