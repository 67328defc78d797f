"""Base maps of whoever runs the node: which are there, and in ranges of bytes."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway import problems
from gateway.web.maps import Maps


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with a map and what is none."""
    (tmp_path / "drome.pmtiles").write_bytes(b"PMTiles" + bytes(range(200)))
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "sub.pmtiles").mkdir()
    return tmp_path


@pytest.fixture
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Who reads them."""
    app = FastAPI()
    problems.add_to(app)
    app.mount("/cartes", Maps(folder))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node.example") as client:
        yield client


async def test_serves_the_bytes_that_are_asked_for(browser: httpx.AsyncClient) -> None:
    """And no more, as they lie: a part of a compressed file would be nothing."""
    part = await browser.get("/cartes/drome.pmtiles", headers={"Range": "bytes=0-6", "Accept-Encoding": "gzip"})

    assert (part.status_code, part.content) == (206, b"PMTiles")
    assert part.headers["content-range"] == "bytes 0-6/207"
    assert "content-encoding" not in part.headers
    assert part.headers["etag"]


@pytest.mark.parametrize("name", ["secret.txt", "sub.pmtiles", "%2e%2e/secret.txt", "x.pmtiles", ""])
async def test_serves_nothing_else(browser: httpx.AsyncClient, name: str) -> None:
    """Whatever else lies there, or nowhere."""
    assert (await browser.get(f"/cartes/{name}")).status_code == 404


def test_a_node_without_any_has_none(tmp_path: Path) -> None:
    """No folder is told, or there is none."""
    assert Maps(None).names() == Maps(tmp_path / "none").names() == []
