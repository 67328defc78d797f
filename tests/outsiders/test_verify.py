"""
A verifier in another language, on other people's code, reads what this project wrote, and finds what was changed.

It is `verify.go` beside this file, on Go's own `sumdb/tlog` and `sumdb/note`: Debian's `golang-go` and
`golang-golang-x-mod-dev`, which `.ci/run` installs.
"""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.audit.policy import Group, Policy
from libs.audit.proofs import TlogProof
from libs.audit.tiles import TileFolder
from tests.libs.audit.sealer.conftest import House
from tests.libs.audit.tiled import LOG, WITNESSES, publish, some_entries

SOURCE = Path(__file__).with_name("verify.go")
GOCODE = Path("/usr/share/gocode")
KEYS = (LOG.verifier.vkey, *(witness.verifier.vkey for witness in WITNESSES))

Verify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """The verifier, built."""
    if not shutil.which("go") or not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").exists():
        pytest.skip(
            "NOT RUN: the independent verifier needs Go (Debian: apt-get install golang-go golang-golang-x-mod-dev)"
        )
    folder = tmp_path_factory.mktemp("verifier")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOCODE), "GOCACHE": str(folder / "cache")}
    built = subprocess.run(
        ["go", "build", "-o", folder / "verify", SOURCE], check=False, env=environment, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(folder / "verify"), *map(str, arguments)]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000, 70_000])
def test_a_log_is_right(verify: Verify, tmp_path: Path, size: int) -> None:
    """Signatures, every tile, the root, inclusion of the first, the last and one between."""
    publish(tmp_path, some_entries(size))

    done = verify(*(f"-index={index}" for index in (0, size // 2, size - 1)), tmp_path, *KEYS)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{size} entries and" in done.stdout
    assert f"entry {size - 1} is in the log" in done.stdout


async def test_what_the_sealer_wrote(verify: Verify, tmp_path: Path) -> None:
    """Checkpoint by checkpoint, as the sealer published them and its witnesses cosigned: each extends those before."""
    house = House(tmp_path / "house")
    witnesses = house.witnessed("w1", "w2", quorum="w1")
    house.policy = Policy(witnesses=house.policy.witnesses, groups={"both": Group(2, ("w1", "w2"))}, quorum="both")
    kept: list[Path] = []

    for size in (3, 256, 300, 1000):
        await house.seal(size)
        kept.append(tmp_path / f"at-{size}")
        kept[-1].write_bytes((house.tiles / "checkpoint").read_bytes())

    keys = (house.key.vkey, *(each.signer.verifier.vkey for each in witnesses.values()))
    done = verify("-index=0", "-index=999", *(f"-old={path}" for path in kept), house.tiles, *keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1000 entries and" in done.stdout


@pytest.mark.parametrize("old_size", [1, 255, 256, 999, 1000])
def test_it_extends_an_older_one(verify: Verify, tmp_path: Path, old_size: int) -> None:
    """A checkpoint that somebody kept is a beginning of the log."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "note").write_bytes(publish(kept, some_entries(old_size)))
    publish(tmp_path, some_entries(1000))

    done = verify(f"-old={kept / 'note'}", tmp_path, *KEYS)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"of {old_size} entries" in done.stdout


def test_another_history_does_not_pass(verify: Verify, tmp_path: Path) -> None:
    """The log was rewritten, and signed again by everybody: a kept checkpoint gives it away."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "note").write_bytes(publish(kept, some_entries(700)))
    publish(tmp_path, [*some_entries(600), b"another", *some_entries(1000)[601:]])

    assert verify(tmp_path, *KEYS).returncode == 0
    assert verify(f"-old={kept / 'note'}", tmp_path, *KEYS).returncode == 1


@pytest.mark.parametrize("index", [0, 255, 256, 999])
def test_a_kept_proof_holds(verify: Verify, tmp_path: Path, index: int) -> None:
    """What a voter keeps is enough for other people's tools; of another entry it proves nothing."""
    log = tmp_path / "log"
    checkpoint = publish(log, some_entries(1000))
    proof = TlogProof.make(index, checkpoint, TileFolder(log).hashes(1000)).encode()
    (tmp_path / "mine.tlog-proof").write_bytes(proof)
    (tmp_path / "other.tlog-proof").write_bytes(proof.replace(f"index {index}\n".encode(), b"index 77\n"))

    right = verify(f"-proof={tmp_path / 'mine.tlog-proof'}", log, *KEYS)

    assert (right.returncode, right.stderr) == (0, "")
    assert f"proves entry {index}" in right.stdout
    assert verify(f"-proof={tmp_path / 'other.tlog-proof'}", log, *KEYS).returncode == 1


def test_a_zip_file_is_as_good(verify: Verify, tmp_path: Path) -> None:
    """One file, anywhere in it, offline."""
    publish(tmp_path / "log", some_entries(1000))
    with zipfile.ZipFile(tmp_path / "log.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for path in (tmp_path / "log").rglob("*"):
            file.write(path, Path("tiles") / path.relative_to(tmp_path / "log"))

    done = verify("-sub=tiles", "-index=7", tmp_path / "log.zip", *KEYS)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("file", ["tile/entries/001", "tile/0/001", "tile/0/003.p/232", "tile/1/000.p/3", "checkpoint"])
def test_one_byte_is_found(verify: Verify, tmp_path: Path, file: str) -> None:
    """In whichever file one bit is another, also where no proof that is asked for looks."""
    publish(tmp_path, some_entries(1000))
    path = tmp_path / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    done = verify("-index=0", tmp_path, *KEYS)

    assert done.returncode == 1
    assert done.stderr.startswith("verify: ")


@pytest.mark.parametrize("missing", [1, 2])
def test_every_witness_must_have_cosigned(verify: Verify, tmp_path: Path, missing: int) -> None:
    """A checkpoint without the line of a witness that is asked for does not pass."""
    publish(tmp_path, some_entries(10), signers=[LOG, *WITNESSES][: 3 - missing])

    assert verify(tmp_path, *KEYS[: 3 - missing]).returncode == 0
    assert "has not signed" in verify(tmp_path, *KEYS).stderr
