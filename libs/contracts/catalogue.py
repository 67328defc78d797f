"""
Every contract of the house by its name; a name is used once.

The log keeps an event under its class's name, and the desk finds a command or a query by the last word of its NATS
subject. So a name, once released, is never given to another thing.
"""

import importlib
from functools import cache
from typing import TypeVar

from libs.contracts.base import Command, Contract, Event, Query

SERVICES = ("identity", "groups", "events", "governance", "geo")
"""The services, each the owner of the log of its name."""

_KIND = TypeVar("_KIND", bound=Contract)


@cache
def events() -> dict[str, type[Event]]:
    """Every event by its name."""
    return _by_name(Event)


@cache
def commands() -> dict[str, type[Command]]:
    """Every command by its name."""
    return _by_name(Command)


@cache
def queries() -> dict[str, type[Query]]:  # type: ignore[type-arg]
    """Every query by its name."""
    return _by_name(Query)


def _by_name(kind: type[_KIND]) -> dict[str, type[_KIND]]:
    found: dict[str, type[_KIND]] = {}
    for service in SERVICES:
        module = importlib.import_module(f"libs.contracts.{service}")
        for name, contract in vars(module).items():
            if not (isinstance(contract, type) and issubclass(contract, kind)):
                continue
            is_of_here = f"{contract.__module__}.".startswith(f"{module.__name__}.")
            if not is_of_here or getattr(contract, "service", None) != service:
                continue
            if name.endswith(("Event", "Command", "Query")):  # what several contracts share is none itself
                continue
            if name in found:
                raise TypeError(f"Two contracts are named {name}; a name is used once in the house.")
            found[name] = contract
    return found
