"""
What the build made for browsers (`build.mjs`), under names that change with their content.

So a browser keeps a file for good, and a page names exactly the file that it was written for, with its hash.
"""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from libs.errors import NotFound

DIST = Path(__file__).parent / "dist"
_FOR_GOOD = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class NotBuilt(RuntimeError):
    """The pages' styles and scripts were not built."""


class Asset(NamedTuple):
    """A built file: its name as served, its hash (Subresource Integrity), and how many bytes go over the line."""

    file: str
    integrity: str
    gzip_bytes: int


class Assets:
    """The built files by the names that templates use; serves them, too."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder

    @cached_property
    def _named(self) -> dict[str, Asset]:
        return {name: Asset(*entry.values()) for name, entry in self._read("manifest.json").items()}

    @cached_property
    def icons(self) -> dict[str, str]:
        """The inner SVG of every icon that a template uses, by its name."""
        return self._read("icons.json")

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(path.name for path in self._folder.iterdir())

    def __getitem__(self, name: str) -> Asset:
        return self._named[name]

    def names(self) -> list[str]:
        """Return every name that an asset has."""
        return list(self._named)

    def url(self, name: str) -> str:
        """Return the address of an asset."""
        return f"/assets/{self[name].file}"

    def text(self, name: str) -> str:
        """Return what an asset says, for who serves it at another address."""
        return (self._folder / self[name].file).read_text()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve one file, compressed if the browser takes it so.

        Raises:
            NotFound: There is none of that name.
        """
        await self._response(scope)(scope, receive, send)

    def _response(self, scope: Scope) -> Response:
        name = scope["path"].rpartition("/")[2]
        suffix = Path(name).suffix
        if scope["method"] not in ("GET", "HEAD") or name not in self._files or suffix not in _TYPES:
            raise NotFound("There is nothing at this address.")
        headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
        path = self._folder / name
        if f"{name}.gz" in self._files and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            path = self._folder / f"{name}.gz"
        return FileResponse(path, headers=headers, media_type=_TYPES[suffix])

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / name).read_bytes())
        except FileNotFoundError as fault:
            raise NotBuilt("The web pages were not built; `./plaanet up` and `./plaanet test` do it.") from fault
        return found
