"""`plaanet export`: one file from which a stranger, without any network, comes to the same findings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import pytest

from libs.node.cli import main
from tests.libs.audit.conftest import decided, place, poll_id, town
from tests.libs.audit.tiled import LOG, publish
from tests.libs.node.test_audit import Keeper, serve, shown

__all__ = ["decided", "poll_id", "serve", "shown", "town"]  # fixtures


@pytest.fixture
def keeper(
    decided: list[bytes], shown: dict[str, Any], serve: Callable[[list[bytes]], Keeper], tmp_path: Path
) -> Keeper:
    """Somebody who serves a sealed log, and the result of the poll in it."""
    keeper = serve(decided)
    keeper.result, keeper.files = {**shown, "declared_position": len(decided)}, tmp_path / "served"
    keeper.files.mkdir()
    publish(keeper.files, decided)
    (keeper.files / "key").write_text(f"{LOG.verifier.vkey}\n")
    return keeper


@pytest.fixture
def poll(decided: list[bytes]) -> str:
    """The poll's id."""
    return str(orjson.loads(decided[place(decided, "PollOpened")])["aggregate_id"])


@pytest.fixture
def bundle(keeper: Keeper, poll: str, tmp_path: Path) -> Path:
    """What was exported."""
    out = tmp_path / "poll.zip"
    assert main(["export", poll, "--url", keeper.url, "--out", str(out)]) == 0
    keeper.files = keeper.result = None
    return out


def altered(bundle: Path, path: str, change: Callable[[bytes], bytes]) -> Path:
    """The bundle with one file in it changed."""
    with ZipFile(bundle) as old, ZipFile(bundle.with_name("altered.zip"), "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == path else data)
    return bundle.with_name("altered.zip")


class TestABundle:
    def test_is_enough(self, bundle: Path, poll: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Seal, count and the result that was shown are audited from the one file."""
        capsys.readouterr()
        assert main(["audit", str(bundle), "--json"]) == 0
        told = orjson.loads(capsys.readouterr().out)

        assert told["is_clean"]
        assert [each["poll_id"] for each in told["polls"]] == [poll]
        assert told["seal"]["key"] == LOG.verifier.vkey

    def test_says_whom_to_trust(self, bundle: Path, tmp_path: Path) -> None:
        """The policy in it names the keys that the log named, for tools that want one."""
        with ZipFile(bundle) as opened:
            (tmp_path / "policy").write_bytes(opened.read("policy"))

        assert main(["audit", str(bundle), "--policy", str(tmp_path / "policy")]) == 0

    def test_with_another_result(self, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A result that is not what the log gives is found."""
        changed = altered(
            bundle, "result.json", lambda data: data.replace(b'"winners":["orchard"]', b'"winners":["wild"]')
        )

        assert main(["audit", str(changed)]) == 1
        assert "[shown-result]" in capsys.readouterr().out

    def test_with_another_ballot(self, bundle: Path, decided: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
        """So is a ballot in it that was changed."""
        path = f"tile/entries/000.p/{len(decided)}"
        changed = altered(bundle, path, lambda data: data.replace(b'["orchard","wild"]', b'["wild","orchard"]', 1))

        assert main(["audit", str(changed)]) == 1
        assert "[tile]" in capsys.readouterr().out

    @pytest.mark.parametrize("cut", [0, 10, 2000])
    def test_that_was_damaged(self, bundle: Path, cut: int) -> None:
        """A file that is no bundle, or not a whole one, is said to be that."""
        bundle.write_bytes(bundle.read_bytes()[:cut])

        assert main(["audit", str(bundle)]) == 2

    def test_that_is_of_something_else(self, tmp_path: Path) -> None:
        """Any other archive is none."""
        with ZipFile(tmp_path / "letters.zip", "w") as letters:
            letters.writestr("letter", "Dear Ana")

        assert main(["audit", str(tmp_path / "letters.zip")]) == 2


class TestExporting:
    def test_leaves_nothing_half_done(self, keeper: Keeper, poll: str, tmp_path: Path) -> None:
        """Where the log has a hole there is no bundle, nor a piece of one; an older one stays."""
        out = tmp_path / "poll.zip"
        out.write_bytes(b"an older one")
        assert keeper.files
        [tile] = keeper.files.glob("tile/0/000.p/*")
        tile.unlink()

        assert main(["export", poll, "--url", keeper.url, "--out", str(out)]) == 1
        assert out.read_bytes() == b"an older one"
        assert not list(tmp_path.glob("*.part"))

    def test_of_what_is_not_sealed(self, keeper: Keeper, poll: str) -> None:
        """Without a seal a bundle would prove nothing; without a result there is nothing to export."""
        files, keeper.files = keeper.files, None
        assert main(["export", poll, "--url", keeper.url]) == 1
        keeper.files, keeper.result = files, None
        assert main(["export", poll, "--url", keeper.url]) == 1
