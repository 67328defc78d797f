"""Files of ballots: what is read from good ones, and what is said of bad ones."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.node.ballot_file import BallotFile, How, MalformedFile, read_ballots

Read = Callable[..., BallotFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads *content* as if it stood in a file called *name*."""

    def read(content: str | bytes, *, name: str = "b.csv", method: str = "ranked", **how: object) -> BallotFile:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_ballots(path, How(method, **how))  # type: ignore[arg-type]

    return read


class TestGoodFiles:
    def test_a_row_is_a_ballot(self, read: Read) -> None:
        """In the order of the columns, names are ranks; nothing is added."""
        file = read("rank1,rank2\nAnn,Bo\nBo,\n,Ann\n")

        assert file.ballots == [("Ann", "Bo"), ("Bo",), ("Ann",)]
        assert file.options == ("Ann", "Bo")
        assert file.columns == ("rank1", "rank2")

    def test_marks_blanks_and_repeats_are_passed_over(self, read: Read) -> None:
        """A ballot of nothing else is blank, and is a ballot."""
        file = read("1,2,3\nundervote,Ann,Bo\nAnn,Ann,Bo\nOVERVOTE,uwi, \nBo,,Ann\n")

        assert file.ballots == [("Ann", "Bo"), ("Ann", "Bo"), (), ("Bo", "Ann")]
        assert file.blank_count == 1

    def test_other_marks(self, read: Read) -> None:
        """What the caller names replaces what is usual."""
        file = read("1,2\nskipped,Ann\nundervote,Bo\n", marks=("Skipped",))

        assert file.ballots == [("Ann",), ("undervote", "Bo")]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
    def test_as_spreadsheets_write_them(self, read: Read, delimiter: str, end: str, start: bytes) -> None:
        """Delimiters, line ends and a byte order mark are found out; lines may be empty at the end."""
        lines = [f"rank1{delimiter}rank2", f'"Lee, Ann; |"{delimiter}Zoé', f'{delimiter}"Bo ""B"" X"', "", ""]

        assert read(start + end.join(lines).encode()).ballots == [("Lee, Ann; |", "Zoé"), ('Bo "B" X',)]

    def test_names_are_compared_as_people_see_them(self, read: Read) -> None:
        """White space round a name and the way an accent is composed make no other name; it is said."""
        file = read("1,2\n Zoé ,Bo\nZoe\u0301,Bo\n")

        assert file.options == ("Bo", "Zoé")
        assert any("2 ways" in note for note in file.notes)

    def test_how_often_a_ballot_was_cast(self, read: Read) -> None:
        """A column of counts stands for as many ballots."""
        file = read("precinct,rank1,Count\n1,Ann,2\n1,Bo,0\n2,Bo,1\n")

        assert file.ballots == [("Ann",), ("Ann",), ("Bo",)]
        assert file.count_column == "Count"
        assert file.columns_left == ("precinct",)

    def test_compressed(self, read: Read) -> None:
        """By its bytes, whatever its name is."""
        for name in ("b.csv.gz", "b.csv"):
            assert len(read(gzip.compress(b"1,2\nAnn,Bo\n"), name=name).ballots) == 1

    def test_without_a_header(self, read: Read) -> None:
        """The first line is a ballot when the caller says so."""
        assert read("Ann,Bo\nBo,Ann\n", has_header=False).ballots == [("Ann", "Bo"), ("Bo", "Ann")]

    def test_alike_names_merged(self, read: Read) -> None:
        """When the caller wants it, the spelling that came first stands for all."""
        assert read("1,2\nAnn Lee,Bo\nANN  LEE,Bo\n", merges_alike=True).options == ("Ann Lee", "Bo")

    def test_words_that_may_be_marks_are_pointed_out(self, read: Read) -> None:
        """Nobody is called `skipped`."""
        assert any("--marks" in note for note in read("1,2\nAnn,Bo\nskipped,Bo\n").notes)

    def test_a_column_alone(self, read: Read) -> None:
        """For a single choice; a blank ballot is written as two quotation marks."""
        assert read('choice\nyes\n""\nno\n\n', method="single").ballots == [("yes",), (), ("no",)]


