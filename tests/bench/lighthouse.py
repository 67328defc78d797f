"""
What Lighthouse says of five pages on a phone with slow 4G: `python -m tests.bench.lighthouse PATH`.

PATH is Lighthouse's own program (`npm install --prefix FOLDER lighthouse@12.8.2` puts it at
`FOLDER/node_modules/.bin/lighthouse`); it drives Debian's Chromium. A node is started and the invented town of
`libs/node/bench/crest.py` settles on it; its pages are read as a stranger at the first visit reads them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from libs.node.bench import SETTINGS
from libs.node.bench import crest_told as told
from libs.node.bench.crest import Crest
from libs.node.embedded import EmbeddedNode

FIGURES = {
    "first paint, ms": "first-contentful-paint",
    "largest paint, ms": "largest-contentful-paint",
    "usable, ms": "interactive",
    "blocked, ms": "total-blocking-time",
    "layout shift": "cumulative-layout-shift",
    "server, ms": "server-response-time",
}
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


def measured(lighthouse: str, url: str) -> dict[str, float] | str:
    """Return what Lighthouse measures at *url* with its own profile of a phone, or why it measures nothing."""
    command = [lighthouse, url, "--quiet", "--only-categories=performance", "--output=json", f"--chrome-flags={_FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return done.stderr.strip()[-200:]
    audits = json.loads(done.stdout)["audits"]
    return {name: round(audits[audit]["numericValue"], 3) for name, audit in FIGURES.items()}


def main() -> None:
    """Measure and print, as JSON."""
    with (
        tempfile.TemporaryDirectory(prefix="plaanet-lighthouse-") as place,
        EmbeddedNode(Path(place) / "node", settings=SETTINGS) as node,
    ):
        town = Crest(node.url).settle()
        town.close()
        pages = {
            "landing": "/",
            "feed": f"/g/{town.groups[told.SAUPONT]}",
            "vote": f"/v/{town.polls[told.SCIERIE]}",
            "result": f"/v/{town.polls[told.FETE]}/resultat",
            "around": "/autour",
        }
        found = {name: measured(sys.argv[1], f"{node.url}{path}") for name, path in pages.items()}
    print(json.dumps({"load": round(os.getloadavg()[0], 1), "pages": found}, indent=1))


if __name__ == "__main__":
    main()
