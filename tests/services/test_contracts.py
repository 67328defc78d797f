"""What the domain decides and what the log keeps are the same, field for field."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from eventsourcing.domain import Aggregate, DomainEvent

from libs.contracts import catalogue
from libs.service.aggregates import aggregate_name

ENVELOPE = {"originator_id", "originator_version", "timestamp", "originator_topic"}


def aggregates() -> Iterator[tuple[str, type[Aggregate]]]:
    """Every aggregate of every service."""
    for service in catalogue.SERVICES:
        try:
            domain = importlib.import_module(f"services.{service}.domain")
        except ModuleNotFoundError:
            continue  # it decides nothing
        paths = getattr(domain, "__path__", [])
        rooms = [domain, *(importlib.import_module(f"{domain.__name__}.{m.name}") for m in pkgutil.iter_modules(paths))]
        found = {thing for room in rooms for thing in vars(room).values() if _is_aggregate_of(thing, domain.__name__)}
        yield from ((service, aggregate) for aggregate in sorted(found, key=lambda each: each.__name__))


def _is_aggregate_of(thing: Any, domain: str) -> bool:
    is_aggregate = isinstance(thing, type) and issubclass(thing, Aggregate)
    return is_aggregate and thing.__module__.startswith(domain) and not thing.__name__.startswith("_")


def events() -> Iterator[Any]:
    """Every event of every aggregate, with its service."""
    for service, aggregate in aggregates():
        for name, thing in vars(aggregate).items():
            is_event = isinstance(thing, type) and issubclass(thing, DomainEvent) and not thing.__subclasses__()
            if is_event and name not in ("Event", "Created"):
                yield pytest.param(service, aggregate, thing, id=f"{service}.{name}")


@pytest.mark.parametrize("service, aggregate, decided", list(events()))
def test_a_decision_is_its_contract(service: str, aggregate: type[Aggregate], decided: type) -> None:
    """The event that an aggregate makes bears the fields of the contract of its name, and lies where it says."""
    contract = catalogue.events()[decided.__name__]
    fields = set(getattr(decided, "__dataclass_fields__", {})) - ENVELOPE

    assert fields == set(contract.model_fields)
    assert contract.service == service
    assert contract.aggregate == aggregate_name(aggregate)


def test_every_contract_is_decided_by_somebody() -> None:
    """No event is published that no aggregate makes."""
    made = {parameter.values[2].__name__ for parameter in events()}

    assert set(catalogue.events()) - made == set()
