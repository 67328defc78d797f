"""The vote log as auditors fetch it: exact bytes, a page at a time."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from libs.contracts.identity import ManifestoApproved
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog

NOBODY = UUID(int=1)


@pytest.fixture
async def log(app: FastAPI) -> MemoryLog:
    """A log of three entries behind the application."""
    log = MemoryLog("identity")  # any log will do: its entries pass as they are
    for sha256 in ("a" * 64, "b" * 64, "c" * 64):
        event = ManifestoApproved(sha256=sha256)
        await log.append(New(event, uuid4(), 1, 0, actor="ana", id=uuid4(), decided_at=datetime.now(UTC)))
    app.state.logs = {"governance": log}
    return log


async def test_entries_are_the_exact_bytes_one_a_line(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """Anybody gets the entries as they are kept, and the log's length and name."""
    response = await stranger.get("/log/governance/entries")

    assert response.content.split(b"\n") == [entry.data for entry in await log.entries(0)] + [b""]
    assert response.headers["Plaanet-Log-Last"] == "3"
    assert response.headers["Plaanet-Log-Origin"] == "node.example/governance"


async def test_a_page_goes_on_from_the_last(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """A full page never changes and says so; the last, shorter one may grow."""
    full = await stranger.get("/log/governance/entries", params={"after": 0, "limit": 2})
    rest = await stranger.get("/log/governance/entries", params={"after": 2, "limit": 2})

    assert full.content + rest.content == b"".join(entry.data + b"\n" for entry in await log.entries(0))
    assert "immutable" in full.headers["Cache-Control"]
    assert rest.headers["Cache-Control"] == "no-cache"


async def test_a_gap_is_said(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """A log with a hole is not served as if it were whole."""
    log.lose(2)

    response = await stranger.get("/log/governance/entries")

    assert (response.status_code, response.json()["type"]) == (500, "/problems/LogHasGap")
    assert "position 2 is missing" in response.json()["detail"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "after=99999999999999999999"])
async def test_other_numbers_are_refused(log: MemoryLog, stranger: httpx.AsyncClient, query: str) -> None:
    """Positions and limits outside their bounds are 422."""
    assert (await stranger.get(f"/log/governance/entries?{query}")).status_code == 422


class TestSealed:
    """The sealer's files, as they lie in its folder."""

    @pytest.fixture(autouse=True)
    def tiles(self, app: FastAPI, tmp_path: Path) -> Path:
        """A folder with something of each kind."""
        tiles = tmp_path / "tiles"
        for path, data in {
            "checkpoint": b"node.example/governance\n",
            "key": b"node.example/governance+530d903a+AekyeRrm\n",
            "rotation/530d903a": b"the last word of a key\n",
            "tile/0/000": bytes(8192),
            "tile/0/x001/067.p/5": bytes(160),
            "tile/entries/000": b"\x00\x04vote" * 256,
            ".new": b"half a file",
        }.items():
            (tiles / path).parent.mkdir(parents=True, exist_ok=True)
            (tiles / path).write_bytes(data)
        (tmp_path / "secret").write_bytes(b"for nobody's eyes")
        app.state.settings = app.state.settings.model_copy(update={"tiles_dir": tiles})
        return tiles

    @pytest.mark.parametrize("name", ["checkpoint", "key", "rotation/530d903a"])
    async def test_texts(self, tiles: Path, stranger: httpx.AsyncClient, name: str) -> None:
        """Anybody reads the checkpoint, the keys, and the last word of a former key, as text."""
        response = await stranger.get(f"/log/governance/{name}")

        assert response.content == (tiles / name).read_bytes()
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"

    async def test_only_what_never_changes_is_kept_for_long(self, stranger: httpx.AsyncClient) -> None:
        """Tiles are immutable; a checkpoint is old after a second."""
        caching = {
            path: (await stranger.get(f"/log/governance/{path}")).headers["Cache-Control"]
            for path in ("checkpoint", "tile/0/000", "tile/entries/000", "tile/0/001")
        }

        assert caching["checkpoint"] == "public, max-age=1"
        assert caching["tile/0/000"] == caching["tile/entries/000"] == "public, max-age=31536000, immutable"
        assert "immutable" not in caching["tile/0/001"]

    @pytest.mark.parametrize("path", ["tile/0/000", "tile/0/x001/067.p/5", "tile/entries/000"])
    async def test_tiles(self, tiles: Path, stranger: httpx.AsyncClient, path: str) -> None:
        """Tiles and entry bundles come byte for byte."""
        response = await stranger.get(f"/log/governance/{path}", headers={"Accept-Encoding": "identity"})

        assert response.content == (tiles / path).read_bytes()
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert "Content-Encoding" not in response.headers

    @pytest.mark.parametrize(
        "accepted, encoding",
        [("gzip", "gzip"), ("br, GZIP;q=0.5", "gzip"), ("*", "gzip"), ("gzip;q=0", None), ("br", None), ("", None)],
    )
    async def test_bundles_are_compressed_where_it_is_understood(
        self, tiles: Path, stranger: httpx.AsyncClient, accepted: str, encoding: str | None
    ) -> None:
        """Entries come in gzip to whoever takes it, and are the same entries."""
        response = await stranger.get("/log/governance/tile/entries/000", headers={"Accept-Encoding": accepted})

        assert response.headers.get("Content-Encoding") == encoding
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.content == (tiles / "tile/entries/000").read_bytes()
        hashes = await stranger.get("/log/governance/tile/0/000", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in hashes.headers

    @pytest.mark.parametrize(
        "path",
        [
            "tile/0/001",
            "tile/0/000.p/5",
            "tile/0/x001/067",
            "tile/entries/001",
            "tile/0/0",
            "tile/0/%2e%2e/%2e%2e/checkpoint",
            "tile/..%2f..%2fsecret",
            "tile/%2e%2e/%2e%2e/secret",
            "tile//0/000",
            "tile/0/000/",
            "tile/0/000%00",
            ".new",
            "rotation/00000000",
        ],
    )
    async def test_nothing_else_is_there(self, stranger: httpx.AsyncClient, path: str) -> None:
        """What is not a file of the log is a problem, and no way leads out of the folder."""
        response = await stranger.get(f"/log/governance/{path}")

        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/problem+json"
        assert b"for nobody" not in response.content

    @pytest.mark.parametrize("key_id", ["..%2fsecret", "530D903A", "530d903a0", "%2e%2e"])
    async def test_rotations_are_named_by_key_ids(self, stranger: httpx.AsyncClient, key_id: str) -> None:
        """A rotation is found under eight hex digits alone."""
        assert (await stranger.get(f"/log/governance/rotation/{key_id}")).status_code in (404, 422)

    @pytest.mark.parametrize("path", ["checkpoint", "key", "tile/0/000"])
    async def test_a_node_that_does_not_seal(self, app: FastAPI, stranger: httpx.AsyncClient, path: str) -> None:
        """A gateway that was not told of a folder says so."""
        app.state.settings = app.state.settings.model_copy(update={"tiles_dir": None})
        response = await stranger.get(f"/log/governance/{path}")

        assert response.json()["detail"] == "The log is not sealed on this node."
