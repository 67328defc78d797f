"""Whoever runs a node sees its keys, and can give its log a new one while the node is stopped."""

from pathlib import Path

import pytest

from libs.audit.notes import Note, Verifier, open_note
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.opening import open_log
from libs.audit.sealer.state import State
from libs.node.cli import main
from libs.node.folder import NodeFolder


@pytest.fixture
def folder(tmp_path: Path) -> NodeFolder:
    """The folder of a node whose log is sealed, without entries."""
    folder = NodeFolder(tmp_path / "data")
    folder.make()
    name = folder.name("node.example")
    with State(folder.sealer).taken():
        opened = open_log(
            f"{name}/governance",
            tiles=folder.tiles,
            secrets=folder.secrets / "sealer",
            state=State(folder.sealer),
            disk=Disk(folder.tiles),
        )
    (folder.tiles / "key").write_text(f"{opened.signer.verifier.vkey}\n")
    return folder


def test_show(folder: NodeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """The public keys are printed as they are published."""
    assert main(["key", "show", "--data", str(folder.path)]) == 0
    assert Verifier.parse(capsys.readouterr().out.strip()).name == "node.example/governance"


def test_show_before_there_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a node that never sealed, and of what is no node, that is said."""
    assert main(["key", "show", "--data", str(tmp_path)]) == 1
    assert "No node has ever run" in capsys.readouterr().err
    new = NodeFolder(tmp_path / "data")
    new.make()
    new.name(None)
    assert main(["key", "show", "--data", str(new.path)]) == 1
    assert "has no key yet" in capsys.readouterr().err


def test_rotate(folder: NodeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """The new key is named, and the old one's last word is published."""
    former = Verifier.parse((folder.tiles / "key").read_text().strip())
    assert main(["key", "rotate", "--data", str(folder.path)]) == 0

    said = capsys.readouterr().out
    new = Verifier.parse((folder.tiles / "key").read_text().strip())
    assert former.vkey in said
    assert new.vkey in said
    last = Note.parse((folder.tiles / "rotation" / former.key_id.hex()).read_bytes())
    assert {each.by for each in open_note(last, [former, new])} == {former, new}


def test_rotate_while_the_node_runs(folder: NodeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """A running node keeps its key."""
    with folder.taken():
        assert main(["key", "rotate", "--data", str(folder.path)]) == 1

    assert "The node runs; stop it" in capsys.readouterr().err
    assert not (folder.tiles / "rotation").exists()


def test_rotate_what_does_not_agree(folder: NodeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Where tiles and key do not agree nothing is rotated."""
    (folder.tiles / "checkpoint").write_text("damaged")

    assert main(["key", "rotate", "--data", str(folder.path)]) == 1
    assert "The key was not rotated" in capsys.readouterr().err
