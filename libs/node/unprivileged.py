"""
The user that PostgreSQL runs as when the node is started by root, and a place that this user can reach.

PostgreSQL refuses to run as root. The programs and the cluster stay where they are if the other user gets there; if a
folder on the way is closed to it (/root usually is), they stand in /var/lib/plaanet instead. No permission of a folder
that the node did not make itself is ever changed.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from libs.node.trouble import NodeTrouble

SHELTER = Path("/var/lib/plaanet")

_SOCKET_PATH_BYTES_MAX = 100

_CANDIDATES = ("plaanet", "postgres", "nobody")


class User(NamedTuple):
    """A user of the system, by numbers."""

    name: str
    uid: int
    gid: int


def choose_user(owned: Path) -> User | None:
    """
    Return the user to run as: the owner of *owned* if that is there, or the first candidate; None: stay who we are.

    Raises:
        NodeTrouble: There is no user that root could become.
    """
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError, KeyError):
        if (uid := owned.stat().st_uid) != 0:
            return _user(pwd.getpwuid(uid))
    for name in _CANDIDATES:
        with suppress(KeyError):
            return _user(pwd.getpwnam(name))
    raise NodeTrouble(
        "PostgreSQL does not run as root, and this system has none of the users"
        f" {', '.join(_CANDIDATES)}; make one (useradd --system plaanet) or start the node as another user."
    )


def _user(entry: pwd.struct_passwd) -> User:
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(user: User | None, folder: Path) -> bool:
    """Return whether *user* gets into *folder*, tried by going there."""
    if user is None:
        return True
    went = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", folder],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return went.returncode == 0


def make_own(folder: Path, user: User | None) -> None:
    """Make *folder* if it is missing, and *user* its only reader."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        if user:
            os.chown(folder, user.uid, user.gid)


def place_for(folder: Path, user: User | None) -> Path:
    """
    Return where the contents of *folder* are to stand: there, or in the shelter if *user* cannot reach it.

    In the second case *folder* becomes a link to the place, so that it is found by whoever looks here.
    """
    if folder.is_symlink():
        return folder.resolve()
    if folder.exists() or can_reach(user, folder.parent):
        return folder
    SHELTER.mkdir(mode=0o711, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="node-", dir=SHELTER))
    if user:
        os.chown(place, user.uid, user.gid)
    folder.symlink_to(place)
    return place


def reachable_copy(package: Path, user: User | None) -> Path:
    """
    Return *package*, a folder of programs, or a copy of it that *user* can reach.

    The libraries that a wheel puts beside it, in `<package>.libs`, go with it.
    """
    if can_reach(user, package):
        return package
    mark = f"{package}:{package.stat().st_mtime_ns}".encode()
    shelter = SHELTER / f"programs-{hashlib.sha256(mark).hexdigest()[:12]}"
    if not shelter.exists():
        SHELTER.mkdir(mode=0o711, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=SHELTER))
        part.chmod(0o755)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, part / folder.name, symlinks=True)
        try:
            part.rename(shelter)
        except OSError:
            shutil.rmtree(part)  # another start was quicker
    return shelter / package.name


def socket_folder(wanted: Path, user: User | None, name: str) -> Path:
    """
    Return a folder for a socket called *name*, for *user* alone: *wanted*, or a short one if that is too long.

    A socket's path ends at 107 bytes on Linux and 103 on macOS.
    """
    fits = len(os.fsencode(wanted / name)) <= _SOCKET_PATH_BYTES_MAX
    if fits and can_reach(user, wanted.parent):
        make_own(wanted, user)
        return wanted
    if user:
        folder = SHELTER / f"run-{_short_name(wanted)}"
        SHELTER.mkdir(mode=0o711, parents=True, exist_ok=True)
        make_own(folder, user)
        return folder
    return _short_folder(wanted)


@contextmanager
def throwaway_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """
    A folder in *parent* (or where the system keeps such) for servers that nobody needs afterwards.

    Other users may pass through, so that the clusters stand in it; those that had to stand elsewhere go as well.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for link in folder.rglob("postgres"):
            if link.is_symlink():
                for place in (link.readlink(), socket_folder_of(link.readlink())):
                    shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def socket_folder_of(place: Path) -> Path:
    """Return where the socket of the cluster in *place* stands, unless that path would be too long."""
    return place.with_name(f"{place.name}-socket")


def _short_folder(link: Path) -> Path:
    """Return the folder of the last start, which *link* remembers, or make one if it is gone or not ours alone."""
    if link.is_symlink():
        folder = link.readlink()
        with suppress(FileNotFoundError):
            status = folder.lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
                return folder
        link.unlink()
    folder = Path(tempfile.mkdtemp(prefix="plaanet-", dir=os.environ.get("XDG_RUNTIME_DIR") or "/tmp"))  # noqa: S108
    link.symlink_to(folder)
    return folder


def _short_name(path: Path) -> str:
    return hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:12]
