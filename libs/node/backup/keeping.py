"""How old backups go, and whether those that are there are whole."""

from collections.abc import Callable

from libs.node.backup import manifest as manifests
from libs.node.backup.chest import checked
from libs.node.backup.manifest import KEYS, LOGS, VAULTS
from libs.node.backup.store import LEFT_BEHIND_S, Store
from libs.node.trouble import NodeTrouble

Say = Callable[[str], None]


def prune(store: Store, *, keep_count: int) -> int:
    """
    Remove all but the newest *keep_count* backups and what belongs to none; return how many were removed.

    What was put within a day stays: it may belong to one that is being made.
    """
    names = list(manifests.ids(store).values())
    for name in names[:-keep_count]:
        store.remove(name)
    try:
        kept = [manifests.read(store, name) for name in names[-keep_count:]]
    except NodeTrouble:
        return len(names[:-keep_count])  # what belongs to one that cannot be read is not known
    used = {piece.name for each in kept for _, piece in each.manifest.pieces}
    for kind in (LOGS, VAULTS, KEYS):
        for name, found in store.found(kind).items():
            if name not in used and found.age_s > LEFT_BEHIND_S:
                store.remove(name)
    return len(names[:-keep_count])


def check(store: Store, *, say: Say, show: Say) -> int:
    """Compare every file of every backup with its hash and say which is damaged; return the exit code."""
    names = manifests.ids(store)
    if not names:
        raise NodeTrouble(f"{store.name} holds no whole backup.")
    looked_at: dict[str, str | None] = {}
    damaged_count = 0
    for id_, name in names.items():
        faults = []
        try:
            for what, piece in manifests.read(store, name).manifest.pieces:
                if piece.name not in looked_at:
                    show(f"reading {piece.name}")
                    looked_at[piece.name] = _fault(store, what, piece)
                faults += [fault] if (fault := looked_at[piece.name]) else []
        except NodeTrouble as trouble:
            faults.append(str(trouble))
        show("")
        for fault in faults:
            say(fault)
        say(f"Backup {id_} is {'damaged' if faults else 'whole'}.")
        damaged_count += bool(faults)
    return 1 if damaged_count else 0


def _fault(store: Store, what: str, piece: manifests.Piece) -> str | None:
    try:
        checked(store, what, piece)
    except NodeTrouble as trouble:
        return str(trouble)
    return None
