"""The sealer publishes the log as it is, and ends rather than contradict what it published."""

import shutil
from datetime import UTC, datetime

import pytest

from libs.audit.notes import Note, open_note
from libs.audit.sealer.faults import SealerRuns
from libs.audit.sealer.lease import LeaseLost
from libs.audit.tiles import Tile, TileFolder
from libs.eventlog.log import LogUnreachable
from libs.eventlog.memory import MemoryLog
from tests.libs.audit.sealer.conftest import House, entries_of, grow


class TestPublishing:
    async def test_a_log_without_entries(self, house: House) -> None:
        """From its first start on a log has a key and a checkpoint: that it has no entries."""
        await house.seal(0)

        house.check([])
        assert house.published == 0

    @pytest.mark.parametrize("sizes", [(1,), (3, 4, 300), (256,), (255, 256, 257), (600, 1300), (5, 5)])
    async def test_every_size(self, house: House, sizes: tuple[int, ...]) -> None:
        """Whatever steps the log grows in, its files are those of the definition."""
        for size in sizes:
            await house.seal(size)

            house.check(await entries_of(house.log))

    async def test_a_long_log(self, house: House) -> None:
        """A log that is longer than what is sealed at once is sealed to its end, up to the third level."""
        await house.seal(66_000)

        house.check(await entries_of(house.log))
        assert (house.tiles / "tile/2/000.p/1").exists()

    async def test_every_partial_tile_that_was_signed_for(self, house: House) -> None:
        """What a checkpoint implies is there as long as the full tile is not; then the partial ones go."""
        for size in (3, 200, 255):
            await house.seal(size)
        assert sorted(path.name for path in (house.tiles / "tile/0/000.p").iterdir()) == ["200", "255", "3"]

        await house.seal(256)
        assert not (house.tiles / "tile/0/000.p").exists()
        assert not (house.tiles / "tile/entries/000.p").exists()

    async def test_while_the_log_grows(self, house: House) -> None:
        """What comes while it works is sealed, too."""
        await grow(house.log, 1)
        async with house.running() as task:
            for size in (1, 2, 500, 501):
                await grow(house.log, size)
                await house.until(lambda size=size: house.published == size, task)  # type: ignore[misc]

        house.check(await entries_of(house.log))

    async def test_the_key_stays(self, house: House) -> None:
        """The key is made once and read again at every start."""
        await house.seal(1)
        key = house.key
        await house.seal(2)

        assert house.key == key
        assert (house.secrets / "log.pem").stat().st_mode & 0o777 == 0o600
        assert key.name == "node.example/governance"

    async def test_nothing_else_is_in_the_folder(self, house: House) -> None:
        """The folder that is served holds what is public and nothing else."""
        await house.seal(300)

        assert {path.name for path in house.tiles.iterdir()} == {"checkpoint", "key", "tile"}

    async def test_tells_how_it_fares(self, house: House) -> None:
        """What is sealed and what is published, for the doctor."""
        await house.seal(7)

        assert house.status["size"] == house.status["published_size"] == 7
        assert house.status["fault"] is None
        assert datetime.fromisoformat(str(house.status["published_at"])) <= datetime.now(UTC)


