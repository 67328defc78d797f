"""The sentence of a result, for each method: what, by how much, how many, and whether the rules were met."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gateway.web.results.figures import Bars, Board, Profiles, Sight, board_of
from gateway.web.results.lots import ties_of
from gateway.web.results.told import Told, told
from gateway.web.words import words_of
from libs.contracts.governance import OwnBallot, PollDetails, PollTerms, Result, Round, Tally
from libs.tally import Ballot, Outcome, Rules, Settings, count
from tests.gateway.conftest import ANA

POLL = UUID("98470e21-6f3c-4f0e-9d53-0c2e7d1b7a45")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FRENCH = words_of("fr")
OAK, ELM, ASH = TREES = ("Chêne", "Orme", "Frêne")


class Vote:
    """A vote that was counted: what the pages are told of it."""

    def __init__(
        self,
        method: Any,
        votes: list[Any],
        *,
        options: tuple[str, ...] = TREES,
        rules: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.outcome = count(
            method,
            options,
            votes,
            seed=b"poll 7",
            settings=Settings(**settings),
            rules=Rules(**rules) if rules else None,
            voters_count=10,
        )
        self.poll = _poll(method, options, settings, rules)
        self.result = _result(self.outcome, self.poll)
        self.tally = Tally(
            poll_id=POLL,
            method=method,
            voters_count=10,
            ballots_count=len(votes),
            paper_ballots_count=0,
            blank_count=self.outcome.blank_count,
            counts=(),
            is_final=True,
        )

    def board(self, own: OwnBallot | None = None) -> Board:
        """The figures as somebody sees them."""
        board = board_of(Sight.of(self.poll, own, FRENCH), self.tally, self.result)
        assert board is not None
        return board

    def told(self) -> Told:
        """The sentences."""
        return told(self.poll, self.result, self.board(), FRENCH)


def _poll(method: Any, options: tuple[str, ...], settings: dict[str, Any], rules: dict[str, Any] | None) -> PollDetails:
    return PollDetails(
        poll_id=POLL, group_id=ANA, question="Quel arbre ?", explanation=None, method=method, options=options,
        opened_at=NOON, closes_at=NOON, may_close_early=False, allows_paper=False, voters_count=10,
        roll_sha256="0" * 64, terms=PollTerms(settings=settings, rules=rules), is_open=False, is_result_declared=True,
        opened_position=1, closed_position=2, cancelled_because=None, replaced_by=None, reminded_position=None,
        disputes_count=0, disputes=(),
    )  # fmt: skip


def _result(outcome: Outcome, poll: PollDetails) -> Result:
    plain = outcome.as_plain()
    rounds = [Round(**{"elected": (), "label": "", **each}) for each in plain["rounds"]]
    return Result(
        poll_id=POLL, method=poll.method, options=poll.options, winners=outcome.winners, voters_count=10,
        ballots_count=outcome.ballots_count, paper_ballots_count=0, blank_count=outcome.blank_count,
        settings=poll.terms.settings, rules=poll.terms.rules, verdict=plain.get("verdict"), unit=outcome.unit,
        quota=outcome.quota, ranking=plain.get("ranking", ()), closed_position=2, declared_position=3,
        seed=b"poll 7".hex(), outcome_sha256="0" * 64, ballots_sha256="0" * 64, rounds_count=len(rounds),
        rounds=tuple(rounds), next=None,
    )  # fmt: skip


def own(*choices: str, marks: tuple[int, ...] = ()) -> OwnBallot:
    """One's own ballot."""
    return OwnBallot(poll_id=POLL, ballot_id=POLL, voter=ANA, choices=choices, marks=marks, position=2)


CASES = {
    "single": (Vote("single", [[OAK], [OAK], [ELM]]), "Chêne.", "2 voix contre 1</b> pour Orme"),
    "approval": (Vote("approval", [[OAK, ELM], [OAK]]), "Chêne.", "2 voix contre 1</b> pour Orme"),
    "consent": (
        Vote("consent", [["yes"], ["yes"], ["no"]], options=("yes", "no", "abstain")),
        "C’est adopté.",
        "2 oui, 1 non et 0 abstention",
    ),
    "score": (Vote("score", [Ballot((OAK, ELM), (5, 3))], score_max=5), "Chêne.", "5 points contre 3"),
    "dots": (Vote("dots", [Ballot((OAK, ELM), (4, 2))], budget=6), "Chêne.", "4 points contre 2"),
    "borda": (Vote("borda", [[OAK, ELM, ASH], [ELM]]), "Orme.", "3 points contre 2,5"),
    "judgment": (
        Vote("judgment", [Ballot((OAK, ELM), (0, 1))], grades=("Bien", "Mal")),
        "Chêne.",
        "Mention <b>Bien</b>",
    ),
    "schulze": (Vote("schulze", [[OAK, ELM], [OAK], [ELM]]), "Chêne.", "Gagne tous ses duels"),
    "ranked": (Vote("ranked", [[OAK], [OAK], [ELM], [ELM], [ASH, OAK]]), "Chêne.", "2e tour par <b>3 voix contre 2"),
    "stv": (Vote("stv", [[OAK], [OAK], [ELM]], seats=2), "Chêne et Orme.", "2 places</b> à pourvoir"),
    "budget": (
        Vote("budget", [[OAK], [OAK, ELM]], budget=10, costs=(6, 3, 9)),
        "Chêne et Orme.",
        "2 projets</b> pour <b>9</b> sur un budget de 10",
    ),
    "date": (Vote("date", [Ballot((OAK, ELM), (2, 1)), Ballot((OAK,), (1,))]), "Chêne.", "2 peuvent venir</b> : 1 oui"),
}  # fmt: skip


