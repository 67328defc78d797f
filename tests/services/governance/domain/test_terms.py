"""The terms that a poll is opened on: what follows from them, and what cannot be counted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import Method, PollTerms, Rules, Settings
from services.governance.domain.keys import PollKeys
from services.governance.domain.poll import TimeIsUp
from services.governance.domain.terms import UncountablePoll, check_terms, offered, settled

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
POLL = UUID(int=1)
KEYS = PollKeys(b"a secret")


def settle(method: Method = "single", *, open_for: timedelta = timedelta(days=1), **terms: Any) -> PollTerms:
    """The terms of a poll that opens at noon."""
    return settled(PollTerms(**terms), method, poll_id=POLL, keys=KEYS, closes_at=NOON + open_for, now=NOON)


class TestReminder:
    def test_is_a_day_before_the_close_of_a_long_poll(self) -> None:
        """A poll of two days reminds nobody; one of a little more does."""
        assert settle(open_for=timedelta(days=2)).remind_at is None
        assert settle(open_for=timedelta(days=2) + INSTANT).remind_at == NOON + timedelta(days=1) + INSTANT

    def test_is_when_it_was_asked_for(self) -> None:
        """In a short poll too."""
        at = NOON + timedelta(minutes=5)
        assert settle(open_for=timedelta(minutes=10), remind_at=at).remind_at == at
        assert settle(open_for=timedelta(days=10), remind_at=at).remind_at == at

    @pytest.mark.parametrize("offset", [timedelta(0), -INSTANT, timedelta(days=1), timedelta(days=1) + INSTANT])
    def test_lies_between_opening_and_close(self, offset: timedelta) -> None:
        """The first instant after the opening and the last before the close are the borders."""
        settle(remind_at=NOON + INSTANT)
        settle(remind_at=NOON + timedelta(days=1) - INSTANT)
        with pytest.raises(TimeIsUp):
            settle(remind_at=NOON + offset)


class TestKey:
    @pytest.mark.parametrize("sealed", [{"results": "hidden"}, {"audience": "group"}])
    def test_is_committed_to(self, sealed: Any) -> None:
        """What is sealed names its key's digest, which is this poll's alone."""
        assert settle(**sealed).key_sha256 == KEYS.key_sha256(POLL) != KEYS.key_sha256(UUID(int=2))

    def test_is_none_where_all_is_open(self) -> None:
        """Nobody chooses a commitment: it follows."""
        assert settle(key_sha256="0" * 64).key_sha256 is None


def test_lots_are_drawn_from_the_sealed_log() -> None:
    """Whatever was asked for, the seed of a new poll is the root of the log's tree at the close."""
    assert settle(seed_from="close").seed_from == "root"


def test_consent_draws_no_lots() -> None:
    """It passes or does not; elsewhere a draw is as it was asked for."""
    assert not settle("consent", settings=Settings(draws_ties=True)).settings.draws_ties
    assert settle("single", settings=Settings(draws_ties=True)).settings.draws_ties
    assert not settle("single").settings.draws_ties


def test_consent_has_words_of_its_own() -> None:
    """They are offered where none are given, with block or without."""
    assert offered("consent", ()) == ("yes", "no", "abstain")
    assert offered("consent", (), allows_block=True) == ("yes", "no", "abstain", "block")
    assert offered("consent", ("abstain", "no", "yes")) == ("abstain", "no", "yes")
    assert offered("single", ()) == ()


@pytest.mark.parametrize(
    "method, options, terms",
    [
        ("consent", ("yes", "no"), PollTerms()),
        ("score", ("a", "b"), PollTerms()),
        ("single", ("a", "b"), PollTerms(settings=Settings(seats=2))),
        ("stv", ("a", "b"), PollTerms(settings=Settings(seats=3))),
        ("budget", ("a", "b"), PollTerms(settings=Settings(budget=10, costs=(1,)))),
        ("judgment", ("a", "b"), PollTerms(settings=Settings(grades=("good",)))),
        ("schulze", ("a", "b"), PollTerms(rules=Rules(threshold="absolute"))),
        ("single", ("a", "b"), PollTerms(rules=Rules(abstentions_count=True))),
        ("single", ("a", "b"), PollTerms(rules=Rules(quorum_roll=(0, 1)))),
    ],
)
def test_what_cannot_be_counted_is_refused(method: Method, options: tuple[str, ...], terms: PollTerms) -> None:
    """Before anybody votes, not after: options, settings and rules that the method does not take."""
    with pytest.raises(UncountablePoll):
        check_terms(method, options, terms)


@pytest.mark.parametrize(
    "method, options, terms",
    [
        ("consent", ("yes", "no", "abstain"), PollTerms(rules=Rules(threshold="qualified", share=(2, 3)))),
        ("score", ("a", "b"), PollTerms(settings=Settings(score_max=5, draws_ties=True))),
        ("stv", ("a", "b"), PollTerms(settings=Settings(seats=2))),
        ("dots", ("a", "b"), PollTerms(settings=Settings(budget=10), rules=Rules(quorum_ballots=2))),
    ],
)
def test_what_can_be_counted_passes(method: Method, options: tuple[str, ...], terms: PollTerms) -> None:
    """Each method with what it needs."""
    check_terms(method, options, terms)
