"""`plaanet witness`: its HTTP door answers as tlog-witness says, and a start makes what it needs, once."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.notes import Note, Verifier, open_note, parse_lines
from libs.node.cli import main
from libs.node.process import ROOT
from tests.libs.audit.witness.conftest import LOG, ORIGIN, Keeper

POLICY = f"log {LOG.verifier.vkey}\nquorum none\n"
MONITORED = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Running:
    """A witness as it is started at a terminal."""

    def __init__(self, folder: Path, port: int) -> None:
        policy = folder / "witness.policy"
        policy.write_text(POLICY)
        options: list[str | Path] = [
            "--policy",
            policy,
            "--data",
            folder / "witness",
            "--port",
            str(port),
            "--name",
            "w.example",
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "libs.node", "witness", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("witness "):
                break
        _, self.name, vkey, self.url = self.said[-1].split()
        self.key = Verifier.parse(vkey)
        self.http = httpx.Client(base_url=self.url, timeout=10)

    def wait(self) -> None:
        """Wait until the door is open."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.http.get("/")
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def add(self, old_size: int, size: int, keeper: Keeper | None = None) -> httpx.Response:
        """Ask for a cosignature."""
        return self.http.post("/add-checkpoint", content=(keeper or Keeper()).request(old_size, size).encode())

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.http.close()
        self.process.send_signal(number)
        code = self.process.wait(20)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """A witness that runs."""
    witness = Running(folder, free_port())
    try:
        witness.wait()
        yield witness
    finally:
        if witness.process.poll() is None:
            assert witness.end() == -signal.SIGTERM  # uvicorn closes in order and ends as it was asked to


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A witness for the tests of its answers."""
    with running(tmp_path_factory.mktemp("witness")) as witness:
        yield witness


def test_answers(door: Running) -> None:
    """Every status of the format, in the order in which a log and its enemies meet them."""
    assert door.http.get(MONITORED).status_code == 404

    first = door.add(0, 5)
    [line] = parse_lines(first.text)
    assert first.status_code == 200
    assert open_note(Keeper().note(5).with_lines([line]), [door.key])

    conflict = door.add(0, 9)
    assert (conflict.status_code, conflict.text) == (409, "5\n")
    assert conflict.headers["Content-Type"] == "text/x.tlog.size"

    assert door.add(5, 9, Keeper("another")).status_code == 422
    assert door.add(9, 5).status_code == 400
    assert door.http.post("/add-checkpoint", content=b"old 5\n").status_code == 400
    assert door.http.post("/add-checkpoint", content=b"x" * 300_000).status_code == 413
    assert door.add(0, 5, Keeper(signer=replace(LOG, name="other.example"))).status_code == 404
    forger = replace(LOG, private_key=Ed25519PrivateKey.generate())
    assert door.add(5, 9, Keeper(signer=forger)).status_code == 403

    assert door.add(5, 9).status_code == 200
    note = Note.parse(door.http.get(MONITORED).content)
    assert note.text == Keeper().note(9).text
    assert open_note(note, [door.key])
    assert open_note(note, [LOG.verifier])


def test_shows_what_it_saw(door: Running) -> None:
    """Two trees of one size: anyone can read both, and check that the log has signed them."""
    latest = Note.parse(door.http.get(MONITORED).content)
    size = int(latest.text.split("\n")[1])

    assert door.add(size, size, Keeper("another")).status_code == 422

    [evidence] = [each for each in door.http.get("/evidence").json() if each["size"] == size]
    for side in ("cosigned", "other"):
        assert open_note(Note.parse(evidence[side].encode()), [LOG.verifier])
    assert f"EVIDENCE: {ORIGIN} has signed two trees of {size} entries" in door.http.get("/").text


def test_a_policy_line_names_it(door: Running) -> None:
    """What it prints is what a log's policy takes."""
    assert (door.name, door.key.name, door.key.kind) == ("w.example", "w.example", 4)


@pytest.mark.slow
def test_kill_dash_nine_never_takes_it_back(tmp_path: Path) -> None:
    """Killed at any moment, it knows at the next start whatever it had answered."""
    chance = random.Random(3)
    answered = 0
    vkeys = set()
    for _ in range(6):
        witness = Running(tmp_path, free_port())
        witness.wait()
        vkeys.add(witness.key.vkey)
        kept = int(witness.http.get(MONITORED).text.split("\n")[1]) if answered else 0
        assert kept >= answered
        end = time.monotonic() + chance.uniform(0, 0.3)
        size = kept
        while time.monotonic() < end:
            assert witness.add(size, size + 1).status_code == 200
            size = answered = size + 1
        witness.http.post("/add-checkpoint", content=Keeper().request(size, size + 1).encode())
        answered = size + 1
        assert witness.end(signal.SIGKILL) == -signal.SIGKILL

    assert len(vkeys) == 1
    with running(tmp_path) as witness:
        assert witness.add(0, answered - 1).status_code == 409


class TestStart:
    def start(self, capsys: pytest.CaptureFixture[str], folder: Path, *more: str, policy: str = POLICY) -> str:
        """Try to start, and return why it did not."""
        file = folder / "some.policy"
        file.write_text(policy)
        assert main(["witness", "--policy", str(file), "--data", str(folder / "witness"), "--port", "0", *more]) == 1
        return capsys.readouterr().err

    def test_needs_a_policy(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """What is wrong with it is one sentence."""
        assert "names no log to watch" in self.start(capsys, tmp_path, policy="quorum none\n")
        assert "Line 1 of the policy" in self.start(capsys, tmp_path, policy="log x\nquorum none\n")
        assert not (tmp_path / "witness").exists()

    def test_of_a_name_that_cannot_be(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """A key's name has no white space and no plus sign."""
        assert "cannot name a key" in self.start(capsys, tmp_path, "--name", "a b")

    def test_keeps_its_name_its_key_and_its_memory(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """A witness that lost one of them must not sign as if nothing had been."""
        with running(tmp_path):
            pass
        folder = tmp_path / "witness"

        assert "cannot be renamed" in self.start(capsys, tmp_path, "--name", "x.example")
        (folder / "witness.sqlite").rename(folder / "away")
        assert "its key must not sign again" in self.start(capsys, tmp_path)
        (folder / "away").rename(folder / "witness.sqlite")
        (folder / "witness.pem").unlink()
        assert "is missing; restore it" in self.start(capsys, tmp_path)
