"""One small story that the examples of all events tell."""

from typing import Any

from pydantic import ConfigDict

POLL = "98470e21-6f3c-4f0e-9d53-0c2e7d1b7a44"
GROUP = "4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11"
SUBGROUP = "4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a12"
MEMBER = "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"
ELECTOR = "e1ec7000-6f0e-8c53-9d7c-000000000001"
OTHER_ELECTOR = "e1ec7000-6f0e-8c53-9d7c-000000000002"
VOTER = "70e40000-6f0e-8c53-9d7c-000000000001"
OTHER_VOTER = "70e40000-6f0e-8c53-9d7c-000000000002"
BATCH = "c5a1d9e0-1f6b-5b0a-8a55-3f1c5d0e7f33"
PROPOSAL = "7d0c1b52-3a4f-4b6e-8c9d-1e2f3a4b5c6d"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OPTIONS = ["An orchard", "A playground", "Leave it wild"]


def example(**data: Any) -> ConfigDict:
    """Return the model configuration that shows *data* as the contract's example."""
    return ConfigDict(json_schema_extra={"example": data})
