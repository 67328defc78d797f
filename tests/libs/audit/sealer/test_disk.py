"""Whatever a sealer is cut off in, the next one goes on, and nothing that was ever published is contradicted."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.notes import Note
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.state import State
from libs.audit.tiles import TileFolder
from tests.libs.audit.sealer.conftest import House, entries_of, expected_tiles, grow

STAGES = (0, 3, 255, 520)
"""The sizes at which the log is sealed: empty, small, at the edge of a tile, and far over it."""


class CutOff(BaseException):
    """The machine stopped."""


class Counter:
    """Counts the steps of every disk, and stops the machine after so many."""

    def __init__(self, steps_max: int) -> None:
        self.steps = 0
        self.steps_max = steps_max
        self.is_cut_off = False
        self.disks: list[Cutting] = []

    def step(self) -> None:
        """Take one step, or be cut off before it."""
        if self.steps == self.steps_max:
            self.is_cut_off = True
            raise CutOff
        self.steps += 1

    def lose_power(self) -> None:
        """Undo what had not reached the disk."""
        for disk in self.disks:
            disk.undo()


class Cutting(Disk):
    """A disk that is cut off, and of which the power loss takes every name that was not flushed."""

    def __init__(self, root: Path, counter: Counter, *, mode: int = 0o644, seen: list[bytes]) -> None:
        super().__init__(root, mode=mode)
        counter.disks.append(self)
        self._counter = counter
        self._seen = seen
        self._lost: list[tuple[Path, Callable[[], object]]] = []

    def make(self, folder: Path) -> None:
        """Make a folder that is gone again if its parent is not flushed."""
        self._counter.step()
        super().make(folder)
        self._lost.append((folder.parent, lambda: shutil.rmtree(folder)))

    def write(self, path: Path, data: bytes) -> None:
        """Write a file, or only half of it."""
        try:
            self._counter.step()
        except CutOff:
            path.write_bytes(data[: len(data) // 2])
            raise
        super().write(path, data)

    def move(self, path: Path, to: Path) -> None:
        """Name a file; the old one is back if the folder is not flushed."""
        self._counter.step()
        data, before = path.read_bytes(), to.read_bytes() if to.exists() else None
        super().move(path, to)

        def undo() -> None:
            path.write_bytes(data)
            if before is None:
                to.unlink()
            else:
                to.write_bytes(before)

        self._lost.append((to.parent, undo))
        if to.name == "checkpoint":
            self._seen.append(to.read_bytes())

    def sync(self, folder: Path) -> None:
        """Flush a folder."""
        self._counter.step()
        super().sync(folder)
        self._lost = [(place, undo) for place, undo in self._lost if place != folder]

    def remove(self, path: Path) -> None:
        """Remove what may be back after a loss of power."""
        self._counter.step()
        data = path.read_bytes() if path.is_file() else None
        super().remove(path)
        self._lost.append((path.parent, lambda: path.write_bytes(data) if data is not None else path.mkdir()))

    def undo(self) -> None:
        """Take back what was not flushed."""
        for folder, undo in reversed(self._lost):
            if folder.exists():  # else it went for good, with all that was in it
                undo()


async def seal_until_cut_off(house: House, counter: Counter, seen: list[bytes]) -> bool:
    """Seal stage by stage, each with a sealer of its own; return whether it came to the end."""
    house.state = State(house.state.folder, Cutting(house.state.folder, counter, mode=0o600, seen=seen))
    disk = Cutting(house.tiles, counter, seen=seen)
    for size in STAGES:
        await grow(house.log, size)
        try:
            async with house.running(disk) as task:
                await house.until(lambda size=size: house.published == size, task)  # type: ignore[misc]
        except* CutOff:
            pass
        if counter.is_cut_off:
            return False
    return True


async def count_steps(tmp_path: Path) -> int:
    """How many steps the whole takes when nothing is cut off."""
    counter = Counter(-1)
    assert await seal_until_cut_off(House(tmp_path / "whole"), counter, [])
    return counter.steps


@pytest.mark.slow
@pytest.mark.parametrize("loses_power", [False, True], ids=["killed", "without power"])
async def test_cut_off_after_every_step(tmp_path: Path, loses_power: bool) -> None:
    """
    For every step: the sealer ends right before it, a new one goes on, and in the end all files are right.

    Every checkpoint that anybody can have seen is one of a beginning of the log, and the files have its tiles. A
    kill leaves what was written; a loss of power takes every name that was not flushed to the disk.
    """
    steps = await count_steps(tmp_path)
    assert steps > 80
    for step in range(steps):
        house, seen = House(tmp_path / f"{step}"), list[bytes]()
        counter = Counter(step)
        assert not await seal_until_cut_off(house, counter, seen), step
        if loses_power:
            counter.lose_power()
        house.state = State(house.state.folder)
        visible = [*seen, *(path.read_bytes() for path in (house.tiles / "checkpoint",) if path.exists())]
        await house.seal(STAGES[-1])

        entries = await entries_of(house.log)
        house.check(entries)
        _check_seen(house, visible, entries)
        shutil.rmtree(tmp_path / f"{step}")


def _check_seen(house: House, seen: list[bytes], entries: list[bytes]) -> None:
    folder = TileFolder(house.tiles)
    for checkpoint in {Checkpoint.parse(Note.parse(data).text) for data in seen}:
        beginning = entries[: checkpoint.size]
        assert checkpoint.root == root_over([leaf_hash(entry) for entry in beginning])
        for tile, data in expected_tiles(beginning).items():
            assert folder.read(tile) == data


class TestDisk:
    def test_makes_what_it_needs(self, tmp_path: Path) -> None:
        """Folders on the way are made, for the same readers as the files."""
        Disk(tmp_path).put_now(tmp_path / "a" / "b" / "c", b"public")
        secret = Disk(tmp_path / "a", mode=0o600)
        secret.put_now(tmp_path / "a" / "s" / "t", b"secret")

        assert (tmp_path / "a/b/c").read_bytes() == b"public"
        modes = [(tmp_path / path).stat().st_mode & 0o777 for path in ("a", "a/b", "a/b/c", "a/s", "a/s/t")]
        assert modes == [0o755, 0o755, 0o644, 0o700, 0o600]

    def test_writes_anew(self, tmp_path: Path) -> None:
        """A file is the old one or the new one; what an earlier try left behind is no hindrance, and is removed."""
        (tmp_path / ".new-1a2b3c4d").write_bytes(b"left behind, and longer")
        for data in (b"one", b"two"):
            Disk(tmp_path).put_now(tmp_path / "file", data)
        Disk(tmp_path).tidy()

        assert (tmp_path / "file").read_bytes() == b"two"
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_two_disks_do_not_meet(self, tmp_path: Path) -> None:
        """What one sealer has half written, another neither changes nor gives a name."""
        one, other = Disk(tmp_path), Disk(tmp_path)
        one.put_now(tmp_path / "a", b"a", last_look=lambda: other.put_now(tmp_path / "b", b"b"))

        assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"a", b"b")

    def test_a_last_look_may_say_no(self, tmp_path: Path) -> None:
        """A file whose writer lost the right to it on the way does not take its name."""

        def say_no() -> None:
            raise CutOff

        with pytest.raises(CutOff):
            Disk(tmp_path).put_now(tmp_path / "a", b"a", last_look=say_no)

        assert not (tmp_path / "a").exists()

    def test_once(self, tmp_path: Path) -> None:
        """Of two that make the same file the first one's stays."""
        for data in (b"one", b"two"):
            Disk(tmp_path, mode=0o600).put_once(tmp_path / "key", data)

        assert (tmp_path / "key").read_bytes() == b"one"
        assert [path.name for path in tmp_path.iterdir()] == ["key"]

    def test_drops_folders(self, tmp_path: Path) -> None:
        """A folder of files goes whole, and one that is not there does not mind."""
        disk = Disk(tmp_path)
        disk.put_now(tmp_path / "000.p" / "1", b"")
        for _ in range(2):
            disk.drop(tmp_path / "000.p")

        assert not list(tmp_path.iterdir())
