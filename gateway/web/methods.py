"""The twelve ways to vote, as members read them: their names, how one fills in a ballot, how ballots are counted."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from gateway.web.words import Words
from libs.contracts.governance import Method, Settings


class Way(NamedTuple):
    """
    What is said of a method, in French, to be translated where it is shown.

    *name* and *promise* help to choose it, *how* stands above the ballot, *rule* says how it is counted.
    """

    name: str
    promise: str
    how: str
    rule: str


def _(message: str) -> str:
    """Mark *message* for translation; it is translated where it is shown."""
    return message


WAYS: Mapping[Method, Way] = {
    "approval": Way(
        _("Cocher ce qui convient"),
        _("On coche tous les choix qui vont. Le plus coché l’emporte."),
        _("Cochez tous les choix qui vous conviennent."),
        _("Le choix coché par le plus de monde l’emporte."),
    ),
    "ranked": Way(
        _("Classer"),
        _("Du préféré au moins aimé. Bien quand un seul choix doit rester."),
        _("Touchez les choix dans l’ordre de votre préférence. Un seul suffit."),
        _("Si aucun choix n’a la moitié, le dernier est retiré et ses bulletins passent à leur choix suivant."),
    ),
    "judgment": Way(
        _("Juger chaque choix"),
        _("De « Très bien » à « À rejeter ». Bien pour comparer des projets."),
        _("Donnez une mention à chaque choix. Sans réponse, ce sera la plus basse."),
        _("Est retenu le choix dont la mention du milieu est la meilleure : la moitié au moins le juge aussi bien."),
    ),
    "consent": Way(
        _("Consentement"),
        _("Y a-t-il une raison de ne pas le faire ? Pour une seule proposition."),
        _("On ne cherche pas l’enthousiasme : on cherche s’il y a une raison de ne pas le faire."),
        _("C’est oui s’il y a plus de oui que de non, et aucun blocage."),
    ),
    "date": Way(
        _("Trouver une date"),
        _("Oui, si besoin, non, pour chaque date."),
        _("Répondez pour chaque date. Une seule suffit."),
        _("La date où le plus de monde peut venir l’emporte ; à égalité, celle qui a le plus de « oui »."),
    ),
    "single": Way(
        _("Un seul choix"),
        _("On en choisit un, et un seul. Le plus choisi l’emporte."),
        _("Choisissez-en un."),
        _("Le choix qui a le plus de voix l’emporte."),
    ),
    "score": Way(
        _("Noter"),
        _("Une note à chaque choix. La plus forte somme l’emporte."),
        _("Donnez une note aux choix que vous voulez."),
        _("On additionne les notes. La plus forte somme l’emporte ; ne pas noter vaut zéro."),
    ),
    "dots": Way(
        _("Répartir des points"),
        _("Le même nombre de points à chaque bulletin, à poser où l’on veut."),
        _("Posez vos points où vous voulez, tous sur un choix ou un peu partout."),
        _("Le choix qui reçoit le plus de points l’emporte."),
    ),
    "schulze": Way(
        _("Classer, avec des égalités"),
        _("Les choix sont comparés deux à deux (Condorcet, méthode Schulze)."),
        _("Touchez les choix dans l’ordre de votre préférence. Deux choix peuvent avoir le même rang."),
        _("On compare les choix deux à deux : est retenu celui qu’aucun autre ne bat (méthode Schulze)."),
    ),
    "borda": Way(
        _("Classer pour des points"),
        _("Chaque rang vaut des points (méthode Borda). Bien pour contenter le plus de monde."),
        _("Touchez les choix dans l’ordre de votre préférence. Deux choix peuvent avoir le même rang."),
        _("Mieux un choix est classé, plus il reçoit de points. Le plus fort total l’emporte."),
    ),
    "stv": Way(
        _("Remplir plusieurs places"),
        _("On classe ; plusieurs choix sont retenus, à la proportionnelle (VUT)."),
        _("Touchez les choix dans l’ordre de votre préférence. Un seul suffit."),
        _("Un choix qui atteint sa part est retenu, et ce qu’il a de trop passe aux choix suivants de ses bulletins."),
    ),
    "budget": Way(
        _("Budget participatif"),
        _("Des projets avec leur prix, et une somme à ne pas dépasser."),
        _("Cochez tous les projets que vous soutenez."),
        _("Chaque bulletin a une part égale de la somme ; les projets que leurs soutiens peuvent payer passent."),
    ),
}
"""In the order in which they are offered: those that nearly always do come first."""

COMMON: tuple[Method, ...] = ("approval", "ranked", "judgment", "consent", "date")

RANKED = ("ranked", "stv", "schulze", "borda")
LEVEL = ("schulze", "borda")
"""Where options may bear the same rank."""

TICKED = ("approval", "budget")
CHOSEN = ("single", "consent")

_CONSENT: Mapping[str, tuple[str, str]] = {
    "yes": (_("D’accord"), _("Cela me va, ou je peux vivre avec.")),
    "no": (_("Pas d’accord"), _("Je préférerais autre chose, sans l’empêcher.")),
    "abstain": (_("Je m’abstiens"), _("Je laisse les autres en décider.")),
    "block": (_("Je bloque"), _("Il y a une raison grave de ne pas le faire. Je la dis.")),
}
_COUNTED: Mapping[str, str] = {"yes": _("Oui"), "no": _("Non"), "abstain": _("Abstention"), "block": _("Blocage")}
_ANSWERS: Mapping[int, str] = {2: _("Oui"), 1: _("Si besoin"), 0: _("Non")}
_GRADES = (_("Très bien"), _("Bien"), _("Passable"), _("Insuffisant"), _("À rejeter"))


def way(method: Method, words: Words) -> Way:
    """Return what is said of a method, in the reader's language."""
    return Way(*(words(sentence) for sentence in WAYS[method]))


