"""What goes into a backup is closed, and opens with the right key alone."""

from pathlib import Path

import pytest

from libs.node.backup.chest import Chest, Opener, check_recipient, new_key
from libs.node.backup.manifest import KEYS, LOGS
from libs.node.backup.store import FolderStore
from libs.node.trouble import NodeTrouble

SECRET = b"a key that nobody may read" * 10


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """An empty place."""
    return FolderStore(tmp_path / "backups")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A private key."""
    path = tmp_path / "age.key"
    path.write_text(new_key()[0])
    return path


def chest(store: FolderStore, key_file: Path, *, mark_key: bytes = b"mark") -> Chest:
    """A chest for the owner of the key."""
    recipient = key_file.read_text().splitlines()[0].rpartition(" ")[2]
    return Chest(store, [recipient], mark_key=mark_key, kept={**store.found(LOGS), **store.found(KEYS)})


class TestPut:
    def test_it_is_closed(self, store: FolderStore, key_file: Path, tmp_path: Path) -> None:
        """Nothing of the content lies open in the store, compressed or not; the key's owner reads it."""
        piece = chest(store, key_file).put(KEYS, SECRET)
        lies_there = store.get(piece.name)

        assert lies_there is not None
        assert lies_there.startswith(b"age-encryption.org/v1\n")
        assert SECRET[:10] not in lies_there
        assert Opener(store, key_file).open("a key", piece) == SECRET

    def test_what_did_not_change(self, store: FolderStore, key_file: Path) -> None:
        """The same content is not copied again, and other content is."""
        first = chest(store, key_file).put(LOGS, SECRET)
        again = chest(store, key_file)

        assert again.put(LOGS, SECRET, [first]) == first
        assert again.put_bytes_count == 0
        assert again.put(LOGS, SECRET + b".", [first]) != first

    def test_what_did_not_change_and_is_gone(self, store: FolderStore, key_file: Path) -> None:
        """A file of an earlier backup that is gone, or shorter than it was, is copied again."""
        first = chest(store, key_file).put(LOGS, SECRET)
        path = Path(store.name) / first.name
        path.write_bytes(path.read_bytes()[:-1])
        second = chest(store, key_file).put(LOGS, SECRET, [first])
        path.unlink()
        third = chest(store, key_file).put(LOGS, SECRET, [first])

        assert len({first.name, second.name, third.name}) == 3
        assert Opener(store, key_file).open("a log", third) == SECRET

    def test_marks_say_nothing_to_others(self, store: FolderStore, key_file: Path) -> None:
        """Whoever lacks the node's key cannot tell from a mark whether they guessed the content."""
        assert chest(store, key_file).mark(SECRET) != chest(store, key_file, mark_key=b"other").mark(SECRET)


class TestOpen:
    def test_with_another_key(self, store: FolderStore, key_file: Path, tmp_path: Path) -> None:
        """Another key opens nothing, and is named."""
        piece = chest(store, key_file).put(KEYS, SECRET)
        other = tmp_path / "other.key"
        other.write_text(new_key()[0])

        with pytest.raises(NodeTrouble, match=r"other\.key does not open .*keys/.* \(a key\)"):
            Opener(store, other).open("a key", piece)

    def test_one_of_several_keys(self, store: FolderStore, key_file: Path) -> None:
        """A file of keys may hold several."""
        piece = chest(store, key_file).put(KEYS, SECRET)
        key_file.write_text(new_key()[0] + key_file.read_text())

        assert Opener(store, key_file).open("a key", piece) == SECRET

    @pytest.mark.parametrize("at", [0, 100, -1])
    def test_what_was_changed(self, store: FolderStore, key_file: Path, at: int) -> None:
        """One changed byte anywhere is found, and the file is named."""
        piece = chest(store, key_file).put(LOGS, SECRET)
        path = Path(store.name) / piece.name
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

        with pytest.raises(NodeTrouble, match=rf"{piece.name} \(log geo\) is not what was written"):
            Opener(store, key_file).open("log geo", piece)

    def test_what_is_missing(self, store: FolderStore, key_file: Path) -> None:
        """A file that is gone is named."""
        piece = chest(store, key_file).put(LOGS, SECRET)
        store.remove(piece.name)

        with pytest.raises(NodeTrouble, match=rf"{piece.name} \(log geo\) is missing"):
            Opener(store, key_file).open("log geo", piece)

    @pytest.mark.parametrize("text", ["", "# nothing\n", "AGE-SECRET-KEY-1NONE\n", "hello\n"])
    def test_no_key(self, store: FolderStore, tmp_path: Path, text: str) -> None:
        """A file without a key is refused before anything is read."""
        (tmp_path / "no.key").write_text(text)
        with pytest.raises(NodeTrouble, match="private key of age"):
            Opener(store, tmp_path / "no.key")


def test_a_recipient_that_is_none() -> None:
    """A public key with a slip in it is refused: nobody could open what is closed for it."""
    _, public = new_key()
    assert check_recipient(public) == public
    with pytest.raises(NodeTrouble, match="no public key of age"):
        check_recipient(public[:-1] + ("q" if public[-1] != "q" else "p"))
