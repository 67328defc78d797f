"""
A client that costs little, so that what is measured is the node: `python -m libs.node.bench.load`, a job on stdin.

Plain HTTP/1.1 on connections that stay open, one request at a time on each; nothing is parsed but the status and the
length. It is a process of its own and shares the machine with the node all the same.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import uvloop

from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble

TIMEOUT_S = 600.0


class Request(NamedTuple):
    """One request: *body* as JSON, *token* for a member's; with a *cookie*, empty for a stranger, it is a browser's."""

    method: str
    path: str
    body: Any = None
    token: str | None = None
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """
    How long a number of equal things took: all together, and each; and when each ended, by the wall clock.

    *client_cpu_s* is how long the client that asked for them worked itself.
    """

    duration_s: float
    latencies_ms: tuple[float, ...]
    ended_at_s: tuple[float, ...] = ()
    client_cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        """How many a second."""
        return len(self.latencies_ms) / self.duration_s

    def percentile_ms(self, percent: float) -> float:
        """Return what *percent* of them took at most."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def send(
    port: int, requests: Sequence[Request], *, at_once: int, per_s: float | None = None
) -> tuple[Timing, list[Any]]:
    """
    Send all *requests* to the node at *port* of this machine, *at_once* at a time, and return the answers.

    With *per_s* they are sent so many a second, and not as fast as they are answered; the clock of each runs from the
    moment when it was due. Of what is not JSON the answer is its length in bytes.

    Raises:
        NodeTrouble: One of them was refused.
    """
    job = orjson.dumps({"port": port, "at_once": at_once, "per_s": per_s} | {"requests": [*map(tuple, requests)]})
    done = subprocess.run(
        [sys.executable, "-m", "libs.node.bench.load"],
        input=job,
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise NodeTrouble(f"The load client ended with {done.stderr.decode()[-500:]}")
    said = orjson.loads(done.stdout)
    if refused := {status: number for status, number in said["statuses"].items() if not status.startswith("2")}:
        raise NodeTrouble(f"Some requests were refused: {refused}; the first: {said['refusal']}")
    timing = Timing(
        said["duration_s"], tuple(said["latencies_ms"]), tuple(said["ended_at_s"]), client_cpu_s=said["cpu_s"]
    )
    return timing, said["answers"]


class _Load:
    def __init__(self, job: dict[str, Any]) -> None:
        self._port = job["port"]
        self._at_once = job["at_once"]
        self._pause_s = 1 / job["per_s"] if job["per_s"] else 0.0
        self._requests = [_bytes(Request(*request), self._port) for request in job["requests"]]
        self._next = iter(range(len(self._requests)))
        self._latencies_ms = [0.0] * len(self._requests)
        self._ended_at_s = [0.0] * len(self._requests)
        self._started = 0.0
        self._answers: list[Any] = [None] * len(self._requests)
        self._statuses: Counter[str] = Counter()
        self._refusal: str | None = None

    async def run(self) -> bytes:
        connections = [await asyncio.open_connection("127.0.0.1", self._port) for _ in range(self._at_once)]
        self._started, worked_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(self._work(*connection) for connection in connections))
        duration_s = time.perf_counter() - self._started
        for _, writer in connections:
            writer.close()
        return orjson.dumps(
            {
                "duration_s": duration_s,
                "cpu_s": time.process_time() - worked_s,
                "latencies_ms": self._latencies_ms,
                "ended_at_s": self._ended_at_s,
                "statuses": self._statuses,
                "refusal": self._refusal,
                "answers": self._answers,
            }
        )

    async def _work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in self._next:
            started = due = self._started + number * self._pause_s
            if (ahead_s := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead_s)
            if not self._pause_s:
                started = time.perf_counter()
            writer.write(self._requests[number])
            head = await reader.readuntil(b"\r\n\r\n")
            lowered = head.lower()
            length = lowered.partition(b"content-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length or 0))
            self._latencies_ms[number] = (time.perf_counter() - started) * 1000
            self._ended_at_s[number] = time.time()
            status = head[9:12].decode()
            self._statuses[status] += 1
            if status[0] != "2":
                self._refusal = self._refusal or body.decode()
            elif body:
                is_json = b"\r\ncontent-type: application/json" in lowered
                self._answers[number] = orjson.loads(body) if is_json else len(body)


def _bytes(request: Request, port: int) -> bytes:
    body = b"" if request.body is None else orjson.dumps(request.body)
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    if request.token:
        lines.append(f"Authorization: Bearer {request.token}")
    if request.cookie is not None:
        lines += ["Accept: text/html", "Accept-Encoding: gzip", "Accept-Language: fr"]
        lines += [f"Cookie: {request.cookie}"] if request.cookie else []
    return "\r\n".join([*lines, "\r\n"]).encode() + body


if __name__ == "__main__":
    sys.stdout.buffer.write(uvloop.run(_Load(orjson.loads(sys.stdin.buffer.read())).run()))