class TestTwoSealers:
    """Two sealers of one log and one lease; they share their folders, or each has its own."""

    async def test_the_next_goes_on(self, house: House) -> None:
        """When the first has let go, the second seals on."""
        await house.seal(300)
        await house.seal(700)

        house.check(await entries_of(house.log))

    async def test_one_that_wakes_too_late_signs_nothing(self, house: House) -> None:
        """A sealer that was paused while another took over is refused before it signs, and publishes nothing."""
        await house.seal(300)
        async with house.sealer() as paused:
            await grow(house.log, 310)
            async with house.taken_over():
                await house.seal(320)
                with pytest.raises(LeaseLost):
                    await paused.seal()

        assert house.published == 320
        house.check(await entries_of(house.log))

    async def test_what_was_signed_and_not_published(self, house: House) -> None:
        """A checkpoint that was signed before the pause is not published behind a newer one."""
        async with house.sealer() as paused:
            await grow(house.log, 5)
            await paused.seal()
            async with house.taken_over():
                await house.seal(9)
                paused._lease._held_until = 0.0  # as it is when it wakes
                with pytest.raises(LeaseLost):
                    paused._publish(Note.parse(house.state.signed.read_bytes()))

        assert house.published == 9

    async def test_an_older_checkpoint_does_not_stay(self, house: House) -> None:
        """Should one that was paused in the very act of publishing put an older one back, the newer one comes again."""
        await house.seal(3)
        older = (house.tiles / "checkpoint").read_bytes()
        await grow(house.log, 5)
        async with house.running() as task:
            await house.until(lambda: house.published == 5, task)
            (house.tiles / "checkpoint").write_bytes(older)
            await house.until(lambda: house.published == 5, task)

    async def test_each_with_folders_of_its_own(self, house: House) -> None:
        """One that takes over with older folders, or none, first arrives at the tree that was signed."""
        await house.seal(300)
        other = house.elsewhere()
        await other.seal(310)

        other.check(await entries_of(house.log))

    async def test_with_another_log(self, house: House) -> None:
        """One whose log would give another tree signs nothing."""
        await house.seal(300)
        other = house.elsewhere()
        other.log = MemoryLog("governance")
        await grow(other.log, 400, salt="other")

        assert "gives another root for 300 entries than was signed" in await other.fault()
        assert other.published == -1

    async def test_with_a_shorter_log(self, house: House) -> None:
        """One whose log does not reach what was signed signs nothing."""
        await house.seal(300)
        other = house.elsewhere()
        other.log = MemoryLog("governance")
        await grow(other.log, 200)

        assert "ends at 200, and 300 entries of it are sealed" in await other.fault()

    async def test_the_key_is_rotated_by_nobody_meanwhile(self, house: House) -> None:
        """What needs the folder for itself says that a sealer works there."""
        async with house.sealer():
            with pytest.raises(SealerRuns, match="stop it first"), house.state.taken():
                pass

        with house.state.taken():
            pass  # it is gone


