"""
The passwords that a node makes for itself: one file each in `data/secrets`, readable by its owner alone.

They go to processes as files and never stand on a command line or in an environment.
"""

import secrets
from pathlib import Path


def password_file(folder: Path, name: str) -> Path:
    """Return the file of the password *name*, which is made if it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path


def password(folder: Path, name: str) -> str:
    """Return the password *name*, which is made if it is missing."""
    return password_file(folder, name).read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(path)
