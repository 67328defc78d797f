"""The catalogue of contracts, and their schemas in `docs/contracts/`, which make a change visible in review."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic.json_schema import models_json_schema

from libs.contracts import catalogue
from libs.contracts.base import Contract

SCHEMAS = Path(__file__).parents[3] / "docs" / "contracts"

WRITE = os.environ.get("PLAANET_WRITE_CONTRACTS") == "1"


def schemas(service: str) -> dict[str, Any]:
    """The JSON Schemas of all that a service publishes, by kind and name."""
    kinds: dict[str, dict[str, Any]] = {}
    for kind, contracts in (
        ("events", catalogue.events()),
        ("commands", catalogue.commands()),
        ("queries", catalogue.queries()),
    ):
        mine: list[tuple[type[Contract], Any]] = [
            (contract, "validation") for contract in contracts.values() if contract.service == service
        ]
        answers = [(contract.answer, "validation") for contract, _ in mine if kind == "queries"]  # type: ignore[attr-defined]
        _, definitions = models_json_schema(mine + answers, ref_template=f"#/{kind}/{{model}}")
        kinds[kind] = definitions.get("$defs", {})
    for name, contract in catalogue.events().items():
        if contract.service == service:
            kinds["events"][name] |= {"aggregate": contract.aggregate, "revision": contract.revision}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": service, **kinds}


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_the_published_schemas_are_the_contracts(service: str) -> None:
    """`docs/contracts/` says what the code does (PLAANET_WRITE_CONTRACTS=1 writes it anew)."""
    file = SCHEMAS / f"{service}.json"
    text = json.dumps(schemas(service), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if WRITE:
        file.write_text(text)

    assert file.read_text() == text


@pytest.mark.parametrize("name", sorted(catalogue.events()))
def test_events_take_no_unknown_fields(name: str) -> None:
    """A field that nobody declared is an error in every contract, so a misspelt name is never lost in silence."""
    contract = catalogue.events()[name]

    assert contract.model_config["extra"] == "forbid"
    assert contract.model_config["frozen"]
    assert contract.__doc__, f"{name} does not say what has become true."
