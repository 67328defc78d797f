"""A node stays up whatever happens to its processes, and leaves nothing behind when it is stopped or killed."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from libs.node.embedded import EmbeddedNode
from libs.node.metrics import read_targets
from libs.node.permissions import SERVICES
from libs.node.process import ROOT

pytestmark = pytest.mark.node

EVERY_PART = ("nats", "postgres", *SERVICES, "sealer", "gateway")


@pytest.fixture(scope="module")
def own(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node for the tests of this file, which are not kind to it."""
    with EmbeddedNode(node_folder / "it's a node of ours") as node:
        yield node


def wait_until(is_so: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait for what other processes do."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_ready(node: EmbeddedNode) -> bool:
    try:
        with urlopen(f"{node.url}/health/ready", timeout=5) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except OSError:
        return False


def processes(node: EmbeddedNode) -> list[psutil.Process]:
    return [psutil.Process(node.process.pid), *psutil.Process(node.process.pid).children(recursive=True)]


class TestRunning:
    def test_is_told(self, own: EmbeddedNode) -> None:
        """Whoever started the node reads where it is, and whoever looks into its folder who runs."""
        assert f"Ready after {own.output.partition('Ready after ')[2].partition(' ')[0]} s: {own.url}" in own.output
        assert set(own.pids) == set(EVERY_PART)
        assert is_ready(own)

    def test_once_in_a_folder(self, own: EmbeddedNode) -> None:
        """A second start in the same folder says who runs there and changes nothing."""
        second = subprocess.run(
            [sys.executable, "-m", "libs.node", "up", "--data", own.folder.path, "--port", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert second.returncode == 1
        assert re.search(rf"already \(process {own.process.pid}\); stop that one", second.stderr)
        assert is_ready(own)

    def test_in_the_open_is_only_the_door(self, own: EmbeddedNode) -> None:
        """But for its metrics no process has a port, save the gateway and NATS; and all are on this machine alone."""
        listening = {
            (process.pid, f"{connection.laddr.ip}:{connection.laddr.port}")
            for process in processes(own)
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        metrics = {(own.pids[name], address) for name, address in read_targets(own.folder.metrics).items()}

        assert all(address.startswith("127.0.0.1:") for _, address in listening)
        assert metrics <= listening
        assert sorted(pid for pid, _ in listening - metrics) == sorted([own.pids["gateway"], own.pids["nats"]])

    def test_keeps_its_secrets(self, own: EmbeddedNode) -> None:
        """No password can be read from a process list."""
        secrets = [file.read_text() for file in own.folder.secrets.glob("*.txt")]
        lines = [" ".join([*process.cmdline(), *process.environ().values()]) for process in processes(own)]

        assert len(secrets) > 10
        assert not [secret for secret in secrets if any(secret in line for line in lines)]


class TestRestarts:
    def test_leave_the_others_alone(self, own: EmbeddedNode) -> None:
        """One process's death ends no other."""
        before = own.pids
        own.kill("geo")
        wait_until(lambda: own.pids["geo"] != before["geo"])

        assert {part for part in EVERY_PART if own.pids[part] != before[part]} == {"geo"}

    def test_after_growing_pauses(self, own: EmbeddedNode) -> None:
        """A process that keeps ending is left alone for longer each time."""
        said = len(own.output)
        for _ in range(2):
            former = own.pids["events"]
            own.kill("events")
            wait_until(lambda former=former: own.pids["events"] != former)  # type: ignore[misc]
        pauses = [float(pause) for pause in re.findall(r"events was .*again in ([\d.]+) s", own.output[said:])]

        assert len(pauses) == 2
        assert pauses[1] == 2 * pauses[0]

    @pytest.mark.parametrize("part", EVERY_PART)
    def test_what_was_killed(self, own: EmbeddedNode, part: str) -> None:
        """
        A process that was killed is started again, the node says so, and all answer again.

        Services that notice that their database went away end themselves, and come back as well.
        """
        former, url = own.pids[part], own.url
        own.kill(part)
        wait_until(lambda: own.pids[part] != former)
        wait_until(lambda: is_ready(own))

        assert re.search(rf"{part} (was ended by SIGKILL|ended with .*); starting it again in [\d.]+ s", own.output)
        assert own.url == url
        assert own.status["processes"][part]["restarts"] >= 1


class TestEnding:
    def test_in_order(self, own: EmbeddedNode) -> None:
        """Told to stop, the node stops all it started, quickly, and the next start finds everything again."""
        name, running = own.status["name"], processes(own)
        started = time.monotonic()
        own.stop()

        assert own.process.exit_code == 0
        assert time.monotonic() - started < 15
        assert not psutil.wait_procs(running, timeout=0)[1]
        assert own.output.endswith("Stopped.\n")
        assert not own.folder.was_killed()
        assert (own.folder.postgres / "PG_VERSION").exists()
        assert not (own.folder.postgres / "postmaster.pid").exists()
        own.start()
        assert own.status["name"] == name

    @pytest.mark.slow
    def test_by_a_kill(self, own: EmbeddedNode) -> None:
        """Whoever kills the supervisor kills the node; nothing is left, and the next start repairs by itself."""
        running = processes(own)
        own.kill()

        assert not psutil.wait_procs(running, timeout=10)[1]
        assert own.folder.was_killed()
        own.start()
        assert is_ready(own)

    @pytest.mark.slow
    def test_in_the_middle_of_a_start(self, own: EmbeddedNode) -> None:
        """A start that is interrupted at any point does no harm."""
        own.stop()
        for after_s in (0.1, 0.3, 0.6, 1.0, 2.0):
            with subprocess.Popen(
                [sys.executable, "-m", "libs.node", "up", "--data", own.folder.path, "--port", "0"], cwd=ROOT
            ) as start:
                time.sleep(after_s)
                children = psutil.Process(start.pid).children(recursive=True)
                start.send_signal(signal.SIGKILL if after_s > 0.5 else signal.SIGTERM)
            assert not psutil.wait_procs(children, timeout=20)[1]
        own.start()

        assert is_ready(own)


def test_is_ready_only_when_all_are(own: EmbeddedNode) -> None:
    """The node's own word that it is ready came after the word of each service."""
    said_at = {
        part: json.loads(line)["at"]
        for part in SERVICES
        for line in (own.folder.logs / f"{part}.log").read_text().splitlines()
        if '"event":"ready"' in line
    }

    assert set(said_at) == set(SERVICES)
    assert all(at <= own.status["ready_at"] for at in said_at.values())
