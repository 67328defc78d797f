"""A log gets a new key; cut off anywhere, it has the old one or the new one, and what is published says which."""

import shutil
from pathlib import Path

import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note, Verifier, open_note
from libs.audit.rotation import Rotation, follow_rotations
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.opening import open_log
from libs.audit.sealer.rotating import rotate
from libs.audit.sealer.state import State
from tests.libs.audit.sealer.conftest import ORIGIN, House, entries_of
from tests.libs.audit.sealer.test_disk import Counter, CutOff, Cutting


def rotate_key(house: House, disk: Disk | None = None, keys: Disk | None = None) -> Verifier:
    """Rotate the key as the command line does, and return the new one."""
    disk, keys = disk or Disk(house.tiles), keys or Disk(house.secrets, mode=0o600)
    with house.state.taken():
        opened = open_log(ORIGIN, tiles=house.tiles, secrets=house.secrets, state=house.state, disk=disk, keys=keys)
        last = Checkpoint(ORIGIN, opened.tree.size, opened.tree.root())
        return rotate(
            last, opened.signer, tiles=house.tiles, secrets=house.secrets, state=house.state, disk=disk, keys=keys
        )


def rotations(house: House, pinned: Verifier) -> list[Rotation]:
    """The way from a key that somebody pinned."""

    def read(path: str) -> bytes | None:
        return (house.tiles / path).read_bytes() if (house.tiles / path).exists() else None

    return follow_rotations(pinned, read)


async def test_the_log_goes_on_with_the_new_key(house: House) -> None:
    """What was signed is signed with the new key, too, and what comes with it alone; the old key is gone."""
    await house.seal(3)
    pinned, secret = house.key, (house.secrets / "log.pem").read_bytes()
    new = rotate_key(house)

    assert house.key == new != pinned
    shown = Note.parse((house.tiles / "checkpoint").read_bytes())
    assert {each.by for each in open_note(shown, [pinned, new])} == {pinned, new}
    await house.seal(300)
    house.check(await entries_of(house.log))
    assert [line.key_id for line in Note.parse((house.tiles / "checkpoint").read_bytes()).lines] == [new.key_id]
    assert all(secret not in path.read_bytes() for path in house.secrets.iterdir())
    [rotation] = rotations(house, pinned)
    assert (rotation.key, rotation.checkpoint.size) == (new, 3)


async def test_as_often_as_one_likes(house: House) -> None:
    """Every key that ever was leads to the one that is."""
    await house.seal(1)
    keys = [house.key, *(rotate_key(house) for _ in range(3))]
    await house.seal(2)

    for index, key in enumerate(keys):
        assert [each.key for each in rotations(house, key)] == keys[index + 1 :]


async def test_before_anything_was_signed(house: House) -> None:
    """A log that never ran may get a new key as well."""
    new = rotate_key(house)
    await house.seal(1)

    assert house.key == new


async def test_the_new_key_must_be_there(house: House) -> None:
    """A log whose old key has said its last word is not sealed with it again, though the new key is lost."""
    await house.seal(1)
    old = (house.secrets / "log.pem").read_bytes()
    rotate_key(house)
    (house.secrets / "log.pem").write_bytes(old)

    assert "was rotated to" in (fault := await house.fault())
    assert "restore it from a backup" in fault


@pytest.mark.parametrize("loses_power", [False, True], ids=["killed", "without power"])
async def test_cut_off_after_every_step(tmp_path: Path, loses_power: bool) -> None:
    """For every step: the log goes on with one key, to which every key that was published leads."""
    step, is_whole = 0, False
    while not is_whole:
        house = House(tmp_path / f"{step}")
        await house.seal(3)
        pinned = house.key
        counter = Counter(step)
        house.state = State(house.state.folder, Cutting(house.state.folder, counter, mode=0o600, seen=[]))
        try:
            rotate_key(
                house,
                Cutting(house.tiles, counter, seen=[]),
                Cutting(house.secrets, counter, mode=0o600, seen=[]),
            )
            is_whole = True
        except CutOff:
            if loses_power:
                counter.lose_power()
        house.state = State(house.state.folder)
        await house.seal(5)
        ways = rotations(house, pinned)
        assert house.key == (ways[-1].key if ways else pinned)
        house.check(await entries_of(house.log))

        rotate_key(house)
        await house.seal(6)
        assert rotations(house, pinned)[-1].key == house.key
        shutil.rmtree(tmp_path / f"{step}")
        step += 1
    assert step > 10
