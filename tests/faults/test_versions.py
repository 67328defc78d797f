"""Versions that follow each other on one log work side by side."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from libs.node.embedded import EmbeddedNode, EmbeddedPostgres
from libs.node.process import ChildProcess
from tests.conftest import GENEROUS
from tests.faults.load import level
from tests.journeys.people import OPTIONS, ROOT, Person, audit, found_group, open_poll, outcome_of, until

pytestmark = [pytest.mark.node, pytest.mark.slow]

PREVIOUS = "e3fb625d3a398beaba728f4be48095feedc4029d"
"""The release before this one."""

OLD_SERVICES = ("groups", "governance")
"""Those that decide and count; of identity the vault is most, and two databases would be two truths."""

VOTERS_COUNT = 3
BALLOTS_EACH = 8


@dataclass
class Old:
    """A service of the release before, with a database of its own, at the same logs and desks as the new one."""

    name: str
    process: ChildProcess
    log: Path
    database: str

    @property
    def said(self) -> str:
        """What it has said."""
        return self.log.read_text()


@pytest.fixture(scope="module")
def release(node_folder: Path) -> Path:
    """The release before this one, as its commit has it."""
    archived = subprocess.run(["git", "archive", PREVIOUS], cwd=ROOT, check=False, capture_output=True)
    if archived.returncode != 0:
        pytest.skip("NOT RUN: this clone does not have the history of the release before")
    folder = node_folder / "previous"
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.fixture
def new(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node of this version."""
    with EmbeddedNode(node_folder / f"new-{time.monotonic_ns()}", settings=GENEROUS) as node:
        yield node


@asynccontextmanager
async def beside(new: EmbeddedNode, release: Path, postgres: EmbeddedPostgres, name: str) -> AsyncIterator[Old]:
    """Run a service of the release before beside this one's; it shares logs, desk and keys."""
    database = await postgres.create_database(f"old_{name}_{time.monotonic_ns()}")
    log = release / f"{name}.log"
    secrets = new.folder.secrets
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(release),
        "PLAANET_NODE_NAME": new.status["name"],
        "PLAANET_NATS_URL": new.status["nats_url"],
        "PLAANET_NATS_USER": name,
        "PLAANET_NATS_PASSWORD_FILE": str(secrets / f"nats-{name}.txt"),
        "PLAANET_SECRETS_DIR": str(secrets / name),
        "PLAANET_DATABASE_URL": database,
    }
    process = ChildProcess(
        [sys.executable, "-m", f"services.{name}.app"], log=log, environment=environment, cwd=release
    )
    old = Old(name, process, log, database)
    try:
        await until(lambda: _is_ready(old), wanted=True, timeout_s=60)
        yield old
    finally:
        process.stop()


async def _is_ready(old: Old) -> bool:
    assert old.process.exit_code is None, old.said
    return '"ready"' in old.said


async def rows(url: str, table: str, columns: list[str]) -> list[str]:
    """Every row of a read model, of these columns alone."""
    connection = await asyncpg.connect(url)
    try:
        listed = ", ".join(f'"{column}"' for column in columns)
        found = await connection.fetch(f"SELECT to_jsonb(t)::text FROM (SELECT {listed} FROM read.{table}) t")
        return sorted(row[0] for row in found)
    finally:
        await connection.close()


async def columns_of(url: str) -> dict[str, set[str]]:
    """The columns of each read model."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(
            "SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.columns"
            " WHERE table_schema = 'read' GROUP BY 1"
        )
        return {row["table_name"]: set(row["columns"]) for row in found}
    finally:
        await connection.close()


class TestBeside:
    async def test_the_release_before(self, new: EmbeddedNode, release: Path, postgres: EmbeddedPostgres) -> None:
        """Both releases take commands and answer questions in turn; all is counted, and both read the log alike."""
        async with AsyncExitStack() as stack:
            olds = [await stack.enter_async_context(beside(new, release, postgres, name)) for name in OLD_SERVICES]
            members = [await stack.enter_async_context(Person(new.url)) for _ in range(VOTERS_COUNT)]
            for member in members:
                await member.sign_up()
            group_id = await found_group(members[0])
            for member in members[1:]:
                await member.put(f"/groups/{group_id}/members/me")
            poll_id = await open_poll(members[0], group_id)
            for number in range(BALLOTS_EACH):
                for member in members:
                    receipt = await member.put(f"/polls/{poll_id}/ballot", {"choices": [OPTIONS[number % 3]]})
                    own = await member.get(f"/polls/{poll_id}/ballot", at_least=receipt)
                    assert own["choices"] == [OPTIONS[number % 3]]
            await members[0].put(f"/polls/{poll_id}/closing")
            result = await outcome_of(members[0], poll_id)
            assert result["ballots_count"] == VOTERS_COUNT
            assert await asyncio.to_thread(audit, new.url) == 0
            await level(new)

            assert "governance.CastBallot" in olds[-1].said
            assert "governance.CastBallot" in (new.folder.logs / "governance.log").read_text()
            for old in olds:
                await self.check_alike(new, old)
                assert old.process.exit_code is None, old.said

    async def check_alike(self, new: EmbeddedNode, old: Old) -> None:
        """Check that the read models of both releases say the same, in all columns that both have."""
        theirs, ours = await columns_of(old.database), await columns_of(new.database_url(old.name))
        common = {table: sorted(theirs[table] & ours[table]) for table in theirs.keys() & ours.keys() - {"built_from"}}
        assert {"checkpoint"} < set(common)
        for table, columns in common.items():
            await until(
                lambda table=table, columns=columns: rows(old.database, table, columns),  # type: ignore[misc]
                await rows(new.database_url(old.name), table, columns),
                timeout_s=30,
            )
