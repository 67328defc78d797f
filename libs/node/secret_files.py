"""
`plaanet secrets`: the secrets of a node whose parts others start: containers, a cluster, a service manager.

    secrets/
    ├── nats-<user>.txt         what each process shows to NATS; nats-admin.txt is for `plaanet prepare` alone
    ├── postgres-<role>.txt     the same for PostgreSQL; postgres-postgres.txt is the superuser's
    ├── grafana-admin.txt       for whoever looks at the dashboards
    ├── backup-marks.txt        tells backups what did not change since the last one
    ├── identity/               token-key.pem signs access tokens
    ├── governance/             pseudonyms.key names voters, ballots.key seals ballots: never lose these
    ├── sealer/                 log.pem signs the vote log: never lose this one, nor let two have it
    └── passwd                  beside a docker-compose.yml, and no secret: what the containers' user is called

All are random, for their owner's eyes alone, and never written over. Processes get them as files; none stands on a
command line or in an environment. A node that `plaanet up` starts makes the same for itself, in `data/secrets`.
"""

import argparse
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from libs.audit.notes import new_pem
from libs.node.folder import DEFAULT_NAME, checked_name
from libs.node.passwords import write_private
from libs.node.permissions import SEALER, SERVICES, USERS
from libs.node.postgres import ADMIN as DATABASE_ADMIN
from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble
from libs.service.keys import kept_key

UID = GID = 10001
"""Who the processes are where root makes the secrets: the image's own user."""

PASSWORDS = (
    *(f"nats-{user}" for user in USERS),
    *(f"postgres-{role}" for role in (DATABASE_ADMIN, *SERVICES)),
    "grafana-admin",
    "backup-marks",
)


def _password() -> bytes:
    return secrets.token_urlsafe(24).encode()


def _key() -> bytes:
    return secrets.token_bytes(32)


KEYS: dict[str, Callable[[], bytes]] = {
    "identity/token-key.pem": new_pem,
    "governance/pseudonyms.key": _key,
    "governance/ballots.key": _key,
    f"{SEALER}/log.pem": new_pem,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where they go, and for whom."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT / "secrets", metavar="DIR", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--add", action="store_true", help="make only what is missing, as after an upgrade; nothing is written over"
    )
    parser.add_argument(
        "--name",
        metavar="NODE",
        help=f"what the node is called in every receipt, usually its host's name; for ever (default: {DEFAULT_NAME})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the secrets, and the `.env` of a docker-compose.yml that stands beside their folder."""
    name = None if arguments.name is None else checked_name(arguments.name)
    folder: Path = arguments.folder.absolute()
    made = make(folder, may_add=arguments.add)
    owner = _hand_over(folder)
    print(f"{len(made)} secrets are made in {folder}, readable by user {owner[0]} alone. Back them up, elsewhere.")
    if (folder.parent / "docker-compose.yml").exists():
        _name_owner(folder, owner)
        _settle(folder.parent / ".env", owner, name)
    return 0


def make(folder: Path, *, may_add: bool = False) -> list[Path]:
    """
    Make the secrets that are missing in *folder*, and return their files.

    Raises:
        NodeTrouble: There are some already, and *may_add* is false.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()) and not may_add:
        raise NodeTrouble(
            f"{folder} is not empty, and a node may run with what is in it. Nothing was changed; --add makes only what"
            f" is missing."
        )
    folder.chmod(0o700)
    wanted = {folder / f"{name}.txt": _password for name in PASSWORDS} | {
        folder / name: new for name, new in KEYS.items()
    }
    missing = [file for file in wanted if not file.exists()]
    for file, new in wanted.items():
        kept_key(file, new)
    return missing


def _hand_over(folder: Path) -> tuple[int, int]:
    """Return who owns the secrets; root gives them to the image's user, since nothing of a node runs as root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, UID, GID, follow_symlinks=False)
    return UID, GID


def _name_owner(folder: Path, owner: tuple[int, int]) -> None:
    """Write the `passwd` of PostgreSQL's container: initdb asks what the user that it runs as is called."""
    uid, gid = owner
    entries = ("root:x:0:0:root:/root:/usr/sbin/nologin", f"postgres:x:{uid}:{gid}::/var/lib/postgresql:/bin/sh")
    file = folder / "passwd"
    write_private(file, "".join(f"{entry}\n" for entry in entries))
    os.chown(file, uid, gid)


def _settle(file: Path, owner: tuple[int, int], name: str | None) -> None:
    """
    Write down what compose has to be told, beside what stands there already.

    Raises:
        NodeTrouble: The node has another name.
    """
    lines = file.read_text().splitlines() if file.exists() else []
    known = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    if name not in (None, known.get("PLAANET_NODE_NAME", name)):
        raise NodeTrouble(
            f"The node is called {known['PLAANET_NODE_NAME']} ({file}), as every receipt it gave says, and cannot be"
            f" renamed to {name}."
        )
    wanted = {
        "PLAANET_UID": str(owner[0]),
        "PLAANET_GID": str(owner[1]),
        "PLAANET_NODE_NAME": name or DEFAULT_NAME,
    }
    new = [f"{key}={value}" for key, value in wanted.items() if key not in known]
    write_private(file, "".join(f"{line}\n" for line in (*lines, *new)))
    name = known.get("PLAANET_NODE_NAME", wanted["PLAANET_NODE_NAME"])
    print(f"{file} says who runs the containers, and that the node is called {name}.")
