"""
`plaanet settings`: every setting in one table, which is docs/SETTINGS.md; `--check` looks at those of a process.

The table is made of the settings themselves, so it names none that is not read and leaves none out.
"""

import argparse
import re
import sys
from collections.abc import Iterator

from pydantic.fields import FieldInfo

from libs.configuration import CONFIG_FILE, KINDS, BadSettings, read, variable
from libs.settings import (
    BackupSettings,
    GatewaySettings,
    PreparationSettings,
    SealerSettings,
    ServiceSettings,
    Settings,
)

_GROUPS = (
    ("Every process", Settings),
    ("The gateway", GatewaySettings),
    ("A service", ServiceSettings),
    ("The sealer", SealerSettings),
    ("`plaanet prepare`", PreparationSettings),
    ("`plaanet backup` and `plaanet restore` by addresses, beside those of `plaanet prepare`", BackupSettings),
)

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}

_OPENING = f"""\
# Settings

Made by `./plaanet settings > docs/SETTINGS.md`.

A process reads its settings once, at its start, from the environment and from the TOML file that `{CONFIG_FILE}`
names: there `log_level = "warning"` is for every process, and below `[gateway]` stands what is for one of them
(`{"`, `".join(KINDS)}`). The environment goes before the file.
All mistakes are said together, one line for each, and the process ends with 2; `./plaanet settings --check PROCESS`
does the same beforehand, and `./plaanet up` before it starts anything. `./plaanet up` itself sets what has to do with
addresses, folders and passwords. Secrets come as files, never as values; lists are JSON in the environment.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the process whose settings are looked at."""
    parser.add_argument(
        "--check",
        choices=list(KINDS),
        metavar="PROCESS",
        help=f"check what this environment says to one of {', '.join(KINDS)}",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or what is wrong."""
    if not arguments.check:
        print("\n".join(table()), end="")
        return 0
    try:
        read(KINDS[arguments.check], arguments.check)
    except BadSettings as bad:
        for mistake in bad.mistakes:
            print(mistake, file=sys.stderr)
        return 1
    print("Every setting is in order.")
    return 0


def table() -> Iterator[str]:
    """Yield the document, line by line."""
    yield _OPENING
    for title, kind in _GROUPS:
        yield f"## {title}\n\n| variable | default | bounds | |\n|---|---|---|---|"
        for name, field in kind.model_fields.items():
            if name in kind.__annotations__:  # and not only in what it shares with others
                yield f"| `{variable(name)}` | {_default(field)} | {_bounds(field)} | {_words(field)} |"
        yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    default = field.default
    if default is None or default == "":
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"`{list(default)}`" if isinstance(default, tuple) else f"{default}"


def _bounds(field: FieldInfo) -> str:
    found = []
    for each in field.metadata:
        found += [f"{sign} {getattr(each, name):g}" for name, sign in _SIGNS.items() if hasattr(each, name)]
        if choices := re.fullmatch(r"\^\(([\w|]+)\)\$", getattr(each, "pattern", None) or ""):
            found.append(", ".join(choices[1].split("|")))
    return ", ".join(found)


def _words(field: FieldInfo) -> str:
    return " ".join((field.description or "").split()).replace("|", "\\|")
