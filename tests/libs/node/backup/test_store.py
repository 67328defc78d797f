"""A folder and a bucket keep the same promises: a file is there whole, or not at all."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from libs.node.backup.store import LEFT_BEHIND_S, PARTS, FolderStore, Store, clear_parts, open_store
from libs.node.trouble import NodeTrouble


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3, on this machine; the environment says where it is."""
    moto = pytest.importorskip("moto.server", reason="NOT RUN: moto, which stands in for a bucket, is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "town")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_REGION", "us-east-1")
        httpx.put(f"http://{host}:{port}/town").raise_for_status()
        yield "s3://town/backups/of/a/node"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind in turn: what one promises, both must keep."""
    if request.param == "folder":
        return open_store(str(tmp_path / "not" / "there" / "yet"))
    return open_store(f"{request.getfixturevalue('bucket')}/{tmp_path.name}")


class TestBoth:
    def test_what_is_put_is_there(self, store: Store) -> None:
        """A file is read as it was put, and found with its length below its folder alone."""
        assert store.found("logs") == {}
        store.put("logs/a", b"one")
        store.put("logs/b", bytes(70_000))
        store.put("keys/a", b"")

        assert store.get("logs/a") == b"one"
        assert store.get("logs/b") == bytes(70_000)
        assert {name: found.bytes_count for name, found in store.found("logs").items()} == {
            "logs/a": 3,
            "logs/b": 70_000,
        }
        assert store.found("keys")["keys/a"].age_s < 3_600

    def test_what_was_never_put(self, store: Store) -> None:
        """A file that is not there is said to be so, and may be removed."""
        assert store.get("logs/none") is None
        store.remove("logs/none")

    def test_what_is_put_again(self, store: Store) -> None:
        """The same name put twice holds what came last, whole."""
        store.put("logs/a", b"one and more")
        store.put("logs/a", b"two")

        assert store.get("logs/a") == b"two"

    def test_what_is_removed(self, store: Store) -> None:
        """What is removed is gone."""
        store.put("logs/a", b"one")
        store.remove("logs/a")

        assert store.get("logs/a") is None
        assert store.found("logs") == {}


class TestFolder:
    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What does not fit is said in a sentence, and leaves nothing under its name nor beside it."""
        store = FolderStore(tmp_path)

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(NodeTrouble, match=r"cannot be written to \(No space left on device\)\. This backup is not"):
            store.put("logs/a", b"one")
        assert store.found("logs") == {}
        assert store.found(PARTS) == {}

    def test_a_file_in_the_way(self, tmp_path: Path) -> None:
        """A target that is a file takes nothing."""
        (tmp_path / "file").touch()
        with pytest.raises(NodeTrouble, match="cannot be written to"):
            FolderStore(tmp_path / "file").put("logs/a", b"one")

    def test_what_was_left_behind(self, tmp_path: Path) -> None:
        """What a backup that was ended long ago was writing is cleared away; what is new may be another's work."""
        store = FolderStore(tmp_path)
        old, new = tmp_path / PARTS / "old", tmp_path / PARTS / "new"
        old.parent.mkdir()
        for path in (old, new):
            path.touch()
        past = old.stat().st_mtime - LEFT_BEHIND_S - 60
        os.utime(old, (past, past))

        clear_parts(store)
        assert list(store.found(PARTS)) == [f"{PARTS}/new"]


class TestBucket:
    def test_one_that_is_not_there(self, bucket: str) -> None:
        """A bucket that nobody made is named."""
        store = open_store("s3://nowhere/backups")
        with pytest.raises(NodeTrouble, match="s3://nowhere/backups is not there"):
            store.put("logs/a", b"one")
        with pytest.raises(NodeTrouble, match="s3://nowhere/backups cannot be read"):
            store.found("logs")


class TestCredentials:
    def test_from_a_file(self, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is mounted as a file, as AWS's own tools read it, opens a bucket without a word in the environment."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        file = tmp_path / "credentials"
        file.write_text("[default]\naws_access_key_id = town\naws_secret_access_key = 100%secret\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        store = open_store(f"{bucket}/{tmp_path.name}")
        store.put("logs/a", b"one")

        assert store.get("logs/a") == b"one"

    def test_a_file_that_is_not_there(self, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Then the environment has to say them."""
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        assert open_store(f"{bucket}/{tmp_path.name}").found("logs") == {}

    @pytest.mark.parametrize("text", ["town:secret", "[town]\n", "[default]\naws_access_key_id = town\n"])
    def test_a_file_that_is_none(self, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What cannot be read as credentials is told, without what is in it."""
        (tmp_path / "credentials").write_text(text)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

        with pytest.raises(NodeTrouble, match="is no file of credentials") as refused:
            open_store("s3://town/backups")
        assert "secret" not in str(refused.value).replace("aws_secret_access_key", "")


def test_what_is_neither() -> None:
    """Another kind of address is refused."""
    with pytest.raises(NodeTrouble, match="neither a folder nor an s3:// address"):
        open_store("ftp://town/backups")
