"""
`plaanet backup`: what a node cannot make again, copied while it runs, closed, and whole or not there.

    store.py     a folder or a bucket
    manifest.py  what a backup consists of
    chest.py     compressed, encrypted, and told apart
    logs.py      the logs' entries
    vaults.py    the tables that are in no log
    take.py      all of it in the right order
    keeping.py   how old backups go, and whether those that are there are whole
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from libs.node import whereabouts
from libs.node.backup import keeping
from libs.node.backup.chest import check_recipient, new_key
from libs.node.backup.manifest import Manifest
from libs.node.backup.store import Store, open_store
from libs.node.backup.take import Made, back_up
from libs.node.folder import NodeFolder
from libs.node.passwords import write_private
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA
from libs.node.version import VERSION
from libs.node.whereabouts import Whereabouts

KEEP_COUNT = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which node, where to, and for whom."""
    parser.add_argument("target", metavar="DIR|s3://BUCKET/PREFIX", help="where the backups of this one node are kept")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the node's folder (default: %(default)s)"
    )
    which.add_argument(
        "--addresses",
        action="store_true",
        help="the node whose servers and folders the environment names, as it does for `plaanet prepare`",
    )
    parser.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="age1…",
        help="encrypt for the private key of this public one (age); said once, and kept in the node's folder"
        " (with --addresses: PLAANET_BACKUP_RECIPIENTS)",
    )
    parser.add_argument(
        "--make-key",
        type=Path,
        metavar="FILE",
        help="make a key pair, write it to FILE, and encrypt for it from now on",
    )
    parser.add_argument(
        "--keep",
        type=_count,
        default=KEEP_COUNT,
        metavar="N",
        help="afterwards remove all but the newest N (default: %(default)s): who is erased is in older ones still",
    )
    parser.add_argument(
        "--check", action="store_true", help="make none; look whether every file of those kept is whole"
    )
    parser.epilog = (
        "A bucket's credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or from the file that"
        " AWS_SHARED_CREDENTIALS_FILE names, its place from AWS_REGION and AWS_ENDPOINT_URL."
        " Exit codes: 0 there is a new backup (or those kept are whole), 1 there is none (or one is damaged)."
    )


def run(arguments: argparse.Namespace) -> int:
    """Make a backup, or check those that are there, and say what came of it."""
    store = open_store(arguments.target)
    if arguments.check:
        return keeping.check(store, say=print, show=_show)
    return _make_of_addresses(arguments, store) if arguments.addresses else _make_of_folder(arguments, store)


def _make_of_folder(arguments: argparse.Namespace, store: Store) -> int:
    folder = NodeFolder(arguments.data)
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    _check_is_outside(arguments.target, folder.path)
    if given := _given(arguments):
        write_private(folder.backup_recipients, "".join(f"{each}\n" for each in given))
    known = folder.backup_recipients.read_text().split() if folder.backup_recipients.exists() else []
    made = _make(whereabouts.in_folder(folder), store, known)
    _note(folder, store, made)
    _tell(store, made, keep_count=arguments.keep)
    return 0


def _make_of_addresses(arguments: argparse.Namespace, store: Store) -> int:
    settings = whereabouts.told()
    for path in (settings.secrets_dir, settings.tiles_dir, settings.sealer_dir):
        _check_is_outside(arguments.target, path)
    given = _given(arguments)
    if arguments.make_key:
        print(f"Say from now on for whom: PLAANET_BACKUP_RECIPIENTS={json.dumps(given)}")
    made = _make(whereabouts.by_addresses(settings), store, given or settings.backup_recipients)
    _tell(store, made, keep_count=arguments.keep)
    return 0


def _make(where: Whereabouts, store: Store, recipients: Sequence[str]) -> Made:
    if not recipients:
        raise NodeTrouble(
            "For whom is the backup to be encrypted? Say --recipient with a public key of age, once;"
            " or --make-key FILE, which makes a pair."
        )
    for_whom = tuple(check_recipient(each) for each in recipients)
    made = asyncio.run(back_up(where, store, for_whom, version=VERSION, show=_show))
    _show("")
    return made


def _given(arguments: argparse.Namespace) -> list[str]:
    """Return whom the command says that backups are encrypted for, with the key that it is to make."""
    recipients = [check_recipient(each) for each in arguments.recipient]
    if arguments.make_key:
        text, public = new_key()
        _write_key(arguments.make_key, text)
        recipients.append(public)
        print(
            f"The private key is in {arguments.make_key}: keep it where the node is not, and twice."
            " Without it no backup opens."
        )
    return recipients


def _write_key(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise NodeTrouble(f"{path} is there already, and a key is never written over.") from fault
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _check_is_outside(target: str, folder: Path) -> None:
    if "://" not in target and folder.resolve() in (Path(target).resolve(), *Path(target).resolve().parents):
        raise NodeTrouble(f"{target} is in the node's own folder and would be lost with it; name a place elsewhere.")


def _note(folder: NodeFolder, store: Store, made: Made) -> None:
    """Write down the last backup, for the doctor."""
    last = {
        "id": made.kept.id,
        "target": store.name,
        "finished_at": made.kept.manifest.finished_at.isoformat(),
        "ends": {service: copy.last for service, copy in made.kept.manifest.logs.items()},
    }
    write_private(folder.last_backup, json.dumps(last, indent=1))


def _tell(store: Store, made: Made, *, keep_count: int) -> None:
    print(_told(store, made))
    if removed := keeping.prune(store, keep_count=keep_count):
        print(f"{removed} older {'backup was' if removed == 1 else 'backups were'} removed.")


def _told(store: Store, made: Made) -> str:
    whole: Manifest = made.kept.manifest
    ends = ", ".join(f"{service}:{copy.last}" for service, copy in whole.logs.items())
    duration_s = (datetime.now(UTC) - whole.started_at).total_seconds()
    all_bytes = sum(piece.bytes_count for _, piece in whole.pieces)
    return (
        f"Backup {made.kept.id} is whole, up to {ends}.\n"
        f"{made.put_bytes_count / 1e3:.0f} of {all_bytes / 1e3:.0f} kB were new to {store.name}; {duration_s:.1f} s."
    )


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of backups to keep; at least 1 is kept")
    return int(text)
