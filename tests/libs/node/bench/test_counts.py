"""What the bench counts: an election of a known size, by four methods."""

from pathlib import Path

from libs.node.bench.counts import BALLOTS_COUNT, CANDIDATES_COUNT, counts, election_in, made_election


class TestMadeElection:
    def test_is_the_same_every_time(self) -> None:
        """Figures of two days are of the same ballots."""
        options, ballots = made_election()

        assert (options, ballots) == made_election()
        assert len(options) == CANDIDATES_COUNT
        assert sum(ballots.values()) == BALLOTS_COUNT


class TestCounts:
    def test_counts_every_ballot_of_a_file_by_each_method(self, tmp_path: Path) -> None:
        """What is timed is a count of all ballots, and says whom it elects."""
        file = tmp_path / "small.csv"
        file.write_text("first,second\n" + "Oak,Elm\n" * 3 + "Elm,Oak\n" * 2 + "Ash,Oak\n")

        found = counts(election_in(file))

        assert (found["ballots"], found["distinct"]) == (6, 3)
        assert {method: set(way["winners"]) for method, way in found["by"].items()} == {
            "ranked": {"Oak"},
            "schulze": {"Oak"},
            "stv": {"Oak", "Elm", "Ash"},
            "judgment": {"Oak"},
        }
