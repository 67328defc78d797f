"""A folder holds one node at a time, and the node keeps its name."""

import stat
from pathlib import Path

import pytest

from libs.node.folder import DEFAULT_NAME, NodeFolder
from libs.node.trouble import NodeTrouble


@pytest.fixture
def folder(tmp_path: Path) -> NodeFolder:
    """A folder in which no node has run."""
    folder = NodeFolder(tmp_path / "data")
    folder.make()
    return folder


class TestTaking:
    def test_by_one_at_a_time(self, folder: NodeFolder) -> None:
        """A second node in the same folder is told who has it."""
        with folder.taken():
            assert folder.is_taken()
            with (
                pytest.raises(NodeTrouble, match=r"A node runs in .*/data already \(process \d+\)"),
                NodeFolder(folder.path).taken(),
            ):
                pass
        assert not folder.is_taken()

    def test_ends_with_the_process(self, folder: NodeFolder) -> None:
        """A lock file that a killed node left behind holds nobody up."""
        (folder.path / "node.lock").write_text("12345")

        with folder.taken():
            assert folder.is_taken()


class TestName:
    def test_is_given_once(self, folder: NodeFolder) -> None:
        """The first start names the node; later ones need not say it again."""
        assert folder.name("crest.example") == "crest.example"
        assert folder.name(None) == "crest.example"
        assert folder.name("crest.example") == "crest.example"

    def test_is_never_changed(self, folder: NodeFolder) -> None:
        """Every receipt bears the name, so it stays."""
        assert folder.name(None) == DEFAULT_NAME
        with pytest.raises(NodeTrouble, match=f"is called {DEFAULT_NAME}"):
            folder.name("other.example")

    @pytest.mark.parametrize("name", ["", "Crest", "crest example", "crest/governance", "-crest", "crest.", "é" * 3])
    def test_is_like_a_hosts(self, folder: NodeFolder, name: str) -> None:
        """What cannot be a host's name cannot be a node's, and nothing is kept of it."""
        with pytest.raises(NodeTrouble, match="cannot be a node's name"):
            folder.name(name)
        assert folder.is_new


class TestStatus:
    def test_is_of_a_running_node(self, folder: NodeFolder) -> None:
        """Who runs is known while the node runs, and only then."""
        with folder.taken():
            folder.write_status({"url": "http://127.0.0.1:1"})
            assert NodeFolder(folder.path).status() == {"url": "http://127.0.0.1:1"}
        assert folder.status() is None

    def test_tells_of_a_killed_node(self, folder: NodeFolder) -> None:
        """A node that was stopped in order leaves nothing; one that was killed leaves what it had written down."""
        with folder.taken():
            folder.write_status({})
            assert not folder.was_killed()
        assert folder.was_killed()
        folder.forget_status()
        assert not folder.was_killed()


def test_its_secrets_are_private(folder: NodeFolder) -> None:
    """Nobody but the owner looks into what the node keeps."""
    for place in (folder.secrets, folder.nats, folder.logs):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_something_in_the_way(tmp_path: Path) -> None:
    """Where a folder cannot be made one sentence says so."""
    (tmp_path / "file").touch()
    with pytest.raises(NodeTrouble, match="in the way"):
        NodeFolder(tmp_path / "file").make()
    with pytest.raises(NodeTrouble, match="cannot be made"):
        NodeFolder(tmp_path / "file" / "data").make()
