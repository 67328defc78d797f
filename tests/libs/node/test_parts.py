"""What a node's processes are given before they start."""

from pathlib import Path

from libs.node.folder import NodeFolder
from libs.node.parts import Parts
from libs.node.permissions import PROCESSES, SEALER


def test_the_sealer_gets_the_key_that_governance_had(tmp_path: Path) -> None:
    """A node from before there was a sealer keeps its log's key, which auditors may have pinned."""
    folder = NodeFolder(tmp_path)
    folder.make()
    former, own = (folder.secrets / name / "log.pem" for name in ("governance", SEALER))
    former.parent.mkdir(mode=0o700)
    former.write_text("the key")
    parts = Parts(folder, node_name="node.example", host="127.0.0.1", port=0)

    parts._hand_over_log_key()
    assert own.read_text() == "the key"
    assert own.parent.stat().st_mode & 0o777 == 0o700
    assert not former.exists()

    former.write_text("another, from an old backup")
    parts._hand_over_log_key()
    assert own.read_text() == "the key"


def test_everybody_may_read_what_is_sealed_and_nobody_the_rest(tmp_path: Path) -> None:
    """Of a node's folder only the tiles are open to other users of the machine."""
    folder = NodeFolder(tmp_path / "data")
    folder.make()

    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.path.iterdir() if path.is_dir()}
    assert modes.pop("tiles") == 0o755
    assert set(modes.values()) == {0o700}


def test_the_sealer_only_reads_and_only_the_vote_log() -> None:
    """The process with the log's key can neither write to it nor ask anybody anything."""
    sealer = PROCESSES[SEALER]

    assert sealer.reads == ("governance",)
    assert (sealer.writes, sealer.asks, sealer.sends) == (None, (), ())