class TestRefusing:
    """Each of these is a start of a sealer where something was changed behind its back."""

    @pytest.fixture
    async def sealed(self, house: House) -> House:
        """A log of 600 entries that was sealed at 300 and 600."""
        await house.seal(300)
        await house.seal(600)
        return house

    async def test_a_log_that_was_rolled_back(self, sealed: House) -> None:
        """A log shorter than what is sealed was cut, or comes from an older copy."""
        sealed.log = MemoryLog("governance")
        await grow(sealed.log, 599)

        assert (await sealed.fault()).startswith("The log governance ends at 599, and 600 entries of it are sealed")

    async def test_a_log_that_was_rolled_back_and_went_on(self, sealed: House) -> None:
        """Other entries in the place of those that were sealed are found, though the log is long enough."""
        sealed.log = MemoryLog("governance")
        await grow(sealed.log, 590)
        await grow(sealed.log, 700, salt="other")

        assert (await sealed.fault()).startswith("The entry governance:591 is not what its tiles hold")
        assert sealed.published == 600

    async def test_a_log_that_was_rolled_back_while_it_was_away(self, house: House) -> None:
        """A log that does not answer for a while may come back as an older copy: it is looked at anew."""
        away = AwayAtFirst("governance")
        house.log = away
        await grow(away, 10)
        async with house.running() as task:
            await house.until(lambda: house.published == 10, task)
            await away.become_another(20)
            with pytest.raises(BaseExceptionGroup, match="unhandled") as caught:
                await house.until(lambda: False, task)

        assert "governance:1 is not what its tiles hold" in str(caught.value.exceptions[0])
        assert house.published == 10

    async def test_a_gap(self, sealed: House) -> None:
        """Behind a gap nothing is sealed."""
        await grow(sealed.log, 610)
        sealed.log.lose(605)

        assert "position 605 is missing" in await sealed.fault()
        assert sealed.published == 600

    @pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
    async def test_a_changed_tile(self, sealed: House, path: str) -> None:
        """One bit changed in any tile of hashes is found before anything is signed."""
        flip(sealed, path)

        assert "Nothing was signed" in await sealed.fault()

    async def test_a_changed_entry(self, sealed: House) -> None:
        """So is one in the newest bundle."""
        flip(sealed, "tile/entries/002.p/88")

        assert "are not those of their hashes" in await sealed.fault()

    @pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/002.p/88", "tile/1/000.p/2"])
    async def test_a_missing_tile(self, sealed: House, path: str) -> None:
        """A tile that was signed for is there."""
        (sealed.tiles / path).unlink()

        assert (await sealed.fault()).startswith(f"The tile {sealed.tiles / path}".removesuffix(".p/88")[:40])

    async def test_other_tiles(self, sealed: House) -> None:
        """Tiles that agree among themselves and not with what was signed are refused."""
        other = House(sealed.tiles.parent / "other")
        await grow(other.log, 600, salt="other")
        await other.seal(600)
        shutil.rmtree(sealed.tiles / "tile")
        shutil.copytree(other.tiles / "tile", sealed.tiles / "tile")

        assert "give another root for 600 entries than was signed" in await sealed.fault()

    async def test_entries_that_were_written_and_not_signed(self, sealed: House) -> None:
        """Entries that its tiles hold beyond what was signed were acknowledged: a log without them lost them."""
        bundle = TileFolder(sealed.tiles).place(Tile(-1, 2, 88))
        bundle.with_name("90").write_bytes(bundle.read_bytes() + b"\x00\x01a\x00\x01b")

        assert "ends at 600, and its tiles hold 602 entries" in await sealed.fault()
        await grow(sealed.log, 610)
        assert (await sealed.fault()).startswith("The entry governance:601 is not what its tiles hold")

    async def test_a_lost_state(self, sealed: House) -> None:
        """What was published binds, though the sealer's own memory is gone."""
        sealed.state.signed.unlink()
        flip(sealed, "tile/0/002.p/88")
        flip(sealed, "tile/entries/002.p/88")

        assert "Nothing was signed" in await sealed.fault()

    async def test_an_older_state(self, house: House) -> None:
        """A state from an older backup does not bring an older tree back."""
        await house.seal(300)
        older = house.state.signed.read_bytes()
        await house.seal(600)
        house.state.signed.write_bytes(older)
        house.log = MemoryLog("governance")
        await grow(house.log, 400)

        assert (await house.fault()).startswith("The log governance ends at 400, and 600 entries of it are sealed")

    async def test_two_trees(self, house: House) -> None:
        """A state and a publication that contradict each other are refused."""
        other = House(house.tiles.parent / "other")
        await grow(other.log, 300, salt="other")
        await house.seal(1)
        shutil.copytree(house.secrets, other.secrets)
        await other.seal(300)
        await house.seal(300)
        shutil.copy(other.state.signed, house.state.signed)

        assert "give another root for 300 entries than was signed" in await house.fault()

    @pytest.mark.parametrize("name", ["state", "checkpoint"])
    async def test_a_damaged_checkpoint(self, sealed: House, name: str) -> None:
        """What cannot be read is not taken for nothing."""
        path = sealed.state.signed if name == "state" else sealed.tiles / "checkpoint"
        path.write_bytes(b"damaged")

        assert f"{path} is damaged" in await sealed.fault()

    async def test_a_missing_key(self, sealed: House) -> None:
        """A log that was sealed is not given another key in silence."""
        (sealed.secrets / "log.pem").unlink()

        assert "is missing; restore it from a backup" in await sealed.fault()

    async def test_another_key(self, sealed: House) -> None:
        """Nor is it sealed with a key that is not its own."""
        other = House(sealed.tiles.parent / "other")
        await other.seal(0)
        shutil.copy(other.secrets / "log.pem", sealed.secrets / "log.pem")

        assert "was not signed with the key in log.pem" in await sealed.fault()

    async def test_what_is_well(self, sealed: House) -> None:
        """Where nothing was changed it goes on."""
        await sealed.seal(601)

        sealed.check(await entries_of(sealed.log))
        assert open_note(Note.parse(sealed.state.signed.read_bytes()), [sealed.key])


class AwayAtFirst(MemoryLog):
    """A log that answers one question with silence after it became another."""

    async def become_another(self, size: int) -> None:
        """Hold other entries than before, as a server does that comes back with another disk."""
        await grow(other := MemoryLog("governance"), size, salt="other")
        self._entries, self._is_away = other._entries, True

    _is_away = False

    async def last(self) -> int:
        """Return the last position, or be away once."""
        if self._is_away:
            self._is_away = False
            raise LogUnreachable("The log does not answer.")
        return await super().last()


def flip(house: House, path: str) -> None:
    """Change the last bit of a file."""
    data = (house.tiles / path).read_bytes()
    (house.tiles / path).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
