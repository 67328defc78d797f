"""Whether the node was backed up, and when last."""

import json
from datetime import UTC, datetime, timedelta

from libs.node.doctor.finding import Finding, note, well, wrong
from libs.node.folder import NodeFolder

BEFORE_UPGRADE_AGE_MAX = timedelta(hours=24)


def last_backup(folder: NodeFolder, *, is_needed: bool = False) -> Finding:
    """Say when the last whole backup was made; where one *is_needed*, none and an old one are wrong."""
    say_lack = wrong if is_needed else note
    try:
        about = json.loads(folder.last_backup.read_text())
    except FileNotFoundError:
        return say_lack("No backup was ever made of this node: `plaanet backup DIR`, to another machine's disk.")
    age = datetime.now(UTC) - datetime.fromisoformat(about["finished_at"])
    told = f"The last backup, {about['id']} in {about['target']}, is {_worded(age)} old"
    if age > BEFORE_UPGRADE_AGE_MAX:
        return say_lack(f"{told}: make a new one with `plaanet backup`.")
    return well(f"{told}.")


def _worded(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{age.total_seconds() / 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
