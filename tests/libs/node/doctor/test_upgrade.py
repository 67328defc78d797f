"""What the doctor says of backups, of roots that are known, and before an upgrade."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from libs.audit.merkle import Frontier, leaf_hash
from libs.node.doctor import upgrade
from libs.node.doctor.backups import last_backup
from libs.node.doctor.finding import Finding, Verdict
from libs.node.doctor.known import Comparison, Root, roots
from libs.node.embedded import EmbeddedNode
from libs.node.folder import NodeFolder
from libs.node.permissions import SERVICES

ENTRIES = [b"one", b"two", b"three"]


@pytest.fixture
def folder(tmp_path: Path) -> NodeFolder:
    """The folder of a node that has run."""
    folder = NodeFolder(tmp_path)
    folder.make()
    folder.name(None)
    return folder


def root_of(entries: list[bytes]) -> bytes:
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    return frontier.root()


def compared(*known: Root) -> list[str]:
    """What is wrong with a log of three entries."""
    comparison = Comparison("geo", known)
    for entry in ENTRIES:
        comparison.add(entry)
    return [finding.sentence for finding in comparison.findings()]


class TestLastBackup:
    def test_none(self, folder: NodeFolder) -> None:
        """A node that was never backed up is told so; before an upgrade that is wrong."""
        assert last_backup(folder).verdict is Verdict.NOTE
        assert last_backup(folder, is_needed=True).verdict is Verdict.WRONG

    @pytest.mark.parametrize(
        "age, verdict, words",
        [
            (timedelta(minutes=5), Verdict.WELL, "5 minutes old"),
            (timedelta(hours=23), Verdict.WELL, "23 hours old"),
            (timedelta(hours=25), Verdict.WRONG, "25 hours old"),
            (timedelta(days=9), Verdict.WRONG, "9 days old"),
        ],
    )
    def test_its_age(self, folder: NodeFolder, age: timedelta, verdict: Verdict, words: str) -> None:
        """A backup of the last day will do; an older one is named with its age."""
        about = {"id": "x", "target": "/mnt", "finished_at": (datetime.now(UTC) - age).isoformat(), "ends": {}}
        folder.last_backup.write_text(json.dumps(about))
        found = last_backup(folder, is_needed=True)

        assert found.verdict is verdict
        assert words in found.sentence


class TestKnownRoots:
    def test_what_agrees(self) -> None:
        """A log that begins with what is known of it is well, also where it has gone on."""
        assert compared(Root(3, root_of(ENTRIES), "a"), Root(2, root_of(ENTRIES[:2]), "b")) == []

    def test_what_was_rewritten(self) -> None:
        """Other entries than those that were signed are named by how many were signed."""
        [wrong] = compared(Root(2, root_of(ENTRIES[1:]), "the checkpoint"))
        assert wrong.startswith("The first 2 entries of the log geo are not those of the checkpoint")

    def test_what_was_rolled_back(self) -> None:
        """A log that is shorter than what is known of it is named with both lengths."""
        [wrong] = compared(Root(4, bytes(32), "the backup"))
        assert wrong.startswith("The log geo ends at 3, and the backup has 4 entries")

    def test_a_node_that_was_restored(self, folder: NodeFolder) -> None:
        """What a backup had of each log is known as long as the node lives."""
        about = {"backup": "x", "logs": {"geo": {"last": 3, "root": root_of(ENTRIES).hex()}}}
        folder.restored.write_text(json.dumps(about))

        assert compared(*roots(folder)["geo"]) == []


class TestBeforeUpgrade:
    def test_a_repair_that_was_ended(self, folder: NodeFolder) -> None:
        """A repair that is not finished is finished by the version that began it."""
        folder.repair.mkdir()
        folder.unfinished_repair.touch()

        assert any("A repair of the vote log was ended half way" in each for each in wrongs(folder))

    def test_another_postgresql(self, folder: NodeFolder) -> None:
        """Files that the new version's PostgreSQL does not read are named, with the way out."""
        folder.postgres.mkdir()
        (folder.postgres / "PG_VERSION").write_text("9\n")

        assert any(
            "made by PostgreSQL 9" in each and "restore it with the new version" in each for each in wrongs(folder)
        )

    def test_versions(self, folder: NodeFolder) -> None:
        """Which version runs and which asks is said; a node that does not run is said not to."""
        [said, *_] = upgrade.before_anything(folder, {"version": "0.0.9"}, version="0.1.0")
        assert said.sentence == "Versions: 0.0.9 runs, and this is 0.1.0."
        [said, *_] = upgrade.before_anything(folder, None, version="0.1.0")
        assert "No node runs here" in said.sentence

    @pytest.mark.node
    @pytest.mark.slow
    async def test_read_models_that_will_be_made_again(self, node: EmbeddedNode) -> None:
        """Tables that are not the new version's are tried with its own, timed, and left as they are."""
        ends = dict.fromkeys(SERVICES, 0) | {"identity": 12_345}
        connection = await asyncpg.connect(node.database_url("identity"))
        try:
            built_from = await connection.fetchval("SELECT schema_sha256 FROM read.built_from")
            await connection.execute("UPDATE read.built_from SET schema_sha256 = 'older'")
            before = await connection.fetch("SELECT nspname FROM pg_namespace ORDER BY 1")
            found = [finding async for finding in upgrade.rebuilds(node.folder, node.status, ends)]
            assert await connection.fetch("SELECT nspname FROM pg_namespace ORDER BY 1") == before
        finally:
            await connection.execute("UPDATE read.built_from SET schema_sha256 = $1", built_from)
            await connection.close()

        [again] = [each for each in found if each.verdict is Verdict.NOTE]
        assert again.sentence.startswith(
            "Read models of identity: the new version makes them again from 12345 entries, in about"
        )
        assert sum("they stay as they are" in each.sentence for each in found) == len(SERVICES) - 1
        assert not [each for each in found if each.verdict is Verdict.WRONG]


def wrongs(folder: NodeFolder) -> list[str]:
    """What is wrong before an upgrade of a node that does not run."""
    found: list[Finding] = upgrade.before_anything(folder, None, version="0.1.0")
    return [each.sentence for each in found if each.verdict is Verdict.WRONG]
