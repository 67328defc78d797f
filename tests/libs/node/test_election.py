"""`plaanet election`: real elections held again, from nothing to a clean audit."""

import csv
import json
from pathlib import Path

import httpx
import pytest

from libs.contracts.governance import PAPER_BALLOTS_MAX
from libs.node.cli import main
from libs.node.election import BATCH_BYTES_MAX, batches
from libs.node.embedded import EmbeddedNode

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def minneapolis(tmp_path: Path) -> Path:
    """The 80,101 ballots of the mayoral election of 2013, as the city's file has them."""
    data = json.loads((DATA / "minneapolis-2013-mayor.json").read_text(encoding="utf-8"))
    path = tmp_path / "minneapolis-2013-mayor.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["rank1", "Rank2", "rank3"])
        for number, *places in data["lines"]:
            rows.writerows([[data["words"][place] for place in places]] * number)
    return path


def groups_count(url: str) -> int:
    """How many groups a stranger sees."""
    return len(httpx.get(f"{url}/api/v1/groups", params={"limit": 100}).json()["items"])


@pytest.mark.node
class TestElection:
    def test_minneapolis_2013(self, node: EmbeddedNode, minneapolis: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The official outcome: Betsy Hodges, 38,870 in the last round against 24,972; and a clean audit."""
        assert main(["election", str(minneapolis), "--method", "ranked", "--url", node.url]) == 0

        told = capsys.readouterr().out
        assert "BETSY HODGES is elected with 38,870 in the last round against 24,972 for MARK ANDREW." in told
        assert "Everything agrees" in told

    @pytest.mark.parametrize(
        "case",
        [
            ("approval", "a,b\nMonday,Friday\nFriday,\n,Tuesday\n", "Friday is elected with 2"),
            ("single", "id,vote\n1,yes\n2,no\n3,undervote\n", "no and yes are level with 1 each"),
        ],
    )
    def test_other_methods(
        self,
        node: EmbeddedNode,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        case: tuple[str, str, str],
    ) -> None:
        """For approval each column is an approved option, for a single choice there is one column."""
        method, content, expected = case
        path = tmp_path / "week [1].csv"
        path.write_text(content)

        assert main(["election", str(path), "--method", method, "--url", node.url]) == 0
        assert expected in capsys.readouterr().out

    @pytest.mark.parametrize(
        "case",
        [
            ("schulze", [], "Bo is elected, and beats 2 of 2 others."),
            ("borda", [], "Bo is elected with"),
            ("stv", ["--seats", "2"], "Ann and Bo are elected; a seat takes"),
        ],
    )
    def test_rankings(
        self, node: EmbeddedNode, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[str, list[str], str]
    ) -> None:
        """The same lines of choices are counted by every method that takes rankings."""
        method, more, expected = case
        path = tmp_path / "b.csv"
        path.write_text("rank1,rank2\nAnn,Bo\nBo,Ann\nBo,Cy\nCy,Bo\nAnn,Bo\n")

        assert main(["election", str(path), "--method", method, "--url", node.url, *more]) == 0
        assert expected in capsys.readouterr().out

    def test_more_seats_than_there_are_names(
        self, node: EmbeddedNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What cannot be counted is refused before the node hears of it."""
        before = groups_count(node.url)
        path = tmp_path / "b.csv"
        path.write_text("rank1,rank2\nAnn,Bo\n")

        for method, seats in (("stv", "3"), ("ranked", "2")):
            assert main(["election", str(path), "--method", method, "--seats", seats, "--url", node.url]) == 1
        assert "seats" in capsys.readouterr().err
        assert groups_count(node.url) == before

    def test_a_malformed_file_leaves_no_trace(
        self, node: EmbeddedNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The whole file is checked before the node hears of it; the refusal names the line."""
        before = groups_count(node.url)
        path = tmp_path / "b.csv"
        path.write_text("rank1,rank2\nAnn,Bo\n" * 1000 + "Ann\n")

        assert main(["election", str(path), "--method", "ranked", "--url", node.url]) == 1
        assert "Line 2001" in capsys.readouterr().err
        assert groups_count(node.url) == before

    def test_by_a_member(self, node: EmbeddedNode, tmp_path: Path) -> None:
        """A member who is given signs up the first time and in the second time."""
        path = tmp_path / "b.csv"
        path.write_text("rank1,rank2\nAnn,Bo\n")
        who = ["--handle", "greffière", "--password", "trois vélos rouges"]

        for _ in range(2):
            assert main(["election", str(path), "--method", "ranked", "--url", node.url, *who]) == 0
        wrong = [*who[:3], "quatre vélos rouges"]
        assert main(["election", str(path), "--method", "ranked", "--url", node.url, *wrong]) == 1

    def test_no_node(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Where no node is the command says so at once."""
        path = tmp_path / "b.csv"
        path.write_text("rank1,rank2\nAnn,Bo\n")

        assert main(["election", str(path), "--method", "ranked", "--url", "http://127.0.0.1:1"]) == 1
        assert "does not answer" in capsys.readouterr().err


class TestBatches:
    def test_hold_what_one_request_takes(self) -> None:
        """At most so many ballots, at most so many bytes; every ballot once, in order."""
        short, long = ("a",), tuple(f"{number} {'é' * 190}" for number in range(500))
        ballots = [short] * 1201 + [long] * 20
        found = list(batches(ballots))

        assert [ballot for batch in found for ballot in batch] == ballots
        assert max(map(len, found)) == PAPER_BALLOTS_MAX
        assert max(len(json.dumps(batch, ensure_ascii=False).encode()) for batch in found) <= BATCH_BYTES_MAX * 1.01
