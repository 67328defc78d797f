"""
`plaanet key`: the key that the vote log is sealed with.

To rotate it the node is stopped first: a sealer that runs has the key, and there must never be two at work.
"""

import argparse
from pathlib import Path

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadNote
from libs.audit.rotation import rotation_path
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import CannotSeal
from libs.audit.sealer.opening import open_log
from libs.audit.sealer.rotating import rotate
from libs.audit.sealer.state import KEY, State
from libs.node.folder import NodeFolder
from libs.node.permissions import SEALER
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA

LOG = "governance"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be done with which node's key."""
    parser.add_argument(
        "what", choices=("show", "rotate"), help="show the public keys, or give the log a new key (stop the node first)"
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the node's folder (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show or rotate the key."""
    folder = NodeFolder(arguments.data)
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    if arguments.what == "show":
        _show(folder)
    else:
        _rotate(folder)
    return 0


def _show(folder: NodeFolder) -> None:
    try:
        print((folder.tiles / KEY).read_text(), end="")
    except FileNotFoundError as fault:
        raise NodeTrouble("The log has no key yet: the sealer makes it when the node is started.") from fault


def _rotate(folder: NodeFolder) -> None:
    if folder.is_taken():
        raise NodeTrouble("The node runs; stop it, rotate the key, and start it again.")
    secrets, disk, state = folder.secrets / SEALER, Disk(folder.tiles), State(folder.sealer)
    keys = Disk(secrets, mode=0o600)
    try:
        with folder.taken(), state.taken():
            opened = open_log(
                f"{folder.name(None)}/{LOG}", tiles=folder.tiles, secrets=secrets, state=state, disk=disk, keys=keys
            )
            last = Checkpoint(opened.signer.name, opened.tree.size, opened.tree.root())
            new = rotate(last, opened.signer, tiles=folder.tiles, secrets=secrets, state=state, disk=disk, keys=keys)
    except (CannotSeal, BadNote) as fault:
        raise NodeTrouble(f"The key was not rotated: {fault}") from fault
    former = opened.signer.verifier
    print(f"The key was  {former.vkey}")
    print(f"and is now   {new.vkey}")
    print(f"The old key's last word, {folder.tiles / rotation_path(former)}, names the new one and is published.")
    print("Tell it to your witnesses now: they cosign nothing that is signed with a key they do not know.")
