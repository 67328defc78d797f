"""How heavy pages are, as sent at a first visit: every one within its budget. The table is printed, and kept."""

import gzip
import os
import re
from pathlib import Path

import pytest

from gateway.web.assets import Assets
from libs.node.embedded import EmbeddedNode
from tests.web.addresses import ADDRESSES
from tests.web.test_headers import read
from tests.web.town import Town

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="session")]

BUDGET_BYTES = 60_000
FACE_BYTES_MAX = 30_000

_SHELL = re.compile(r'(?:rel="stylesheet" href|<script type="module" src)="/assets/([^"]+)"')


async def test_pages_are_light(node: EmbeddedNode, town: Town) -> None:
    """HTML, styles and scripts of each page together, compressed: 60 kB at most, the map apart."""
    assets = Assets()
    sizes = {asset.file: asset.gzip_bytes for asset in map(assets.__getitem__, assets.names())}
    rows = []
    for address in ADDRESSES:
        html = (await read(node.url, address.of(town), getattr(town, address.who, None))).text
        own = len(gzip.compress(html.encode(), 6))
        shell = sum(sizes[file] for file in set(_SHELL.findall(html)) if not file.startswith("map."))
        rows.append((str(address), own, shell, own + shell))
    report = "\n".join(f"{name:48} {own:7} {shell:7} {whole:7}" for name, own, shell, whole in rows)
    _keep(f"{'page and reader':48} {'HTML':>7} {'shell':>7} {'all':>7}  bytes, gzip\n{report}\n")

    assert [name for name, _, _, whole in rows if whole > BUDGET_BYTES] == []


def _keep(report: str) -> None:
    print(f"\n{report}")
    if folder := os.environ.get("PLAANET_REPORTS"):
        Path(folder, "weights.txt").write_text(report)


async def test_the_face_of_headings_is_small() -> None:
    """One face, one weight."""
    assert Assets()["bricolage-700.woff2"].gzip_bytes < FACE_BYTES_MAX
