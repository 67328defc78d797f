"""
Where a backup is kept: a folder, or a bucket that speaks S3.

A file appears under its name when it is whole, or not at all. What is put is never changed afterwards: objects bear the
hash of what is in them.
"""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from libs.node.trouble import NodeTrouble

PARTS = "parts"
"""Where a folder has what is being written."""

LEFT_BEHIND_S = 86_400.0
"""What was put so long ago and belongs to no backup was left behind by one that was ended."""

_EARLIER = "This backup is not whole and will not be taken for one; earlier ones are as they were."


class Found(NamedTuple):
    """A file that is kept."""

    bytes_count: int
    age_s: float


class Store(Protocol):
    """Files by their names, which are paths with slashes."""

    name: str
    """What a person knows it by."""

    def put(self, name: str, data: bytes) -> None:
        """
        Keep a file, whole or not at all.

        Raises:
            NodeTrouble: It takes nothing, or nothing more.
        """

    def get(self, name: str) -> bytes | None:
        """
        Return a file's bytes, or None where there is none.

        Raises:
            NodeTrouble: It cannot be read.
        """

    def found(self, prefix: str) -> Mapping[str, Found]:
        """
        Return the files whose names begin with the folder *prefix*.

        Raises:
            NodeTrouble: It cannot be read.
        """

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


def open_store(target: str) -> Store:
    """
    Return what *target*, a folder or `s3://bucket/prefix`, stands for; nothing is made before something is put.

    Raises:
        NodeTrouble: It is neither.
    """
    if target.startswith("s3://"):
        return BucketStore(target)
    if "://" in target:
        raise NodeTrouble(f"{target} is neither a folder nor an s3:// address.")
    return FolderStore(Path(target))


class FolderStore:
    """Files below *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.name = str(self._folder)

    def put(self, name: str, data: bytes) -> None:
        """Keep a file; see `Store.put`."""
        path, part = self._folder / name, self._folder / PARTS / secrets.token_hex(8)
        try:
            for folder in (path.parent, part.parent):
                _make(folder)
            try:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            finally:
                with suppress(FileNotFoundError):
                    part.unlink()
            _flush(path.parent)
        except OSError as fault:
            raise NodeTrouble(f"{self.name} cannot be written to ({fault.strerror}). {_EARLIER}") from fault

    def get(self, name: str) -> bytes | None:
        """Return a file's bytes; see `Store.get`."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise NodeTrouble(f"{self._folder / name} cannot be read ({fault.strerror}).") from fault

    def found(self, prefix: str) -> Mapping[str, Found]:
        """Return what is there; see `Store.found`."""
        now, found = time.time(), {}
        for path in sorted((self._folder / prefix).rglob("*")):
            with suppress(FileNotFoundError):  # another backup puts its files meanwhile
                status = path.stat()
                if path.is_file():
                    found[path.relative_to(self._folder).as_posix()] = Found(status.st_size, now - status.st_mtime)
        return found

    def remove(self, name: str) -> None:
        """Remove a file; see `Store.remove`."""
        with suppress(FileNotFoundError):
            (self._folder / name).unlink()


class BucketStore:
    """
    Files in a bucket.

    Who may, and where it is, says the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the file that
    AWS_SHARED_CREDENTIALS_FILE names; AWS_REGION, and AWS_ENDPOINT_URL for a bucket that is not Amazon's.
    """

    def __init__(self, url: str) -> None:
        """
        Raises:
            NodeTrouble: The address is none of a bucket.
        """
        self.name = url
        is_plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        with self._told("does not answer"):
            self._store = S3Store.from_url(
                url, config=_credentials(), client_options={"allow_http": is_plain, "timeout": "60s"}
            )

    def put(self, name: str, data: bytes) -> None:
        """Keep a file; see `Store.put`."""
        with self._told("takes nothing", end=_EARLIER):
            obstore.put(self._store, name, data)

    def get(self, name: str) -> bytes | None:
        """Return a file's bytes; see `Store.get`."""
        with self._told("cannot be read"):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:
                return None

    def found(self, prefix: str) -> Mapping[str, Found]:
        """Return what is there; see `Store.found`."""
        now = time.time()
        with self._told("cannot be read"):
            return {
                each["path"]: Found(each["size"], now - each["last_modified"].timestamp())
                for page in obstore.list(self._store, prefix)
                for each in page
            }

    def remove(self, name: str) -> None:
        """Remove a file; see `Store.remove`."""
        with self._told("does not remove"):
            obstore.delete(self._store, name)

    @contextmanager
    def _told(self, how: str, *, end: str = "") -> Iterator[None]:
        try:
            yield
        except (BaseError, ValueError, OSError) as fault:
            if isinstance(fault, FileNotFoundError):
                raise NodeTrouble(f"{self.name} is not there. {end}".strip()) from fault
            raise NodeTrouble(f"{self.name} {how}: {_first_line(fault)} {end}".strip()) from fault


def _credentials() -> Any:
    """
    Return what the file of credentials says, the profile `default` of it, where there is one (obstore's `S3Config`).

    Raises:
        NodeTrouble: It is none.
    """
    path = os.environ.get("AWS_SHARED_CREDENTIALS_FILE")
    if not path or not Path(path).exists():
        return {}
    file = ConfigParser(interpolation=None)
    try:
        file.read(path)
        profile = file["default"]
        found = {"access_key_id": profile["aws_access_key_id"], "secret_access_key": profile["aws_secret_access_key"]}
    except (ConfigParserError, KeyError) as fault:
        raise NodeTrouble(
            f"{path} is no file of credentials: it has a line [default], one aws_access_key_id = …, and one"
            " aws_secret_access_key = …."
        ) from fault
    if token := profile.get("aws_session_token"):
        found["session_token"] = token
    return found


def clear_parts(store: Store) -> None:
    """Remove what a backup that was ended long ago was writing."""
    for name, found in store.found(PARTS).items():
        if found.age_s > LEFT_BEHIND_S:
            store.remove(name)


def _first_line(fault: Exception) -> str:
    text = str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
    return text if text.endswith(".") else f"{text}."


def _make(folder: Path) -> None:
    """Make a folder and those above it that are missing, each of them to stay."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _flush(folder.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
