"""
Base maps that whoever runs the node laid out: files in the PMTiles format, of which browsers read the parts they need.

Without any, the map has the borders of countries (Natural Earth) and the names of the gazetteer.
"""

from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from libs.errors import NotFound

SUFFIX = ".pmtiles"
MAPS_MAX = 8
"""So many files are laid over each other at most."""

_A_DAY = "public, max-age=86400"


class Maps:
    """The base maps in a folder, by name; serves them, too, in ranges of bytes."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the files that are there now, in the order in which they are laid over each other."""
        if self._folder is None or not self._folder.is_dir():
            return []
        files = (path for path in self._folder.iterdir() if path.suffix == SUFFIX and path.is_file())
        return sorted(path.name for path in files if path.name.isprintable() and " " not in path.name)[:MAPS_MAX]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve a file, or the bytes of it that are asked for.

        Raises:
            NotFound: There is none of that name.
        """
        name = scope["path"].rpartition("/")[2]
        if self._folder is None or scope["method"] not in ("GET", "HEAD") or name not in self.names():
            raise NotFound("There is nothing at this address.")
        headers = {"Cache-Control": _A_DAY}
        response = FileResponse(self._folder / name, headers=headers, media_type="application/vnd.pmtiles")
        await response(scope, receive, send)
