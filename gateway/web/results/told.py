"""
What a result says in one sentence: what, by how much, how many voted, and whether the rules were met.

Where a quorum or a threshold was missed, that comes first, and nothing is called a winner.
"""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from gateway.web.methods import counted_name
from gateway.web.results.figures import Bars, Board, Budget, Dates, Duels, Profiles, Rounds
from gateway.web.results.labels import round_name, votes
from gateway.web.words import Words
from libs.contracts.governance import PollDetails, Result, Rules, Tally


@dataclass(frozen=True, slots=True)
class Told:
    """A result in words: the *headline*, by how much (*how*), and how many voted (*turnout*)."""

    headline: str
    how: Markup
    turnout: Markup
    is_decided: bool


def told(poll: PollDetails, result: Result, board: Board, words: Words) -> Told:
    """Return what a declared *result* says."""
    verdict = result.verdict
    is_decided = bool(result.winners) and (verdict is None or verdict.is_passed)
    return Told(
        headline=_headline(poll, result, words),
        how=_missed(poll, result, words) or _how(poll, result, board, words),
        turnout=turnout(result.ballots_count, result.voters_count, words, paper=result.paper_ballots_count)
        + Markup(" ")
        + _quorum(result, words),
        is_decided=is_decided,
    )


def turnout(ballots: int, voters: int, words: Words, *, paper: int = 0) -> Markup:
    """Return how many voted."""
    if paper:
        said = words.many(
            "<b>%(count)s voix exprimée</b>, papier compris, pour %(voters)s personnes sur la liste.",
            "<b>%(count)s voix exprimées</b>, papier compris, pour %(voters)s personnes sur la liste.",
            ballots,
            voters=words.number(voters),
        )
    else:
        said = words.many(
            "<b>%(count)s personne sur %(voters)s</b> a voté.",
            "<b>%(count)s personnes sur %(voters)s</b> ont voté.",
            ballots,
            voters=words.number(voters),
        )
    return Markup(said)


def _headline(poll: PollDetails, result: Result, words: Words) -> str:
    verdict = result.verdict
    if verdict and not verdict.quorum_is_met:
        return words("Rien n’est décidé : le quorum n’est pas atteint.")
    if poll.method == "consent":
        if "yes" in result.winners:
            return words("C’est adopté.")
        return words("C’est bloqué.") if _blocks_count(result) else words("Ce n’est pas adopté.")
    if not result.winners:
        return words("Aucun choix ne l’emporte.")
    if verdict and not verdict.is_passed:
        return words("Rien n’est décidé : il manque des voix.")
    names = [counted_name(poll.method, winner, words) for winner in result.winners]
    if len(names) > 1 and poll.method not in ("stv", "budget"):
        return words("Égalité : %(names)s.", names=words.listing(names))
    shown = names[:6] + ([words("d’autres")] if len(names) > 6 else [])
    listed = words.listing(shown)
    return words("%(names)s.", names=listed[:1].upper() + listed[1:] if poll.method == "date" else listed)


def _missed(poll: PollDetails, result: Result, words: Words) -> Markup:
    """Return by how much the rules were missed, for what was ahead all the same."""
    verdict = result.verdict
    if verdict is None or verdict.is_passed or not result.winners or poll.method == "consent":
        return Markup()
    ahead = words.listing([counted_name(poll.method, winner, words) for winner in result.winners])
    if not verdict.quorum_is_met:
        return _fill(words("En tête sans être retenu : <b>%(ahead)s</b>."), ahead=ahead)
    return _fill(
        words("En tête sans être retenu : <b>%(ahead)s</b>, avec %(support)s voix sur %(needed)s nécessaires."),
        ahead=ahead,
        support=votes(verdict.support or 0, result.unit, words),
        needed=words.number(verdict.support_needed or 0),
    )


def _quorum(result: Result, words: Words) -> Markup:
    verdict = result.verdict
    if verdict is None or not verdict.quorum_needed:
        return Markup()
    needed = words.number(verdict.quorum_needed)
    if verdict.quorum_is_met:
        return _fill(words("Le quorum (%(needed)s) est atteint."), needed=needed)
    return _fill(words("Le quorum (%(needed)s) <b>n’est pas atteint</b>."), needed=needed)


def _how(poll: PollDetails, result: Result, board: Board, words: Words) -> Markup:
    if poll.method == "consent":
        return _consent(result, words)
    if not result.winners:
        return Markup(words("Aucun bulletin ne soutient l’un des choix."))
    kinds: dict[type, Callable[..., Markup]] = {
        Bars: _bars,
        Profiles: _profiles,
        Dates: _dates,
        Budget: _budget,
        Duels: _duels,
        Rounds: _rounds,
    }
    return kinds[type(board)](result, board, words)


def _blocks_count(result: Result) -> int:
    counts = result.rounds[0].counts if result.rounds else ()
    return dict(zip(result.options, counts, strict=False)).get("block") or 0


