"""The terms of a poll in plain words: who may vote, when it decides anything, what abstaining means, who may read."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.web.methods import way
from gateway.web.words import Words
from libs.contracts.governance import PollDetails, Rules

THRESHOLDS = ("consent", "single", "approval", "ranked")
"""The methods by which what wins has a share of the ballots, which a threshold can ask for."""


class Term(NamedTuple):
    """One term: the icon that stands before it, what it is in a word or two, and what it means here."""

    sign: str
    name: str
    meaning: str


def quorum(rules: Rules | None, voters_count: int) -> int:
    """Return how many ballots a poll on a roll of *voters_count* needs to decide anything; 0 where it needs none."""
    if rules is None:
        return 0
    numerator, denominator = rules.quorum_roll or (0, 1)
    return max(-(-voters_count * numerator // denominator), rules.quorum_ballots or 0)


def terms_in_words(
    poll: PollDetails, words: Words, *, ballots_count: int | None, place: str | None, zone: ZoneInfo
) -> list[Term]:
    """
    Return all that who votes should know of a poll.

    *ballots_count* is how many voted so far, where that may be known, and *place* the name of the place whose
    residents vote, *zone* that by whose clocks days are told.
    """
    return [
        Term(
            "lucide:users-round",
            words.many("%(count)s personne peut voter", "%(count)s personnes peuvent voter", poll.voters_count),
            who_votes(poll, words, zone=zone, place=place),
        ),
        Term("lucide:scale", way(poll.method, words).name, way(poll.method, words).rule),
        *_deciding(poll, words, ballots_count),
        Term("lucide:circle-off", words("Sans avis"), abstaining(poll, words)),
        *_reading(poll, words),
        *_carrying(poll, words),
        Term("lucide:lock", words("Figé"), words("La question, les choix et les règles ne peuvent plus changer.")),
    ]


def who_votes(poll: PollDetails, words: Words, *, zone: ZoneInfo, place: str | None = None) -> str:
    """Return whom the roll holds, and since when it stands."""
    day = words.day(poll.opened_at.astimezone(zone).date())
    terms = poll.terms.eligibility
    match terms.kind:
        case "subgroups":
            return words("Les membres de ces sous-groupes, le %(day)s.", day=day)
        case "place":
            return words("Les membres de %(place)s, le %(day)s.", place=place or words("ce lieu"), day=day)
        case "tenure":
            return words("Les membres depuis %(days)s jours au moins, le %(day)s.", days=terms.days or 0, day=day)
        case "list":
            return words("Une liste de noms, arrêtée le %(day)s.", day=day)
        case _:
            return words("Les membres du groupe, le %(day)s.", day=day)


def _deciding(poll: PollDetails, words: Words, ballots_count: int | None) -> Iterator[Term]:
    needed = quorum(poll.terms.rules, poll.voters_count)
    if needed:
        name = words.many("Quorum : %(count)s bulletin", "Quorum : %(count)s bulletins", needed)
        yield Term("lucide:gauge", name, _of_quorum(needed, ballots_count, words))
    if poll.terms.rules and (sentence := threshold(poll, poll.terms.rules, words)):
        yield Term("lucide:percent", words("Seuil"), sentence)
    if poll.method == "stv":
        seats = poll.terms.settings.seats
        yield Term(
            "lucide:armchair",
            words.many("%(count)s place", "%(count)s places", seats),
            words("Autant de choix retenus."),
        )
    if poll.method == "budget":
        yield Term(
            "lucide:coins",
            words("Somme : %(sum)s", sum=words.number(poll.terms.settings.budget or 0)),
            words("Tous les projets retenus tiennent dedans."),
        )
    if poll.terms.settings.draws_ties:
        yield Term(
            "lucide:dices",
            words("Égalité"),
            words("Entre deux choix à égalité, un tirage que tout le monde peut refaire."),
        )


def _of_quorum(needed: int, ballots_count: int | None, words: Words) -> str:
    if ballots_count is None:
        return words("En dessous, rien n’est décidé.")
    if ballots_count >= needed:
        return words("Atteint.")
    missing = words.many("Il en manque %(count)s.", "Il en manque %(count)s.", needed - ballots_count)
    return f"{missing} {words('En dessous, rien n’est décidé.')}"


def threshold(poll: PollDetails, rules: Rules, words: Words) -> str:
    """Return what wins only then; nothing where the method is all there is to say."""
    if poll.method not in THRESHOLDS:
        return ""
    is_consent = poll.method == "consent"
    if rules.threshold == "absolute":
        more = poll.voters_count // 2 + 1
        if is_consent:
            return words("Il faut %(count)s oui : plus de la moitié de toute la liste.", count=words.number(more))
        return words("Il faut %(count)s voix : plus de la moitié de toute la liste.", count=words.number(more))
    if rules.threshold == "qualified" and rules.share:
        share = f"{rules.share[0]}/{rules.share[1]}"
        if is_consent:
            return words("Il faut au moins %(share)s de oui.", share=share)
        return words("Il faut au moins %(share)s des bulletins.", share=share)
    return words("Plus de oui que de non.") if is_consent else words("Plus de voix que tout autre choix.")


def abstaining(poll: PollDetails, words: Words) -> str:
    """Return what a blank ballot or an abstention does, and what not voting does."""
    rules = poll.terms.rules
    absent = words("Ne pas voter ne pèse ni pour ni contre.")
    if rules is None or not rules.abstentions_count:
        said = (
            words("S’abstenir compte pour le quorum, et ne pèse ni pour ni contre.")
            if poll.method == "consent"
            else words("Un bulletin blanc compte pour le quorum, et ne soutient aucun choix.")
        )
    elif poll.method == "consent" and rules.threshold != "qualified":
        said = words("S’abstenir compte ici comme un non.")
    else:
        said = words("S’abstenir ou voter blanc compte ici parmi les voix : il en faut donc plus pour décider.")
    return f"{said} {absent}"


def _reading(poll: PollDetails, words: Words) -> Iterator[Term]:
    if poll.terms.results == "hidden":
        yield Term(
            "lucide:eye-off", words("Résultat caché"), words("Jusqu’à la fin, pour tout le monde, intendance comprise.")
        )
    else:
        yield Term(
            "lucide:eye", words("Résultat visible"), words("On voit où en est le vote pendant qu’il est ouvert.")
        )
    yield Term(
        "lucide:user-round", words("Vote à nom ouvert"), words("Le groupe voit qui a mis quoi ; les autres, non.")
    )
    if poll.terms.audience == "group":
        yield Term("lucide:door-closed", words("Pour le groupe seul"), words("Personne d’autre ne peut lire ce vote."))
    else:
        yield Term(
            "lucide:globe", words("Public"), words("Tout le monde peut lire ce vote et le recompter, sans les noms.")
        )


def _carrying(poll: PollDetails, words: Words) -> Iterator[Term]:
    if not poll.terms.takes_delegations:
        yield Term("lucide:handshake", words("Pas de voix confiées"), words("On vote ici pour soi-même."))
        return
    said = words("Qui ne vote pas peut laisser quelqu’un voter à sa place.")
    if poll.terms.carry_max:
        most = words.many(
            "On porte au plus %(count)s autre voix.", "On porte au plus %(count)s autres voix.", poll.terms.carry_max
        )
        said = f"{said} {most}"
    yield Term("lucide:handshake", words("Voix confiées"), said)


def until(poll: PollDetails, words: Words, now: datetime, zone: ZoneInfo) -> str:
    """Return until when one may vote, in words, by the clocks of *zone*."""
    return words.moment(poll.closes_at, zone=zone, now=now)
