"""A group's named ways to decide: from a form to their terms and back, and in the words that members read."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.web.forms import Form, Sentences
from gateway.web.words import Words
from libs.contracts.governance import Method, Rules, Settings, TemplateTerms

FORM_METHODS: Final[tuple[Method, ...]] = (
    "consent",
    "approval",
    "single",
    "ranked",
    "judgment",
    "score",
    "schulze",
    "borda",
    "stv",
    "dots",
    "date",
)
"""The methods that a template's form offers: a budget has its costs with its options, so it is none of a template's."""

_WITH_THRESHOLD = ("consent", "single", "approval", "ranked")
_SETTINGS: Mapping[str, str] = {"score": "score_max", "stv": "seats", "dots": "budget"}
_SHARE = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})|(\d{1,3})\s*%?")


def share_in(text: str) -> tuple[int, int] | None:
    """Return the share that *text* says, « 2/3 » or « 25 % »; None where it says none, or more than the whole."""
    if not (read := _SHARE.fullmatch(text.strip())):
        return None
    share = (int(read[1]), int(read[2])) if read[1] else (int(read[3]), 100)
    return share if 0 < share[0] <= share[1] else None


def share_said(share: tuple[int, int]) -> str:
    """Return a share as people write it, and as `share_in` reads it: in per cent where that is exact."""
    numerator, denominator = share
    return f"{numerator * 100 // denominator} %" if numerator * 100 % denominator == 0 else f"{numerator}/{denominator}"


def terms_of(form: Form, words: Words) -> TemplateTerms | None:
    """Return the terms that *form* says, or None with its errors saying why they are none."""
    method = form.get("method")
    rules = _rules(form, words, method)
    settings = _settings(form, words, method)
    if not form.is_good:
        return None
    return form.make(
        TemplateTerms,
        Sentences(words),
        method=method,
        settings=settings,
        rules=rules,
        results="hidden" if form.get("results") == "hidden" else "running",
        takes_delegations=form.has("takes_delegations"),
        discussion_days=form.get("discussion_days") or 0,
        vote_days=form.get("vote_days"),
        support_needed=form.get("support_needed") or 0,
        remind_hours=form.get("remind_hours") or None,
    )


def _rules(form: Form, words: Words, method: str) -> Rules | None:
    values: dict[str, Any] = {}
    if form.get("quorum"):
        values["quorum_roll"] = _share(form, "quorum", words)
    if method in _WITH_THRESHOLD:
        values["threshold"] = form.get("threshold", "simple")
        if values["threshold"] == "qualified":
            values["share"] = _share(form, "share", words)
        values["abstentions_count"] = form.has("abstentions_count")
    if not form.is_good:
        return None
    rules = form.make(Rules, Sentences(words), **values)
    return rules if rules != Rules() or method in _WITH_THRESHOLD else None


def _share(form: Form, name: str, words: Words) -> tuple[int, int] | None:
    share = share_in(form.get(name))
    if share is None:
        form.fault(name, words("Écrivez une part, par exemple « 1/4 » ou « 2/3 »."))
    return share


def _settings(form: Form, words: Words, method: str) -> Settings:
    """Return what the method needs beyond its options, and nothing that it does not take."""
    values: dict[str, Any] = {"draws_ties": form.has("draws_ties")}
    if name := _SETTINGS.get(method):
        values[name] = form.get(name)
        if not values[name]:
            form.fault(name, words("Ce champ est nécessaire."))
    if method == "judgment":
        values["grades"] = tuple(line.strip() for line in form.get("grades").splitlines() if line.strip())
        if len(values["grades"]) < 2:
            form.fault("grades", words("Il faut deux mentions au moins, une par ligne."))
    made = form.make(Settings, Sentences(words), **values) if form.is_good else None
    return made or Settings()


def begun_with(terms: TemplateTerms, name: str) -> Form:
    """Return the form as it stands for these terms."""
    rules, settings = terms.rules or Rules(), terms.settings
    told: dict[str, str | None] = {
        "name": name,
        "method": terms.method,
        "quorum": share_said(rules.quorum_roll) if rules.quorum_roll else "",
        "threshold": rules.threshold,
        "share": share_said(rules.share) if rules.share else "",
        "abstentions_count": "on" if rules.abstentions_count else None,
        "draws_ties": "on" if settings.draws_ties or not name else None,
        "score_max": str(settings.score_max or 5),
        "seats": str(settings.seats),
        "budget": str(settings.budget or 10),
        "grades": "\n".join(settings.grades),
        "results": terms.results,
        "takes_delegations": "on" if terms.takes_delegations else None,
        "discussion_days": str(terms.discussion_days),
        "vote_days": str(terms.vote_days),
        "support_needed": str(terms.support_needed),
        "remind_hours": str(terms.remind_hours or ""),
    }
    return Form({name: value for name, value in told.items() if value is not None})


def in_words(terms: TemplateTerms, words: Words) -> list[str]:
    """Return the terms beside the method, a sentence each, in the order in which they matter."""
    said = [*_phases(terms, words), *_binding(terms.rules, words)]
    if terms.results == "hidden":
        said.append(words("Le compte ne se voit qu’à la fin."))
    if terms.takes_delegations:
        said.append(words("On peut confier sa voix."))
    return said


def _phases(terms: TemplateTerms, words: Words) -> list[str]:
    said = []
    if terms.discussion_days:
        said.append(
            words.many("%(count)s jour pour discuter.", "%(count)s jours pour discuter.", terms.discussion_days)
        )
    if terms.support_needed:
        said.append(
            words.many("%(count)s soutien avant le vote.", "%(count)s soutiens avant le vote.", terms.support_needed)
        )
    said.append(words.many("%(count)s jour pour voter.", "%(count)s jours pour voter.", terms.vote_days))
    if terms.remind_hours:
        said.append(
            words.many(
                "Rappel %(count)s heure avant la fin.", "Rappel %(count)s heures avant la fin.", terms.remind_hours
            )
        )
    return said


def _binding(rules: Rules | None, words: Words) -> list[str]:
    """Return when such a vote decides anything."""
    if rules is None:
        return []
    said = []
    if rules.quorum_roll:
        said.append(words("Il faut qu’au moins %(share)s de la liste vote.", share=share_said(rules.quorum_roll)))
    if rules.quorum_ballots:
        said.append(
            words.many(
                "Il faut %(count)s bulletin au moins.", "Il faut %(count)s bulletins au moins.", rules.quorum_ballots
            )
        )
    match rules.threshold:
        case "absolute":
            said.append(words("Il faut plus de la moitié de toute la liste."))
        case "qualified":
            assert rules.share is not None
            said.append(words("Il faut au moins %(share)s des voix.", share=share_said(rules.share)))
        case _:
            pass
    if rules.abstentions_count:
        said.append(words("S’abstenir compte parmi les voix."))
    return said