def method_name(method: Method, words: Words) -> str:
    """Return what a method is called."""
    return words(WAYS[method].name)


def option_name(method: Method, option: str, words: Words) -> str:
    """Return an option as it stands on a ballot: people's own words, or those of consent; a date in words."""
    if method == "consent" and option in _CONSENT:
        return words(_CONSENT[option][0])
    return _date_name(option, words) if method == "date" else option


def counted_name(method: Method, option: str, words: Words) -> str:
    """Return an option as it stands in a count, where nobody speaks for themselves."""
    if method == "consent" and option in _COUNTED:
        return words(_COUNTED[option])
    return option_name(method, option, words)


def _date_name(option: str, words: Words) -> str:
    try:
        if len(option) == len("2030-01-31"):
            return words.day(date.fromisoformat(option))
        moment = datetime.fromisoformat(option)
    except ValueError:
        return option  # as somebody wrote it, through the API
    return f"{words.day(moment.date())}, {words.clock(moment)}"


def option_note(method: Method, option: str, words: Words) -> str:
    """Return what an answer of consent means, else nothing."""
    return words(_CONSENT[option][1]) if method == "consent" and option in _CONSENT else ""


def answers(words: Words) -> dict[int, str]:
    """Return the answers to a date, the best first."""
    return {mark: words(name) for mark, name in _ANSWERS.items()}


def usual_grades(words: Words) -> list[str]:
    """Return the five grades that a poll by judgment has where nobody names others, the best first."""
    return [words(grade) for grade in _GRADES]


def mark_name(method: Method, mark: int, settings: Settings, words: Words) -> str:
    """Return what a mark on a ballot says, in words."""
    match method:
        case "judgment":
            return settings.grades[mark] if mark < len(settings.grades) else str(mark)
        case "date":
            return answers(words).get(mark, str(mark))
        case "score":
            return words("%(mark)s sur %(most)s", mark=words.number(mark), most=words.number(settings.score_max or 0))
        case "dots":
            return words.many("%(count)s point", "%(count)s points", mark)
        case _:
            return rank_name(mark, words)


def rank_name(rank: int, words: Words) -> str:
    """Return a rank from 1 in words."""
    return words("1er choix") if rank == 1 else words("%(rank)se choix", rank=rank)
