"""
A service's own secrets: files that are made at its first start and never written over.

Replicas share the folder. Of two that start at once one makes the file, and the other finds it whole: it is written
under another name, flushed to the disk, and appears by a link, which fails where the name is taken.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept_key(path: Path, make: Callable[[], bytes]) -> bytes:
    """
    Return what the file at *path* holds; where there is none, *make* it, readable for its owner alone.

    Raises:
        OSError: It can be neither read nor made.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                path.hardlink_to(new)
        finally:
            new.unlink(missing_ok=True)
    return path.read_bytes()
