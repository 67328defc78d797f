"""
What runs on the reader's device, run by Node.js: the recount, against this project's own count, audit and sealer.

The scripts are tested by scripts (`*.test.mjs`); what they are compared with is made here.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from libs.node.web import node_command
from tests.gateway.web.islands.sealed_logs import Vote, export, frauds, seal, votes
from tests.gateway.web.islands.vectors import counts, delegations

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything is that scripts are compared with."""
    return tmp_path_factory.mktemp("islands")


def run(script: str, made: Path) -> None:
    """Run one file of tests with Node.js; fail with its own words, and where it tested nothing."""
    command = [*node_command(), "--test", "--test-reporter=tap", str(HERE / script)]
    env = {"PLAANET_VECTORS": str(made), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "# pass 0" not in said
    assert "# skipped 0" in said


def fact(vote: Vote, folder: Path) -> dict[str, Any]:
    """What a script is told of a vote whose log it reads."""
    return {
        "name": vote.name,
        "folder": str(folder),
        "poll_id": str(vote.poll_id),
        "key": vote.key,
        "group_key": vote.group_key,
        "position": vote.position,
        "rules": sorted({rule for rule, _ in vote.rules()}),
    }


def shown(entries: list[bytes]) -> dict[str, Any]:
    """What a node shows of the result that *entries* declare."""
    said = [orjson.loads(entry) for entry in entries]
    declared = next(each["data"] for each in said if each["name"] == "ResultDeclared")
    rounds = [round_ for each in said if each["name"] == "RoundsCounted" for round_ in each["data"]["rounds"]]
    return {**declared, "rounds": rounds, "declared_position": len(entries)}


def test_the_count_is_that_of_the_tally(made: Path) -> None:
    """Every method, polls drawn at random, ties and numbers beyond what a script's own numbers hold."""
    (made / "vectors.json").write_text(json.dumps({"counts": counts(120), "delegations": delegations(200)}))

    run("tally.test.mjs", made)


def test_hashes_and_signatures(made: Path) -> None:
    """SHA-256, SHA-1, Ed25519 and the forms of bytes and JSON, against Node.js's own."""
    run("bytes.test.mjs", made)


async def test_the_recount_finds_what_the_audit_finds(made: Path) -> None:
    """Votes of every kind; and whatever a keeper does to any entry, who recounts on a phone sees it, too."""
    honest, dishonest = [], []
    opened: list[bytes] = []
    async for vote in votes():
        opened = opened or vote.entries
        folder = made / vote.name
        seal(folder, vote)
        export(folder, vote, made / f"{vote.name}.zip")
        honest.append(fact(vote, folder))
    async for vote in votes(seed_from="close"):
        if vote.name in ("group", "kept"):
            continue  # sealed as what is hidden is, and for ever
        for number, fraud in enumerate(frauds(vote)):
            folder = made / "frauds" / f"{vote.name}-{number}"
            seal(folder, fraud)
            dishonest.append(fact(fraud, folder))
    assert all(not each["rules"] for each in honest)
    assert sum(bool(each["rules"]) for each in dishonest) > 250
    (made / "shown.json").write_text(json.dumps(shown(opened)))
    (made / "votes.json").write_text(json.dumps({"honest": honest, "dishonest": dishonest}))

    run("recount.test.mjs", made)