@pytest.mark.parametrize("method", CASES)
def test_every_method_says_what_won_and_by_how_much(method: str) -> None:
    """One sentence first, then how many voted."""
    vote, headline, how = CASES[method]
    said = vote.told()

    assert said.headline == headline
    assert how in said.how
    assert "sur 10</b> ont voté" in said.turnout or "sur 10</b> a voté" in said.turnout
    assert said.is_decided


@pytest.mark.parametrize("method", CASES)
def test_a_vote_without_a_voice_has_no_winner(method: Any) -> None:
    """Blank ballots alone decide nothing, and the page says so."""
    vote = CASES[method][0]
    empty = Vote(method, [[]], options=vote.poll.options, **vote.poll.terms.settings.model_dump(exclude_defaults=True))
    said = empty.told()

    assert said.headline in ("Aucun choix ne l’emporte.", "Ce n’est pas adopté.")


def test_a_quorum_that_is_missed_comes_first() -> None:
    """Nothing is called a winner; what was ahead is told after."""
    said = Vote("single", [[OAK], [OAK], [ELM]], rules={"quorum_roll": (1, 2)}).told()

    assert said.headline == "Rien n’est décidé : le quorum n’est pas atteint."
    assert "En tête sans être retenu : <b>Chêne</b>" in said.how
    assert "Le quorum (5) <b>n’est pas atteint</b>" in said.turnout
    assert not said.is_decided


def test_a_threshold_that_is_missed_is_told_with_what_was_needed() -> None:
    """Six of ten are needed; two are there."""
    said = Vote("single", [[OAK], [OAK], [ELM]], rules={"threshold": "absolute"}).told()

    assert said.headline == "Rien n’est décidé : il manque des voix."
    assert "2 voix sur 6 nécessaires" in said.how


def test_one_block_stops_it() -> None:
    """By consent a block is told for what it is."""
    options = ("yes", "no", "abstain", "block")
    said = Vote("consent", [["yes"]] * 5 + [["block"]], options=options, rules={"quorum_ballots": 1}).told()

    assert said.headline == "C’est bloqué."
    assert "1 blocage" in said.how


def test_a_block_needs_no_rules_to_be_told() -> None:
    """Whatever the poll was opened on, one block is a block; and a no is nothing that was chosen."""
    vote = Vote("consent", [["yes"]] * 5 + [["block"]], options=("yes", "no", "abstain", "block"))
    board = vote.board()

    assert vote.told().headline == "C’est bloqué."
    assert isinstance(board, Bars)
    assert not any(row.is_winner for row in board.rows)


def test_what_missed_the_rules_is_not_marked_as_chosen() -> None:
    """Neither in the sentence nor in the figures."""
    vote = Vote("single", [[OAK], [OAK], [ELM]], rules={"quorum_roll": (1, 2)})
    board = vote.board()

    assert isinstance(board, Bars)
    assert not any(row.is_winner for row in board.rows)
    assert "L’emporte" not in vote.told().how


def test_a_tie_that_stands_names_all() -> None:
    """It is for the group to say what follows."""
    assert Vote("single", [[OAK], [ELM]]).told().headline == "Égalité : Chêne et Orme."


def test_a_lot_can_be_drawn_again() -> None:
    """The digests are there, and the command that makes each of them from the seed."""
    vote = Vote("ranked", [[OAK], [ELM]])
    (tie,) = ties_of(vote.poll, vote.result, FRENCH)

    assert [lot.option for lot in tie.lots][-1] == vote.result.winners[0]
    assert tie.rule == "L’empreinte la plus basse part."
    assert "printf %s 706f6c6c2037 | xxd -r -p" in tie.lots[0].command


def test_a_hostile_name_cannot_leave_its_place() -> None:
    """Neither in a sentence, nor in a command to copy."""
    evil = "<script>alert(1)</script>'; rm -rf /"
    vote = Vote("ranked", [[evil], [ELM], [ASH]], options=(evil, ELM, ASH))

    assert "<script>" not in vote.told().how
    command = next(lot for tie in ties_of(vote.poll, vote.result, FRENCH) for lot in tie.lots if lot.option == evil)
    assert "'\"'\"'; rm -rf /'" in command.command


def test_ones_own_ballot_stands_in_the_figures() -> None:
    """A grade that was left out is the worst one, as it is counted."""
    vote = Vote("judgment", [Ballot((OAK, ELM), (0, 1))], grades=("Bien", "Mal"))
    board, others = vote.board(own(OAK, marks=(0,))), vote.board()
    assert isinstance(board, Profiles)
    assert isinstance(others, Profiles)
    rows = {row.option: row for row in board.rows}

    assert (rows[OAK].mine_at, rows[ASH].mine_at) == (0, 1)
    assert rows[OAK].mine == "votre mention : Bien"
    assert all(not row.mine for row in others.rows)
