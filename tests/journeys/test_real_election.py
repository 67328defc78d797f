"""
A real election, sealed, witnessed by others, taken away in one file, and checked far from the node that held it.

The mayoral election of Minneapolis, 2013: 80,101 ballots. Two witnesses stand beside the node; then node and witnesses
are gone, and all that is left is the file, the auditor and a verifier in another language.
"""

import re
import zipfile
from pathlib import Path

import pytest

from libs.node.cli import main
from libs.node.embedded import EmbeddedNode, EmbeddedWitness, witnessed_by
from tests.conftest import GENEROUS
from tests.journeys.people import plaanet
from tests.libs.node.test_election import minneapolis
from tests.outsiders.test_verify import Verify, verify

__all__ = ["minneapolis", "verify"]

pytestmark = [pytest.mark.node, pytest.mark.slow]


def held(folder: Path, ballots: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path, list[str]]:
    """Hold the election with two witnesses; return the exported file, whom a stranger trusts, and their keys."""
    node = EmbeddedNode(folder / "node", settings=GENEROUS)
    with node:
        log_key = (node.folder.tiles / "key").read_text().splitlines()[0]
    witnesses = [EmbeddedWitness(folder / f"w{n}", f"w{n}.example", log_key) for n in (1, 2)]
    try:
        lines = [witness.start() for witness in witnesses]
        node.folder.witnesses_policy.write_text(witnessed_by(lines))
        trusted = folder / "trusted.policy"
        trusted.write_text(f"log {log_key}\n{witnessed_by(lines)}")
        with node:
            assert main(["election", str(ballots), "--method", "ranked", "--url", node.url]) == 0
            told = capsys.readouterr().out
            assert "BETSY HODGES is elected with 38,870 in the last round against 24,972 for MARK ANDREW." in told
            poll_id = re.search(r"The poll ([0-9a-f-]{36}) is closed", told)
            assert poll_id, told
            bundle = folder / "election.zip"
            assert main(["export", poll_id[1], "--url", node.url, "--out", str(bundle)]) == 0
    finally:
        for witness in witnesses:
            witness.stop()
    return bundle, trusted, [log_key, *(line.split(" ")[2] for line in lines)]


def test_minneapolis_2013_witnessed_and_audited_offline(
    node_folder: Path, minneapolis: Path, verify: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody who has the file needs the node: `plaanet audit` and the verifier in Go reach the same log and result."""
    bundle, trusted, keys = held(node_folder / "minneapolis", minneapolis, capsys)

    audited = plaanet("audit", bundle, "--policy", trusted)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "BETSY HODGES" in audited.stdout
    assert all(f"w{n}.example" in audited.stdout for n in (1, 2))
    verified = verify("-index=0", bundle, *keys)
    assert (verified.returncode, verified.stderr) == (0, "")

    altered = with_one_other_byte(bundle)
    assert plaanet("audit", altered, "--policy", trusted).returncode == 1
    assert verify(altered, *keys).returncode == 1


def with_one_other_byte(bundle: Path) -> Path:
    """The same file, in which one byte of one ballot is another."""
    altered = bundle.with_name("altered.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(altered, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("tile/entries/000"):
                data = data.replace(b"MARK ANDREW", b"MARC ANDREW", 1)
            new.writestr(name, data)
    return altered
