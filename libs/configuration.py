"""
Reads a process's settings, from the environment and from a file, and says every mistake at once, one line for each.

The file is TOML, named by `PLAANET_CONFIG_FILE`: `log_level = "info"` for every process, a table (`[gateway]`) for one
of them. What the environment says goes before the table, the table before the rest. A name that nobody knows is a
mistake in the file; in the environment, where others may use the prefix, only when it is nearly the name of a setting.
"""

import logging
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_origin

import orjson
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from libs.settings import BackupSettings, GatewaySettings, PreparationSettings, SealerSettings, ServiceSettings
from libs.telemetry import logs

PREFIX = "PLAANET_"
CONFIG_FILE = "PLAANET_CONFIG_FILE"

KINDS: Mapping[str, type[BaseSettings]] = {
    "gateway": GatewaySettings,
    "identity": ServiceSettings,
    "groups": ServiceSettings,
    "events": ServiceSettings,
    "governance": ServiceSettings,
    "geo": ServiceSettings,
    "sealer": SealerSettings,
    "prepare": PreparationSettings,
    "backup": BackupSettings,
}
"""Every process that has settings."""

_NEARLY = 0.87

S = TypeVar("S", bound=BaseSettings)

log = logging.getLogger(__name__)


class BadSettings(Exception):
    """Some settings are wrong; *mistakes* has a line for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes = mistakes


def read_or_end(kind: type[S], process: str) -> S:
    """Return the settings of *process*; where some are wrong, say each on a line of its log and end with 2."""
    try:
        return read(kind, process)
    except BadSettings as bad:
        logs.set_up("info")
        for mistake in bad.mistakes:
            log.critical("bad setting", extra={"service": process, "reason": mistake})
        sys.exit(2)


def read(kind: type[S], process: str, environment: Mapping[str, str] = os.environ) -> S:
    """
    Return the settings of *process*.

    Raises:
        BadSettings: Some are wrong, or missing.
    """
    mistakes = [*_nearly_known(environment)]
    values = _from_file(kind, process, environment.get(CONFIG_FILE), mistakes)
    values |= _from_environment(kind, environment, mistakes)
    try:
        found = cast("Any", kind)(_env_prefix="UNUSED_BY_PLAANET_", **values)
    except ValidationError as fault:
        said = {line.split(" ")[0] for line in mistakes}
        mistakes += [line for line in map(_told, fault.errors()) if line.split(" ")[0] not in said]
        raise BadSettings(mistakes) from None
    mistakes += _unreadable_files(found)
    if mistakes:
        raise BadSettings(mistakes)
    return cast("S", found)


def known() -> set[str]:
    """Return the names of all settings, as the environment has them."""
    return {variable(name) for kind in KINDS.values() for name in kind.model_fields} | {CONFIG_FILE}


def variable(name: str) -> str:
    """Return what the setting *name* is called in the environment."""
    return f"{PREFIX}{name.upper()}"


def _nearly_known(environment: Mapping[str, str]) -> Iterable[str]:
    names = known()
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in names:
            for near in get_close_matches(name, names, n=1, cutoff=_NEARLY):
                yield f"{name} is no setting; {near} is."


def _from_environment(kind: type[BaseSettings], environment: Mapping[str, str], mistakes: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        text = environment.get(variable(name))
        if text is None:
            continue
        if not _holds_several(field.annotation):
            values[name] = text
            continue
        try:
            values[name] = orjson.loads(text)
        except orjson.JSONDecodeError:
            mistakes.append(f'{variable(name)} is to be a JSON list, ["…", "…"], and is {text!r}.')
    return values


def _holds_several(annotation: Any) -> bool:
    return any(get_origin(each) in (tuple, list, dict) for each in (annotation, *get_args(annotation)))


def _from_file(kind: type[BaseSettings], process: str, path: str | None, mistakes: list[str]) -> dict[str, Any]:
    if not path:
        return {}
    try:
        content = tomllib.loads(Path(path).read_text())
    except OSError as fault:
        mistakes.append(f"{CONFIG_FILE} names {path}, which cannot be read ({fault.strerror}).")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        mistakes.append(f"{path} is no TOML: {fault}.")
        return {}
    tables = {name: each for name, each in content.items() if isinstance(each, dict)}
    common = {name: each for name, each in content.items() if name not in tables}
    names = {name for each in KINDS.values() for name in each.model_fields}
    mistakes += [f"{path}: {name} is no setting{_near(name, names)}." for name in sorted(common.keys() - names)]
    for table, own in tables.items():
        if table not in KINDS:
            mistakes.append(f"{path}: [{table}] is no process{_near(table, KINDS)}.")
            continue
        strange = own.keys() - KINDS[table].model_fields.keys()
        mistakes += [f"{path}: [{table}] has no setting {name}{_near(name, names)}." for name in sorted(strange)]
    wanted = {**common, **tables.get(process, {})}
    return {name: each for name, each in wanted.items() if name in kind.model_fields}


def _near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"; {near[0]} is" if near else ""


def _told(error: Any) -> str:
    name = variable(str(error["loc"][0])) if error["loc"] else "The settings"
    if error["type"] == "missing":
        return f"{name} is missing."
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    said = f"{said[0].lower()}{said[1:]}"
    # An address may hold a password that should not be there.
    value = "" if name.endswith(("_URL", "_ENDPOINT")) else f", and is {error['input']!r}"
    return f"{name} {said}{value}."


def _unreadable_files(found: BaseSettings) -> Iterable[str]:
    """Say which files of secrets cannot be read: better now than at the first connection."""
    for name in type(found).model_fields:
        path = getattr(found, name)
        if name.endswith("_password_file") and path is not None:
            try:
                if not path.read_text().strip():
                    yield f"{variable(name)} names {path}, which is empty."
            except OSError as fault:
                yield f"{variable(name)} names {path}, which cannot be read ({fault.strerror})."
