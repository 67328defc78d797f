"""Which columns of a real election's file are taken for choices, by their headers."""

import pytest

from libs.node.ballot_columns import Columns, find_columns
from libs.node.trouble import NodeTrouble


def taken(header: str, **how: object) -> str:
    """The columns of a header `a,b,c` that are taken, in their order."""
    names = header.split(",")
    return ",".join(names[place] for place in find_columns(names, **how).choices)  # type: ignore[arg-type]


class TestFindColumns:
    @pytest.mark.parametrize(
        "header, expected",
        [
            ("rank1,Rank2,rank3", "rank1,Rank2,rank3"),
            ("ballot_id,precinct,choice_1,choice_2", "choice_1,choice_2"),
            (
                "Precinct,1ST CHOICE MAYOR,2ND CHOICE MAYOR,3RD CHOICE MAYOR",
                "1ST CHOICE MAYOR,2ND CHOICE MAYOR,3RD CHOICE MAYOR",
            ),
            (
                "Cast Vote Record,Precinct,Ballot Style,Rep 1st Choice District 2,Rep 2nd Choice District 2",
                "Rep 1st Choice District 2,Rep 2nd Choice District 2",
            ),
            ("bureau,1er choix,2e choix", "1er choix,2e choix"),
            ("Rang 1,Rang 2", "Rang 1,Rang 2"),
            ("id,1,2,3", "1,2,3"),
            ("ward,1st,2nd,3rd", "1st,2nd,3rd"),
            ("first,second,third", "first,second,third"),
            ("id,candidate1,candidate2,ward7", "candidate1,candidate2"),
            ("A,B,C", "A,B,C"),
            ("ballot id,precinct,vote", "vote"),
            ("id", "id"),
            ("", ""),
        ],
    )
    def test_takes_what_looks_like_choices(self, header: str, expected: str) -> None:
        """A word for it, an ordinal, a series of numbers; without any such sign all but what is plainly none."""
        assert taken(header) == expected

    @pytest.mark.parametrize(
        "header, expected",
        [
            ("rank3,rank1,rank2", "rank1,rank2,rank3"),
            ("rank1,rank10,rank2", "rank1,rank2,rank10"),
            ("Ward 3 choice 2,Ward 3 choice 1", "Ward 3 choice 1,Ward 3 choice 2"),
            ("choice,choice", "choice,choice"),
            ("second choice,first choice", "second choice,first choice"),
        ],
    )
    def test_orders_them_by_their_numbers(self, header: str, expected: str) -> None:
        """The first rank is the one that says so; without numbers they stand as in the file."""
        assert taken(header) == expected

    def test_does_what_it_is_told(self) -> None:
        """What the caller names is taken, in the caller's order, whatever its header looks like."""
        assert taken("rank1,rank2,other", named=("other", "RANK1")) == "other,rank1"

    @pytest.mark.parametrize(
        "header, named",
        [("rank1,rank2", ("rank3",)), ("a,a", ("a",)), ("rank1,rank2", ("rank1", "rank1"))],
    )
    def test_refuses_names_that_mean_no_column(self, header: str, named: tuple[str, ...]) -> None:
        """A column that is not there, or twice, is no column that could be taken."""
        with pytest.raises(NodeTrouble):
            taken(header, named=named)

    def test_finds_how_often_a_ballot_was_cast(self) -> None:
        """A column `Count` says so, unless the caller says otherwise."""
        header = ["rank1", "rank2", "Count"]

        assert find_columns(header) == Columns((0, 1), 2)
        assert find_columns(header, count_named="") == Columns((0, 1), None)
        assert find_columns(["a", "n"], count_named="n") == Columns((0,), 1)
