"""
One child process: in a session of its own, so that Ctrl-C reaches the supervisor alone, and ended by the kernel when
the supervisor is (on Linux), so that nothing is left behind a `kill -9`.
"""

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LOG_BYTES_MAX = 10_000_000

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ChildProcess:
    """
    A started process; what it says goes to *log*, whose older half is kept beside it as `<log>.1`.

    What it started itself goes with it: when its end is noticed, the rest of its group is ended.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str],
        user: int | None = None,
        group: int | None = None,
        cwd: Path = ROOT,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        """
        Start *command*, as *user* and *group* where they are given.

        *stop_signal* asks it to end; *orphan_signal* is what it gets when the supervisor is gone. Call this from the
        main thread: to the kernel the parent is the thread, and the child goes with it.
        """
        self._log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=cwd,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                start_new_session=True,
                # Between fork and exec it calls the kernel alone and takes no lock, so threads do not matter.
                preexec_fn=_end_with(os.getpid(), orphan_signal),  # noqa: PLW1509
            )
        self.pid = self._process.pid
        self.started_at = time.time()

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal), or None while it runs."""
        if self._process.returncode is None and _has_ended(self.pid):
            # Its number is its group's, too, and is nobody else's until it is asked how it ended.
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Ask it to end, and do not wait; one that has ended does not mind."""
        self._process.send_signal(self._stop_signal)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended does not mind."""
        self._process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end and return whether it came within *timeout_s* seconds."""
        deadline = time.monotonic() + timeout_s
        while self.exit_code is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def stop(self, *, timeout_s: float = 10) -> bool:
        """Ask it to end; after *timeout_s* seconds end it, and return whether it ended by itself."""
        self.ask_to_stop()
        ended = self.wait(timeout_s)
        if not ended:
            self.kill()
        return ended

    def kill(self) -> None:
        """End it at once, without a word."""
        self._process.kill()
        self.wait(math.inf)

    def turn_log(self) -> None:
        """Move the log aside when it has grown past `LOG_BYTES_MAX`; the process goes on writing to the same file."""
        if self._log.stat().st_size > LOG_BYTES_MAX:
            self._log.with_name(f"{self._log.name}.1").write_bytes(self._log.read_bytes())
            os.truncate(self._log, 0)


def how_it_ended(exit_code: int) -> str:
    """Return an exit code in words."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    return f"was ended by {signal.Signals(-exit_code).name}"


def last_words(log: Path) -> str:
    """Return the last line of a log, for a person."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else f"it said nothing in {log}."


def _has_ended(pid: int) -> bool:
    """Return whether the child *pid* has ended, and leave its number taken."""
    with suppress(ChildProcessError):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return True


def _end_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def ask_the_kernel() -> None:
        # What runs in the background of a script ignores these, and so would all that it starts.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # the supervisor went before the kernel was told

    return ask_the_kernel
