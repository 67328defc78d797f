"""What a node keeps in files: called the same wherever it stands."""

from pathlib import Path

from libs.node.belongings import Belongings
from libs.node.folder import NodeFolder
from libs.node.secret_files import make


def folder(path: Path) -> NodeFolder:
    """A node's folder with something of each kind."""
    found = NodeFolder(path / "data")
    found.make()
    found.name("node.example")
    make(found.secrets, may_add=True)
    (found.secrets / ".half.part").touch()
    for name in ("tiles/checkpoint", "tiles/key", "tiles/rotation/1", "tiles/tile/0/000", "sealer/signed"):
        (found.path / name).parent.mkdir(parents=True, exist_ok=True)
        (found.path / name).write_text(name)
    found.witnesses_policy.write_text("quorum none\n")
    return found


def test_what_follows_from_the_log_is_not_among_them(tmp_path: Path) -> None:
    """Keys, passwords, what was signed and the policy are copied; tiles are made again, and halves are nobody's."""
    contents = dict(Belongings.of(folder(tmp_path)).contents())

    assert {name for name in contents if not name.startswith("secrets/")} == {
        "name",
        "witnesses.policy",
        "tiles/checkpoint",
        "tiles/key",
        "tiles/rotation/1",
        "sealer/signed",
    }
    assert {"secrets/nats-admin.txt", "secrets/governance/ballots.key"} <= contents.keys()
    assert "secrets/.half.part" not in contents


def test_what_a_cluster_mounts_is_called_the_same(tmp_path: Path) -> None:
    """A volume of secrets is links into a folder of this moment: each is read once, by its name in the volume."""
    plain = folder(tmp_path)
    mounted = tmp_path / "mounted"
    moment = mounted / "..2026_11_26"
    moment.parent.mkdir()
    plain.secrets.rename(moment)
    (mounted / "..data").symlink_to(moment.name)
    for each in [*moment.iterdir()]:
        (mounted / each.name).symlink_to(Path("..data", each.name))
    elsewhere = Belongings("node.example", mounted, plain.tiles, plain.sealer, plain.witnesses_policy)
    linked = [*elsewhere.contents()]

    for each in mounted.iterdir():
        if each.is_symlink():
            each.unlink()
    moment.rename(plain.secrets)
    assert sorted(linked) == sorted(Belongings.of(plain).contents())


def test_a_policy_that_is_not_there(tmp_path: Path) -> None:
    """A node without witnesses, or whose environment names no policy, has one file less."""
    plain = folder(tmp_path)
    plain.witnesses_policy.unlink()
    nowhere = Belongings("node.example", plain.secrets, plain.tiles, plain.sealer, None)

    assert [*nowhere.contents()] == [*Belongings.of(plain).contents()]
