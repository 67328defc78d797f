"""What every kind of test may ask for: servers of its own, the same ones that a node embeds."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from libs.node.embedded import EmbeddedNats, EmbeddedNode, EmbeddedPostgres
from libs.node.unprivileged import throwaway_folder


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A NATS server for this test alone, with the five logs, all empty."""
    async with EmbeddedNats(tmp_path / "nats") as server:
        yield server


@pytest.fixture(scope="session")
def node_folder() -> Iterator[Path]:
    """A folder for whole servers; root's tests run PostgreSQL as a user whom pytest's own folders keep out."""
    with throwaway_folder("plaanet-test-") as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(node_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The PostgreSQL server of this test run."""
    with EmbeddedPostgres(node_folder / "postgres") as server:
        yield server


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address, password included, of an empty database for this test alone."""
    name = f"test_{uuid4().hex}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


GENEROUS = {
    "PLAANET_REQUESTS_PER_MEMBER_S": "100000",
    "PLAANET_REQUESTS_PER_ADDRESS_S": "100000",
    "PLAANET_ATTEMPTS_PER_ADDRESS_S": "100000",
}
"""Tests come from one address and are in a hurry."""


@pytest.fixture(scope="session")
def node(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A whole node for every journey of this test run; who kills or damages one makes one of its own."""
    with EmbeddedNode(node_folder / "node", settings=GENEROUS) as node:
        yield node
