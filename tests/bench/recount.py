"""
How long "recount on my phone" takes: `python -m tests.bench.recount`, with Debian's Chromium.

A poll with 10,000 named ballots is made and sealed into a folder, which is served from this machine as a node serves
its log; the page's own worker fetches it, checks hashes, tree and signature, and counts. Told are the seconds that it
took and those that the browser's processes worked, which do not depend on who else uses the machine.
"""

import argparse
import functools
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
from playwright.sync_api import CDPSession, sync_playwright

from gateway.web.assets import DIST, Assets
from libs.node.bench.auditing import SealedLog
from libs.node.bench.votes import vote_log

LOG = "/log/governance/"

_RUN = """([worker, poll, base, size]) => new Promise((done, failed) => {
  const begun = performance.now(), said = {};
  const it = new Worker(worker, { type: "module" });
  it.onerror = (fault) => failed(fault.message);
  it.onmessage = ({ data }) => {
    if (data.check) said[data.check.id] = data.check.state;
    if (data.unreadable !== undefined) failed(data.unreadable);
    if (data.end) done({ ...data.end, said, all_ms: performance.now() - begun });
  };
  it.postMessage({ pollId: poll, base, file: null, facts: null, line: null, code: null, known: null, atLeast: size });
})"""


class _Door(SimpleHTTPRequestHandler):
    """Serves the built scripts and, below `LOG`, the log; and an empty page for them to run in."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, log: Path) -> None:
        self._log = log
        super().__init__(*arguments)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        return str(self._log / path.removeprefix(LOG) if path.startswith(LOG) else DIST / path.removeprefix("/assets/"))

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, *_: object) -> None:
        """Say nothing of each file."""


@contextmanager
def served(log: Path) -> Iterator[str]:
    """Serve *log*, at the address that is yielded."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Door, log=log))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _worked_s(browser: CDPSession) -> float:
    """Return how long the processors have worked for the browser's pages."""
    processes = browser.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(each["cpuTime"]) for each in processes if each["type"] == "renderer")


def main() -> None:
    """Measure and print, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = SealedLog(Path(folder))
        poll = ""

        def entries() -> Iterator[bytes]:
            nonlocal poll
            for entry in vote_log(arguments.ballots, polls_count=1):
                poll = poll or (orjson.loads(entry)["aggregate_id"] if b'"PollOpened"' in entry else "")
                yield entry

        log.seal(entries())
        with served(Path(folder)) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            runs, cdp = [], browser.new_browser_cdp_session()
            for _ in range(arguments.runs):
                page = browser.new_context().new_page()
                page.goto(f"{url}/")
                before = _worked_s(cdp)
                found = page.evaluate(_RUN, [Assets().url("recount-worker.js"), poll, f"{url}{LOG}", log.size])
                took, worked = found["all_ms"] / 1000, _worked_s(cdp) - before
                told = {"state": found["state"], "duration_s": round(took, 2), "processor_s": round(worked, 2)}
                runs.append(told | {"checks": found["said"]})
                page.close()
            browser.close()
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"ballots": arguments.ballots, "entries": log.size, "load": load, "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
