"""
Every event that was ever released can still be read.

`tests/golden/<service>.jsonl` keeps one entry for each revision of each event, in the exact bytes of its time. A line
is added when a contract is born or gets a new revision (PLAANET_WRITE_CONTRACTS=1 does it, from the contract's own
example) and is never changed after.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import orjson
import pytest

from libs.contracts import catalogue
from libs.contracts.base import Event
from libs.eventlog.codec import decode, encode
from libs.eventlog.log import New

GOLDEN = Path(__file__).parents[2] / "golden"
RELEASED = sorted({name for name, event in catalogue.events().items() if "tests" not in event.__module__})
NAMESPACE = UUID("601de000-0000-4000-8000-000000000000")


def golden(service: str) -> list[bytes]:
    """The kept entries of a service."""
    file = GOLDEN / f"{service}.jsonl"
    return file.read_bytes().splitlines() if file.exists() else []


def example(contract: type[Event]) -> bytes:
    """An entry made from the contract's own example."""
    extra = contract.model_config.get("json_schema_extra")
    assert isinstance(extra, dict), f"{contract.__name__} has no example."
    name = contract.__name__
    return encode(
        New(
            contract.model_validate(extra["example"]),
            aggregate_id=uuid5(NAMESPACE, contract.aggregate),
            version=1,
            after=0,
            actor=str(uuid5(NAMESPACE, "ana")),
            id=uuid5(NAMESPACE, f"{name}{contract.revision}"),
            decided_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
            group_id=None,
        )
    )


@pytest.mark.parametrize("name", RELEASED)
def test_every_event_has_its_golden_entry(name: str) -> None:
    """The newest revision of each event is kept, and writing it gives the same bytes as when it was released."""
    contract = catalogue.events()[name]
    kept = [line for line in golden(contract.service) if _mark(line) == (name, contract.revision)]
    if not kept and os.environ.get("PLAANET_WRITE_CONTRACTS") == "1":
        kept = [example(contract)]
        with (GOLDEN / f"{contract.service}.jsonl").open("ab") as file:
            file.write(kept[0] + b"\n")

    assert kept == [example(contract)]


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_what_was_ever_written_is_still_read(service: str) -> None:
    """Each kept entry, however old its revision, is read as today's contract."""
    for position, line in enumerate(golden(service), 1):
        recorded = decode(service, position, line)

        assert type(recorded.event).__name__ == _mark(line)[0]
        assert recorded.entry == line


def _mark(line: bytes) -> tuple[str, int]:
    fields = orjson.loads(line)
    return fields["name"], fields["revision"]
