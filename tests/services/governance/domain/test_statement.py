"""What is kept of what a member said."""

from uuid import UUID

import pytest

from libs.contracts.governance import StatementMade, StatementTakenBack
from services.governance.domain.proposal import NotTheAuthor
from services.governance.domain.statement import Statement, words_sha256
from tests.given import given

PROPOSAL, ANA, BO = (UUID(int=n) for n in range(11, 14))
MADE = StatementMade(proposal_id=PROPOSAL, author=ANA, side="for", text_sha256="0" * 64)


def test_the_digest_says_nothing_without_its_salt() -> None:
    """The same words with another salt have another digest, so they cannot be guessed once the salt is gone."""
    assert words_sha256("Yes.", b"1" * 16) == words_sha256("Yes.", b"1" * 16)
    assert words_sha256("Yes.", b"1" * 16) != words_sha256("Yes.", b"2" * 16)


def test_is_taken_back_once() -> None:
    """What is gone does not come back."""
    given(Statement, MADE).when(Statement.take_back).then(StatementTakenBack())
    given(Statement, MADE, StatementTakenBack()).when(Statement.take_back).then()


def test_belongs_to_who_said_it() -> None:
    """Nobody takes back another's words."""
    statement = given(Statement, MADE).aggregate

    statement.check_is_author(ANA)
    with pytest.raises(NotTheAuthor):
        statement.check_is_author(BO)