class TestBadFiles:
    """Each is refused with its line and what is wrong."""

    @pytest.mark.parametrize(
        "content, said",
        [
            ("", "empty"),
            ("\n\n", "Line 1 is empty"),
            ("rank1,rank2\n", "no ballots"),
            ("rank1,rank2\n,\nundervote,\n", "names anybody"),
            ("rank1,rank2\nAnn,\nAnn,Ann\n", "needs two options"),
            ("rank1,rank2\nAnn,Bo\nAnn\n", "Line 3 has 1 cell,"),
            ("rank1,rank2\nAnn,Bo\nAnn,Bo,Cy\n", "Line 3 has 3 cells,"),
            ("rank1,rank2\nAnn,Bo\n\nBo,Ann\n", "Line 3 is empty"),
            ('rank1,rank2\n"Ann,Bo\nBo,Ann\n', "Line 2: a quotation mark"),
            ('rank1,rank2\n"Ann"n,Bo\n', "Line 2: something stands behind"),
            ('rank1,rank2\n"An\nn",Bo\nBo\n', "Line 2: .*U\\+000A"),
            ("rank1,rank2\nAnn,B\0o\n", "Line 2 holds a NUL"),
            ("rank1,rank2\nAnn,B\x07o\n", r"Line 2: .*U\+0007"),
            ("rank1,rank2\nAnn,B\u202eo\n", r"Line 2: .*U\+202E"),
            (f"rank1,rank2\nAnn,{'B' * 201}\n", "Line 2: a name of 201"),
            ("rank1,rank2\n" + "".join(f"A{i},B{i}\n" for i in range(251)), "Line 252: .* 501st name"),
            ("rank1,rank2\n" + "".join(f"{i}{'é' * 196},\n" for i in range(200)), "longer together"),
            ("rank1,rank2\nAnn,Bo\nANN,Bo\n", "Line 3: 'ANN' looks like 'Ann' in line 2"),
            ("Ann,Bo\nBo,Ann\n", "no-header"),
            ("rank1,Count\nAnn,many\n", "Line 2: 'many'"),
            ("rank1,Count\nAnn,-1\n", "Line 2: '-1'"),
            ("rank1,Count\nAnn,999999999\n", "more than 5,000,000"),
            ("rank1,rank2\nAnn,Zo\xe9\n".encode("latin-1"), "Line 2 is not UTF-8 .*0xE9.*Latin-1"),
            ("rank1\nAnn\n".encode("utf-16"), "UTF-16"),
            (b"PK\x03\x04" + b"0" * 100, "spreadsheet"),
            (gzip.compress(b"rank1,rank2\n" + b"Ann,Bo\n" * 1000, mtime=0)[:-9], "damaged"),
            (gzip.compress(b"rank1,rank2\n" + b"Ann,Bo\n" * 1000, mtime=0)[:20] + b"\0" * 20, "damaged"),
            (b"\x1f\x8bnot at all", "damaged"),
        ],
    )
    def test_says_what_is_wrong(self, read: Read, content: str | bytes, said: str) -> None:
        """With the line, where there is one."""
        with pytest.raises(MalformedFile, match=said):
            read(content)

    def test_named_gz_and_is_not(self, read: Read) -> None:
        """A name that says otherwise than the bytes is a mistake worth hearing of."""
        with pytest.raises(MalformedFile, match="not compressed"):
            read("rank1\nAnn\n", name="b.csv.gz")

    def test_is_not_there(self, tmp_path: Path) -> None:
        """Neither is a folder a file."""
        for path in (tmp_path / "none.csv", tmp_path):
            with pytest.raises(MalformedFile, match="cannot be read"):
                read_ballots(path, How("ranked"))

    def test_several_columns_for_one_choice(self, read: Read) -> None:
        """A single choice stands in one column, and nobody guesses in which."""
        with pytest.raises(MalformedFile, match="--rank-columns"):
            read("rank1,rank2\nAnn,Bo\nBo,Ann\n", method="single")
