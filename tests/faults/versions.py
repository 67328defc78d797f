"""Another version of the program, for tests of what happens beside it."""

import shutil
from pathlib import Path

from tests.journeys.people import ROOT

CHANGED = "\n-- A later version's.\nCREATE TABLE later_version (one boolean PRIMARY KEY);\n"


def later_version(folder: Path) -> Path:
    """Make a copy of the program in *folder* in which the read models of every service are others, and return it."""
    for room in ("libs", "services", "gateway"):
        shutil.copytree(
            ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "node_modules"), symlinks=True
        )
    for schema in folder.glob("services/*/schema.sql"):
        schema.write_text(schema.read_text() + CHANGED)
    return folder
