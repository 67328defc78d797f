"""A ballot with all that it may say."""

from uuid import UUID

import pytest

from libs.contracts.governance import BallotCast, BallotReplaced, BallotWithdrawn
from services.governance.domain.ballot import Ballot
from tests.given import given

POLL, VOTER = UUID(int=1), UUID(int=2)
CAST = BallotCast(poll_id=POLL, voter=VOTER, choices=("wild", "orchard"), marks=(5, 0))


class TestChange:
    @pytest.mark.parametrize(
        "choices, marks, reason",
        [(("wild", "orchard"), (5, 1), None), (("wild",), (5,), None), (("block",), (), "No water.")],
    )
    def test_of_any_word(self, choices: tuple[str, ...], marks: tuple[int, ...], reason: str | None) -> None:
        """Another mark or another reason is another ballot."""
        after = BallotReplaced(choices=choices, marks=marks, reason=reason)
        given(Ballot, CAST).when(Ballot.change, choices, marks, reason).then(after)

    def test_to_the_same_is_none(self) -> None:
        """The same choices with the same marks are the ballot that is there."""
        given(Ballot, CAST).when(Ballot.change, ("wild", "orchard"), (5, 0)).then()

    def test_back_to_the_same_after_a_withdrawal(self) -> None:
        """What was taken back is cast anew, though it says what it said."""
        again = BallotReplaced(choices=("wild", "orchard"), marks=(5, 0))
        given(Ballot, CAST, BallotWithdrawn()).when(Ballot.change, ("wild", "orchard"), (5, 0)).then(again)
