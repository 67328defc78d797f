"""`plaanet secrets`: all that a node's parts need, random, for their owner alone, and never written over."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from libs.audit.notes import Signer
from libs.node.cli import main
from libs.node.permissions import USERS
from libs.node.secret_files import KEYS, UID, make
from services.governance.app import secret
from services.identity.app import KEY_FILE, token_key


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with secrets."""
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_are_for_their_owner_alone(folder: Path) -> None:
    """No other user of the machine can read a secret, or list which there are."""
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()}

    assert modes == {0o600}
    assert folders == {0o700}


def test_differ_from_each_other_and_from_another_node(folder: Path, tmp_path: Path) -> None:
    """No two secrets are alike, here or anywhere."""
    make(tmp_path / "another")
    every = [*contents(folder).values(), *contents(tmp_path / "another").values()]

    assert len(set(every)) == len(every)
    assert min(map(len, every)) >= 32


def test_everybody_on_nats_has_a_password(folder: Path) -> None:
    """A user that a release adds to the table of permissions is not forgotten here."""
    assert {f"nats-{user}.txt" for user in USERS} <= set(contents(folder))


def test_the_services_take_the_keys_as_theirs(folder: Path) -> None:
    """Identity, governance and the sealer find the keys that they would have made, and make none of their own."""
    before = contents(folder)

    token_key(folder / "identity")
    for name in ("pseudonyms.key", "ballots.key"):
        secret(folder / "governance", name)
    Signer.load("node.example/governance", folder / "sealer" / "log.pem")

    assert contents(folder) == before
    assert f"identity/{KEY_FILE}" in KEYS


def test_are_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second call changes nothing, and says how to make what an upgrade asks for."""
    before = contents(folder)

    assert main(["secrets", str(folder)]) == 1
    assert "--add" in capsys.readouterr().err
    assert contents(folder) == before


def test_what_is_missing_can_be_added(folder: Path) -> None:
    """After an upgrade that needs one secret more, that one is made and the others stay."""
    before = contents(folder)
    lost = folder / "nats-sealer.txt"
    lost.unlink()

    assert make(folder, may_add=True) == [lost]
    after = contents(folder)
    assert after.pop(lost.name) != before.pop(lost.name)
    assert after == before


def test_two_calls_at_once_leave_one_set(tmp_path: Path) -> None:
    """What one call has made the other never replaces: who was told a password can rely on it."""
    folder = tmp_path / "secrets"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: make(folder, may_add=True), range(8)))

    assert set(contents(folder)) == {str(p.relative_to(folder)) for p in folder.rglob("*.txt")} | set(KEYS)


class TestBesideCompose:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        """A folder with a docker-compose.yml."""
        (tmp_path / "docker-compose.yml").touch()
        return tmp_path

    def test_says_who_runs_the_containers(self, project: Path) -> None:
        """Compose learns from `.env` whose the secrets are; it is never root, who can do all else."""
        assert main(["secrets", str(project / "secrets"), "--name", "town.example"]) == 0

        said = dict(line.split("=") for line in (project / ".env").read_text().splitlines())
        owner = (project / "secrets" / "nats-geo.txt").stat().st_uid
        assert said["PLAANET_UID"] == str(owner) != "0"
        assert said["PLAANET_NODE_NAME"] == "town.example"

    def test_keeps_what_an_operator_wrote(self, project: Path) -> None:
        """Ports and limits in `.env` stay as they are, and a name that was settled stays settled."""
        (project / ".env").write_text(f"# ours\nPLAANET_PORT=9000\nPLAANET_UID={UID}\nPLAANET_NODE_NAME=town.example\n")

        assert main(["secrets", str(project / "secrets")]) == 0
        lines = (project / ".env").read_text().splitlines()
        assert lines[:4] == ["# ours", "PLAANET_PORT=9000", f"PLAANET_UID={UID}", "PLAANET_NODE_NAME=town.example"]
        assert len(lines) == 5

    def test_a_node_is_not_renamed(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Receipts name the node as it was called when they were given."""
        (project / ".env").write_text("PLAANET_NODE_NAME=town.example\n")

        assert main(["secrets", str(project / "secrets"), "--name", "city.example"]) == 1
        assert "cannot be renamed" in capsys.readouterr().err


def test_a_name_that_is_none_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """A name with a slash would be half of a log's name in every proof."""
    assert main(["secrets", str(tmp_path / "secrets"), "--name", "a/b"]) == 1
    assert not (tmp_path / "secrets").exists()
