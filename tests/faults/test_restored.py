"""The drill: back up under load, lose everything, restore, and be the node that one was."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.node.backup.chest import new_key
from libs.node.embedded import EmbeddedNode
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import in_folder
from tests.conftest import GENEROUS
from tests.faults.backups import PAGE, back_up_while_erasing, where_named
from tests.faults.load import Dump, Voting, level, log_of
from tests.journeys.people import PASSWORD, Person, audit, found_group, open_poll, outcome_of, plaanet, until

pytestmark = [pytest.mark.node, pytest.mark.slow]

VOTERS_COUNT = 4
ACKS = 30


@dataclass
class Lost:
    """What is left of a node that is gone: its backups, what people know of it, and a mirror of its sealed log."""

    place: Path
    handle: str
    """Of somebody who still has a password."""

    poll_id: str
    result: dict[str, Any]
    log: list[dict[str, Any]]
    read_models: dict[str, Dump]
    under_load: str
    """The id of the backup that was made while members voted."""

    erased_id: str
    erased_handle: str
    """Of somebody who was erased after the last backup's vaults were copied and before its logs were."""

    @property
    def backups(self) -> Path:
        """Where the backups are."""
        return self.place / "backups"

    @property
    def mirror(self) -> Path:
        """The sealed log as somebody kept it."""
        return self.place / "mirror"

    def restore(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run `plaanet restore`."""
        return plaanet("restore", str(self.backups), "--identity", str(self.place / "age.key"), *more)


async def live_and_be_lost(node: EmbeddedNode, place: Path) -> Lost:
    """Vote, be backed up meanwhile and afterwards, lose somebody, and leave."""
    text, recipient = new_key()
    (place / "age.key").write_text(text)
    back_up = ("backup", str(place / "backups"), "--data", str(node.folder.path))
    async with AsyncExitStack() as stack:
        ana, *others, zoe = [await stack.enter_async_context(Person(node.url)) for _ in range(VOTERS_COUNT + 1)]
        for person in (ana, *others, zoe):
            await person.sign_up()
        group_id = await found_group(ana)
        for person in others:
            await person.put(f"/groups/{group_id}/members/me")
        await zoe.post("/pages", {"name": "Zoé", "kind": "cause", "words": PAGE})
        voting = Voting([ana, *others], await open_poll(ana, group_id))
        running = asyncio.create_task(voting.run())
        await voting.reach(ACKS)
        done = await asyncio.to_thread(plaanet, *back_up, "--recipient", recipient)
        assert done.returncode == 0, done.stderr
        acked = voting.acks_count
        await voting.reach(acked + ACKS)
        voting.is_over = True
        await running
        await ana.put(f"/polls/{voting.poll_id}/closing")
        result = await outcome_of(ana, voting.poll_id)
        await back_up_while_erasing(in_folder(node.folder), str(place / "backups"), recipient, node=node, who=zoe)
        read_models = await level(node)
        log = await log_of(node)
        await until(lambda: sealed(node), len(log), timeout_s=30)
        return Lost(
            place, ana.handle, voting.poll_id, result, log, read_models, done.stdout.split()[1], zoe.id, zoe.handle
        )


async def sealed(node: EmbeddedNode) -> int:
    """How many entries are sealed, as everybody sees it."""
    async with httpx.AsyncClient(base_url=node.url) as http:
        return int((await http.get("/log/governance/checkpoint")).text.splitlines()[1])


@pytest.fixture(scope="module")
def lost(node_folder: Path) -> Lost:
    """A node that ran, was backed up and is gone."""
    place = node_folder / "lost"
    place.mkdir(mode=0o711)
    node = EmbeddedNode(place / "first", settings=GENEROUS)
    node.start()
    try:
        lost = asyncio.run(live_and_be_lost(node, place))
    finally:
        node.kill()
    shutil.copytree(node.folder.tiles, lost.mirror)
    shutil.rmtree(node.folder.path)
    return lost


@pytest.fixture(scope="module")
def restored(lost: Lost) -> Iterator[EmbeddedNode]:
    """The node that the newest backup gives."""
    node = EmbeddedNode(lost.place / "second", settings=GENEROUS)
    done = lost.restore("--data", str(node.folder.path))
    assert done.returncode == 0, done.stderr
    node.start()
    try:
        yield node
    finally:
        node.stop()


class TestDrill:
    async def test_results_are_the_same(self, lost: Lost, restored: EmbeddedNode) -> None:
        """Members sign in as before, every entry is at its position, every result follows from the log again."""
        async with Person(restored.url) as ana:
            ana.handle = lost.handle
            await ana.sign_in()
            assert await outcome_of(ana, lost.poll_id) == lost.result
        log = await log_of(restored)
        assert log[: len(lost.log)] == lost.log
        assert await asyncio.to_thread(audit, restored.url) == 0
        doctor = await asyncio.to_thread(plaanet, "doctor", "--data", str(restored.folder.path))
        assert doctor.returncode == 0, doctor.stdout

    async def test_read_models_are_made_again(self, lost: Lost, restored: EmbeddedNode) -> None:
        """No backup holds them: the services make them from the logs, and they are those that were lost."""
        assert await level(restored) == lost.read_models

    async def test_who_is_erased_stays_erased(self, lost: Lost, restored: EmbeddedNode) -> None:
        """Somebody whom the copied vaults still name is erased again, since the copied log says that they are gone."""
        who = Person(restored.url)
        async with who:
            who.handle = lost.erased_handle
            await until(lambda: where_named(restored, lost.erased_id, who.handle), "", timeout_s=30)
            response = await who.http.post("/sessions", json={"handle": who.handle, "password": PASSWORD})
        assert response.status_code == 401

    async def test_an_older_backup(self, lost: Lost) -> None:
        """What was sealed since is named, the node does not start on it, and from a mirror it is mended."""
        node = EmbeddedNode(lost.place / "third", settings=GENEROUS)
        data = str(node.folder.path)
        done = await asyncio.to_thread(lost.restore, "--data", data, "--backup", lost.under_load)
        assert done.returncode == 1
        assert "ROLLED BACK: the checkpoint of backup" in done.stdout
        with pytest.raises(NodeTrouble, match="ended while it started"):
            node.start()
        assert "it was cut or lost, or comes from an older copy" in node.output

        shutil.copytree(lost.mirror, node.folder.tiles, dirs_exist_ok=True)
        repaired = await asyncio.to_thread(plaanet, "log", "repair", "--data", data)
        assert repaired.returncode == 0, repaired.stdout + repaired.stderr
        node.start()
        try:
            assert (await log_of(node))[: len(lost.log)] == lost.log
            async with Person(node.url) as anybody:
                anybody.handle = lost.handle
                await anybody.sign_in()
                assert await outcome_of(anybody, lost.poll_id) == lost.result
            assert await asyncio.to_thread(audit, node.url) == 0
        finally:
            node.stop()
