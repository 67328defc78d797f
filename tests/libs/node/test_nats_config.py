"""`plaanet nats-config`: a server that others start keeps and forbids what an embedded one does."""

import json
import subprocess
from pathlib import Path

import pytest

from libs.node import permissions
from libs.node.cli import main
from libs.node.nats import find_binary
from libs.node.secret_files import make


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder with secrets."""
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_grants_what_the_table_grants(secrets: Path, tmp_path: Path) -> None:
    """The accounts are those of the table, with the passwords that the processes show."""
    out = tmp_path / "nats.json"

    assert main(["nats-config", "--secrets", str(secrets), "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    passwords = {user: (secrets / f"nats-{user}.txt").read_text() for user in permissions.USERS}
    assert found["accounts"] == permissions.accounts(passwords)
    assert found["jetstream"]["sync_interval"] == "always"
    assert found["http"].startswith("127.0.0.1:")
    assert out.stat().st_mode & 0o777 == 0o600


def test_is_understood_by_the_server(secrets: Path, tmp_path: Path) -> None:
    """nats-server reads the whole, and the accounts from a configuration that includes them."""
    whole, accounts, own = tmp_path / "nats.json", tmp_path / "accounts.json", tmp_path / "own.conf"
    main(["nats-config", "--secrets", str(secrets), "--out", str(whole), "--store", str(tmp_path)])
    main(["nats-config", "--secrets", str(secrets), "--out", str(accounts), "--accounts"])
    own.write_text("port: 4222\ninclude ./accounts.json\n")

    for file in (whole, own):
        looked_at = subprocess.run([find_binary(), "--config", file, "-t"], capture_output=True, text=True, check=False)
        assert looked_at.returncode == 0, looked_at.stderr


@pytest.mark.parametrize("harm", ["missing", "empty"])
def test_says_which_password_it_lacks(secrets: Path, capsys: pytest.CaptureFixture[str], harm: str) -> None:
    """A server without one user's password is not configured at all."""
    lacking = secrets / "nats-geo.txt"
    lacking.write_text("") if harm == "empty" else lacking.unlink()

    assert main(["nats-config", "--secrets", str(secrets)]) == 1
    said = capsys.readouterr()
    assert str(lacking) in said.err
    assert said.out == ""
