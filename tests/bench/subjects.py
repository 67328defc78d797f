"""
What a NATS server keeps in memory for each ballot: `python -m tests.bench.subjects 100000 300000`.

Every ballot has a subject of its own, and the server knows the last position of each subject by heart. Entries of a
ballot's size are appended to a log's stream, and told is how much memory the server has resident after each number of
them, and after a restart, which reads what it knows from its files.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import psutil

from libs.node.bench.ceiling import appends
from libs.node.embedded import EmbeddedNats
from libs.node.permissions import ADMIN

ENTRY_BYTES = 600
AT_ONCE = 256


async def told(folder: Path, numbers: list[int]) -> None:
    """Append as many entries as *numbers* say, one number after another, and print what the server needs."""
    server = EmbeddedNats(folder)
    async with server:
        password = server.password_file(ADMIN).read_text().strip()
        kept = 0
        print(f"{kept:>10,} entries: {_resident_mb(server):,.0f} MB")
        for number in sorted(numbers):
            entries = [os.urandom(ENTRY_BYTES // 2).hex().encode() for _ in range(number - kept)]
            await appends(server.url, password, entries, at_once=AT_ONCE)
            kept = number
            print(f"{kept:>10,} entries: {_resident_mb(server):,.0f} MB")
        server.stop()
        started = time.perf_counter()
        await server.start()
        ready_s = time.perf_counter() - started
        print(f"{kept:>10,} entries: {_resident_mb(server):,.0f} MB, ready again after {ready_s:.1f} s")


def _resident_mb(server: EmbeddedNats) -> float:
    return float(psutil.Process(server.process.pid).memory_info().rss) / 1e6


def main() -> None:
    """Measure in a folder that is removed again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("entries", type=int, nargs="+", help="how many in all, in rising order")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(told(Path(folder), arguments.entries))


if __name__ == "__main__":
    main()