def _consent(result: Result, words: Words) -> Markup:
    said = dict(zip(result.options, result.rounds[0].counts, strict=True)) if result.rounds else {}
    parts = [
        words.many("%(count)s oui", "%(count)s oui", said.get("yes") or 0),
        words.many("%(count)s non", "%(count)s non", said.get("no") or 0),
        words.many("%(count)s abstention", "%(count)s abstentions", said.get("abstain") or 0),
    ]
    if "block" in said:
        parts.append(words.many("%(count)s blocage", "%(count)s blocages", said["block"] or 0))
    return _fill(words("<b>%(counts)s</b>."), counts=words.listing(parts))


def _bars(result: Result, board: Bars, words: Words) -> Markup:
    first = board.rows[0]
    others = [row for row in board.rows if not row.is_winner]
    figures = {"unit": board.unit_name.lower(), "first": first.figure}
    if result.method == "stv":
        return _seats(result, words)
    if len(result.winners) > 1:
        return _fill(words("Chacun a <b>%(first)s %(unit)s</b> : au groupe de dire la suite."), **figures)
    if not others:
        return _fill(words("<b>%(first)s %(unit)s</b>."), **figures)
    return _fill(
        words("L’emporte avec <b>%(first)s %(unit)s contre %(second)s</b> pour %(other)s."),
        **figures,
        second=others[0].figure,
        other=others[0].option,
    )


def _profiles(_: Result, board: Profiles, words: Words) -> Markup:
    return _fill(
        words("Mention <b>%(grade)s</b> : plus de la moitié des bulletins lui donnent au moins cette mention."),
        grade=board.rows[0].note,
    )


def _dates(_: Result, board: Dates, words: Words) -> Markup:
    yes, if_need_be, _no, can = board.rows[0].cells
    return _fill(
        words("<b>%(can)s peuvent venir</b> : %(yes)s oui, %(if_need_be)s si besoin."),
        can=can,
        yes=yes,
        if_need_be=if_need_be,
    )


def _budget(result: Result, board: Budget, words: Words) -> Markup:
    return _fill(
        words.many(
            "<b>%(count)s projet</b> pour <b>%(spent)s</b> sur un budget de %(budget)s.",
            "<b>%(count)s projets</b> pour <b>%(spent)s</b> sur un budget de %(budget)s.",
            len(result.winners),
            spent="%(spent)s",
            budget="%(budget)s",
        ),
        spent=words.number(board.spent),
        budget=words.number(board.budget),
    )


def _duels(_: Result, board: Duels, words: Words) -> Markup:
    if all(duel.won > duel.lost for duel in board.first_duels):
        return Markup(words("Gagne tous ses duels : une majorité le préfère à <b>chacun des autres choix</b>."))
    return Markup(
        words(
            "Ne gagne pas tous ses duels, mais aucun autre choix ne passe devant par un chemin de victoires plus fort."
        )
    )


def _rounds(result: Result, _: Rounds, words: Words) -> Markup:
    if result.method == "stv":
        return _seats(result, words)
    last = result.rounds[-1]
    counts = {option: count for option, count in zip(result.options, last.counts, strict=True) if count is not None}
    winner = result.winners[0]
    others = [(count, option) for option, count in counts.items() if option != winner]
    second = max(others, default=None, key=lambda each: each[0])
    number = round_name(len(result.rounds), words)
    if second is None:
        return _fill(
            words("L’emporte au %(round)s avec <b>%(votes)s voix</b>."),
            round=number,
            votes=words.number(counts[winner]),
        )
    return _fill(
        words("L’emporte au %(round)s par <b>%(first)s voix contre %(second)s</b> à %(other)s."),
        round=number,
        first=words.number(counts[winner]),
        second=words.number(second[0]),
        other=second[1],
    )


def _seats(result: Result, words: Words) -> Markup:
    said = words.many("<b>%(count)s place</b> à pourvoir", "<b>%(count)s places</b> à pourvoir", result.settings.seats)
    quota = votes(result.quota or 0, result.unit, words)
    return Markup(said) + _fill(words(" ; il fallait <b>%(quota)s voix</b> pour en être sûr."), quota=quota)


def rules_told(rules: Rules, words: Words) -> list[str]:
    """Return what a decision needed, a sentence each."""
    said = []
    if rules.quorum_roll:
        said.append(words("Quorum : %(share)s de la liste", share=words.share(*rules.quorum_roll)))
    if rules.quorum_ballots:
        said.append(words.many("Quorum : %(count)s bulletin", "Quorum : %(count)s bulletins", rules.quorum_ballots))
    if rules.threshold == "absolute":
        said.append(words("Seuil : plus de la moitié de la liste"))
    if rules.share:
        said.append(words("Seuil : au moins %(share)s des voix", share=words.share(*rules.share)))
    if rules.abstentions_count:
        said.append(words("Les abstentions comptent"))
    return said


def running(tally: Tally, words: Words) -> Markup:
    """Return how an open vote stands."""
    return turnout(tally.ballots_count, tally.voters_count, words, paper=tally.paper_ballots_count)


def _fill(sentence: str, **values: str) -> Markup:
    """Put *values*, which anybody may have written, into a sentence of our own."""
    return Markup(sentence) % values
