"""What every kind of test may ask for: servers of its own, the same ones that a node embeds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.node.embedded import EmbeddedNats


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A NATS server for this test alone, with the five logs, all empty."""
    async with EmbeddedNats(tmp_path / "nats") as server:
        yield server
