"""A child process ends when it should, with all that it started, and its log does not grow for ever."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from libs.node import process
from libs.node.process import ROOT, ChildProcess, how_it_ended, last_words

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.1; done"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a process says what it says."""
    return tmp_path / "process.log"


def start(script: str, log: Path) -> ChildProcess:
    return ChildProcess(["/bin/sh", "-c", script], log=log, environment={"PATH": os.environ["PATH"]})


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what another process does; it has a minute, on a machine that is busy."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


class TestStopping:
    def test_is_asked_for(self, log: Path) -> None:
        """A process that heeds the signal ends by itself."""
        child = start("sleep 60", log)

        assert child.stop()
        assert child.exit_code == -signal.SIGTERM

    def test_is_enforced(self, log: Path) -> None:
        """One that does not is ended when its time is up."""
        child = start(STUBBORN, log)
        wait_until(lambda: "ready" in log.read_text())

        assert not child.stop(timeout_s=0.2)
        assert child.exit_code == -signal.SIGKILL

    def test_takes_along_what_it_started(self, log: Path) -> None:
        """A process that is killed leaves none of its own behind."""
        child = start("sleep 60 & echo $!; wait", log)
        wait_until(lambda: log.read_text().endswith("\n"))
        grandchild = int(log.read_text())

        child.kill()

        wait_until(lambda: not runs(grandchild))

    def test_of_one_that_has_ended(self, log: Path) -> None:
        """To stop what has ended already changes nothing."""
        child = start("exit 3", log)
        assert child.wait(10)

        assert child.stop()
        assert child.exit_code == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_goes_with_its_supervisor(tmp_path: Path) -> None:
    """When the supervisor is killed with -9 its processes are ended by the signal agreed on, ignored or not."""
    supervisor = f"""
import signal, time
from pathlib import Path
from libs.node.process import ChildProcess
log = Path({str(tmp_path)!r}, "children.log")
signal.signal(signal.SIGQUIT, signal.SIG_IGN)  # as the shell has it for what a script runs in the background
script = "trap 'echo told; exit' QUIT; echo $$; while :; do sleep 0.1; done"
for orphan_signal in (signal.SIGKILL, signal.SIGQUIT):
    ChildProcess(["sh", "-c", script], log=log, environment={{}}, orphan_signal=orphan_signal)
time.sleep(60)
"""
    log = tmp_path / "children.log"
    with subprocess.Popen([sys.executable, "-c", supervisor], cwd=ROOT) as running:
        wait_until(lambda: log.exists() and log.read_text().count("\n") == 2)
        pids = [int(line) for line in log.read_text().split()]
        running.kill()

    wait_until(lambda: not any(map(runs, pids)))
    wait_until(lambda: log.read_text().endswith("told\n"))


def test_does_not_hear_the_terminal(log: Path) -> None:
    """Ctrl-C goes to the terminal's group; a child has a group of its own, and waits for its supervisor's word."""
    child = start("sleep 60", log)

    assert os.getpgid(child.pid) != os.getpgid(0)
    assert os.getsid(child.pid) != os.getsid(0)
    child.kill()


def test_its_log_is_turned(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that has grown too long is moved aside, and the process goes on writing without knowing."""
    monkeypatch.setattr(process, "LOG_BYTES_MAX", 100)
    child = start(f"echo {'x' * 101}; {STUBBORN}", log)
    wait_until(lambda: "ready" in log.read_text())
    child.turn_log()
    before = log.stat().st_size
    child.turn_log()

    assert before == log.stat().st_size == 0
    assert "x" * 101 in log.with_name("process.log.1").read_text()
    child.kill()


class TestWords:
    @pytest.mark.parametrize(
        "exit_code, words",
        [(0, "ended with exit code 0"), (1, "ended with exit code 1"), (-9, "was ended by SIGKILL")],
    )
    def test_of_an_end(self, exit_code: int, words: str) -> None:
        """An exit code is told in words."""
        assert how_it_ended(exit_code) == words

    def test_last(self, log: Path) -> None:
        """The last line of a log is what a person is shown."""
        assert "said nothing" in last_words(log)
        log.write_text("first\nlast\n\n")
        assert last_words(log) == "last"
