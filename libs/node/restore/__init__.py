"""
`plaanet restore`: a node made of a backup, in an empty folder or on empty servers; whole or not at all.

    build.py      its steps, wherever they are made
    beside.py     in a folder, made beside its place and moved there when it is whole
    servers.py    on servers that others run, closed to everybody until it is whole
    keys.py       the secrets alone, which such servers must have first
    elsewhere.py  what others know of the vote log: whether the backup is older than what was signed and seen
"""

import argparse
import asyncio
import sys
from pathlib import Path

from libs.node.backup import manifest as manifests
from libs.node.backup.chest import Opener
from libs.node.backup.manifest import Kept
from libs.node.backup.store import Store, open_store
from libs.node.restore import beside, servers
from libs.node.restore.build import Restored
from libs.node.restore.keys import restore_secrets
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import told as told_by_environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which backup, where to, and with which key."""
    parser.add_argument("source", metavar="DIR|s3://BUCKET/PREFIX", help="where the backups are kept")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, metavar="NEW", help="the new node's folder: empty, or not there")
    where.add_argument(
        "--addresses",
        action="store_true",
        help="the servers and folders that the environment names, as it does for `plaanet prepare`: all of them empty",
    )
    where.add_argument(
        "--secrets",
        type=Path,
        metavar="DIR",
        help="the secrets alone, into a folder that is empty or not there: what servers are started with",
    )
    parser.add_argument(
        "--identity", type=Path, required=True, metavar="FILE", help="the private key of age that opens the backup"
    )
    parser.add_argument(
        "--backup", metavar="ID", help="one of those kept (default: the newest; `--backup list` names them)"
    )
    parser.add_argument(
        "--seen",
        action="append",
        default=[],
        metavar="FILE|URL",
        help="a checkpoint of the vote log, or a .tlog-proof, from elsewhere: shows whether the backup is older",
    )
    parser.epilog = "Exit codes: 0 restored; 1 not restored, or restored and known to lack entries that were sealed."


def run(arguments: argparse.Namespace) -> int:
    """Restore, and say what was restored and what cannot be."""
    store = open_store(arguments.source)
    if arguments.backup == "list":
        return _list(store)
    kept, opener = _chosen(store, arguments.backup), Opener(store, arguments.identity)
    if arguments.secrets:
        count = restore_secrets(kept, arguments.secrets, opener=opener)
        print(f"{count} secrets of the node {kept.manifest.node} are in {arguments.secrets}, for their owner alone.")
        return 0
    if arguments.addresses:
        steps = servers.restore(
            store, kept, told_by_environment(), opener=opener, seen=arguments.seen, say=print, show=_show
        )
    else:
        steps = beside.restore(store, kept, arguments.data, opener=opener, seen=arguments.seen, say=print, show=_show)
    restored = asyncio.run(steps)
    _show("")
    print(_told(kept, restored, arguments.data))
    return 1 if restored.rollback else 0


def _told(kept: Kept, restored: Restored, path: Path | None) -> str:
    whole = kept.manifest
    ends = ", ".join(f"{service}:{copy.last}" for service, copy in whole.logs.items())
    told = (
        f"The node {whole.node} is restored {f'in {path}' if path else 'on its servers'} from backup {kept.id}, up to"
        f" {ends}.\n"
        f"Its vaults are those of {whole.vaults_at:%Y-%m-%d %H:%M:%S} UTC: sessions, passwords and words from later are"
        " lost. Who was erased later, as far as the logs above say so, is erased again when the node starts.\n"
        f"What was acknowledged after {whole.finished_at:%Y-%m-%d %H:%M:%S} UTC is not in it.\n"
    )
    if restored.rollback is None:
        start = (
            "`plaanet up`, then run `plaanet doctor` and" if path else "`plaanet prepare` and the services, then run"
        )
        return f"{told}Start it with {start} an audit."
    mend = (
        "lay the tiles and the checkpoint that others keep into its tiles/ and run `plaanet log repair`"
        if path
        else "restore it into a folder (--data), mend it there with the tiles that others keep, and come back with that"
        " node's backup"
    )
    return (
        f"{told}\nROLLED BACK: {restored.rollback}\nThe node will not start on it: {mend}, or restore a newer backup."
    )


def _chosen(store: Store, wanted: str | None) -> Kept:
    names = manifests.ids(store)
    if not names:
        raise NodeTrouble(f"{store.name} holds no whole backup.")
    if wanted is None:
        return manifests.read(store, list(names.values())[-1])
    if wanted not in names:
        raise NodeTrouble(f"{store.name} holds no backup {wanted}; it holds {', '.join(names)}.")
    return manifests.read(store, names[wanted])


def _list(store: Store) -> int:
    for id_, name in manifests.ids(store).items():
        try:
            whole = manifests.read(store, name).manifest
        except NodeTrouble as trouble:
            print(f"{id_}  {trouble}")
            continue
        ends = ", ".join(f"{service}:{copy.last}" for service, copy in whole.logs.items())
        print(f"{id_}  {whole.node}, up to {ends}")
    return 0


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)
