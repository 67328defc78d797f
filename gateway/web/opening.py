"""
A poll between a form and its opening: what the fields say, and the fields of a template or of a poll that went wrong.

The form is understood here; whether such a poll may be opened is governance's to say.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, UploadFile

from gateway.web.forms import Form, Sentences
from gateway.web.methods import usual_grades
from gateway.web.terms import THRESHOLDS
from gateway.web.words import Words
from libs.contracts.governance import (
    AMOUNT_MAX,
    GRADES_MAX,
    OPTIONS_MAX,
    OpenPoll,
    PollDetails,
    Rules,
    Settings,
    Template,
)
from libs.contracts.groups import GroupView

ENDS_DAYS = (1, 3, 7, 14)
_END_HOUR = 20
_OPEN_FOR_MAX = timedelta(days=365)

QUORUMS = ("1/4", "1/3", "1/2", "2/3")
SHARES = ("2/3", "3/4", "9/10")
_ROWS_AT_FIRST = 3
_IN_ROWS = ("option-", "cost-", "date-", "time-")
"""What fields of a row are called, before its number."""


def fresh(words: Words, *, takes_delegations: bool) -> Form:
    """Return the form as it is shown first: what suits most groups is chosen already."""
    fields = [("method", "approval"), ("end", "7"), ("roll", "group"), ("hidden", "on"), ("draws_ties", "on")]
    fields += [("score_max", "5"), ("grades", "\n".join(usual_grades(words))), ("seats", "1"), ("dots", "10")]
    fields += [("allows_block", "on"), ("rows", str(_ROWS_AT_FIRST))]
    return _form([*fields, *_ticked(takes_delegations=takes_delegations)])


def from_template(template: Template, words: Words) -> Form:
    """Return the form filled in as *template* says."""
    terms = template.terms
    fields = [("method", terms.method), ("roll", "group"), ("allows_block", "on"), ("rows", str(_ROWS_AT_FIRST))]
    days = terms.vote_days
    fields += [("end", str(days))] if days in ENDS_DAYS else [("end", "other"), ("days", str(days))]
    fields += _of_terms(terms.settings, terms.rules, words)
    fields += _ticked(hidden=terms.results == "hidden", takes_delegations=terms.takes_delegations)
    return _form(fields)


def from_poll(poll: PollDetails, words: Words) -> Form:
    """Return the form of a poll that is opened again: the same, to be corrected."""
    terms = poll.terms
    is_own_words = poll.method != "consent"
    options = poll.options if is_own_words else ()
    fields = [("question", poll.question), ("explanation", poll.explanation or ""), ("method", poll.method)]
    fields += [("rows", str(max(len(options), 2))), ("end", "7"), ("topic", terms.topic or "")]
    if poll.method == "date":
        fields += _of_dates(options)
    else:
        fields += [(f"option-{place}", option) for place, option in enumerate(options)]
    fields += [(f"cost-{place}", str(cost)) for place, cost in enumerate(terms.settings.costs)]
    fields += _of_terms(terms.settings, terms.rules, words)
    roll = terms.eligibility
    fields += [("roll", roll.kind), ("group_ids", ""), ("days", str(roll.days or ""))]
    fields += [("group_ids", str(group_id)) for group_id in roll.group_ids]
    fields += [("place_id", str(roll.place_id))] if roll.place_id else []
    fields += [("audience", terms.audience), ("carry_max", str(terms.carry_max or ""))]
    fields += _ticked(
        hidden=terms.results == "hidden",
        takes_delegations=terms.takes_delegations,
        may_close_early=poll.may_close_early,
        allows_paper=poll.allows_paper,
        allows_block="block" in poll.options,
    )
    return _form(fields)


def _form(fields: Iterable[tuple[str, str]]) -> Form:
    data: list[tuple[str, str | UploadFile]] = [*fields]
    return Form(FormData(data))


def _of_terms(settings: Settings, rules: Rules | None, words: Words) -> list[tuple[str, str]]:
    grades = settings.grades or usual_grades(words)
    fields = [("score_max", str(settings.score_max or 5)), ("grades", "\n".join(grades))]
    fields += [("seats", str(settings.seats)), ("dots", str(settings.budget or 10))]
    fields += [("budget", str(settings.budget or "")), *_ticked(draws_ties=settings.draws_ties)]
    if rules:
        fields += [("quorum", _share(rules.quorum_roll)), ("quorum_ballots", str(rules.quorum_ballots or ""))]
        fields += [("threshold", _share(rules.share) or rules.threshold)]
        fields += _ticked(abstentions_count=rules.abstentions_count)
    return fields


def _of_dates(options: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield the fields of dates; what somebody wrote in words, through the API, is for them to write as a date."""
    for place, option in enumerate(options):
        day, _, clock = option.partition("T")
        yield f"date-{place}", day
        yield f"time-{place}", clock[:5]


def _share(share: tuple[int, int] | None) -> str:
    return f"{share[0]}/{share[1]}" if share else ""


def _ticked(**boxes: bool) -> list[tuple[str, str]]:
    return [(name, "on") for name, is_ticked in boxes.items() if is_ticked]


def rows_of(form: Form) -> int:
    """Return how many options the form has room for."""
    text = form.get("rows")
    rows = int(text) if text.isdecimal() and len(text) < 5 else _ROWS_AT_FIRST
    return min(max(rows, 2), OPTIONS_MAX)


def with_rows(form: Form) -> Form:
    """Return the form with a row more, or without the one that was struck out, as its buttons ask."""
    rows, struck = rows_of(form), form.get("moins")
    kept = [place for place in range(rows) if str(place) != struck]
    fields = [(name, value) for name, value in form.sent() if not name.startswith(_IN_ROWS)]
    fields = [(name, value) for name, value in fields if name not in ("rows", "plus", "moins")]
    for new, old in enumerate(kept):
        fields += [(f"{field}{new}", form.get(f"{field}{old}")) for field in _IN_ROWS]
    return _form([*fields, ("rows", str(len(kept) + form.has("plus")))])


def end_on(days: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the evening so many days ahead on which a poll closes, by the clocks of *zone*."""
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, _END_HOUR, tzinfo=zone)


class Reader:
    """Reads one form, whose times are those of *zone*; what is wrong with it stands in its errors, field by field."""

    def __init__(self, form: Form, words: Words, now: datetime, zone: ZoneInfo) -> None:
        self._form = form
        self._words = words
        self._now = now
        self._zone = zone

    def poll(self, group: GroupView, *, place_id: int | None) -> OpenPoll | None:
        """Return the command that opens the poll, or None; *place_id* is of the place whose residents vote."""
        form, options = self._form, self._options()
        method = form.get("method")
        draft: dict[str, Any] = {
            "group_id": group.group_id,
            "question": form.get("question"),
            "explanation": form.get("explanation") or None,
            "method": method,
            "options": [text for _, text in options],
            "closes_at": self._closes_at(),
            "may_close_early": form.has("may_close_early"),
            "allows_paper": form.has("allows_paper"),
            "allows_block": method == "consent" and form.has("allows_block"),
            "settings": self._settings(method, [place for place, _ in options]),
            "rules": self._rules(method),
            "eligibility": self._eligibility(place_id),
            "listed": form.all("listed") if form.get("roll") == "list" else (),
            "topic": form.get("topic") or None,
            "takes_delegations": form.has("takes_delegations"),
            "carry_max": self._number("carry_max", 1, 1_000_000) if form.has("takes_delegations") else None,
            "results": "hidden" if form.has("hidden") else "running",
            "audience": form.get("audience") or None,
            "replaces": form.get("replaces") or None,
        }
        if not form.get("question"):
            form.fault("question", self._words("Que voulez-vous demander ?"))
        return form.make(OpenPoll, Sentences(self._words), **draft) if form.is_good else None

    def _options(self) -> list[tuple[int, str]]:
        """Return the options that are filled in, with the rows they stand in; consent has its own."""
        form, words = self._form, self._words
        if form.get("method") == "consent":
            return []
        if form.get("method") == "date":
            return self._dates()
        rows = [(place, form.get(f"option-{place}")) for place in range(rows_of(form))]
        found = [(place, text) for place, text in rows if text]
        if len(found) < 2:
            form.fault("option-0", words("Il faut au moins deux choix."))
        seen: set[str] = set()
        for place, text in found:
            if text.casefold() in seen:
                form.fault(f"option-{place}", words("Ce choix est déjà là."))
            if len(text) > 200:
                form.fault(f"option-{place}", words("C’est trop long : %(most)s au plus.", most=words.number(200)))
            seen.add(text.casefold())
        return found

    def _dates(self) -> list[tuple[int, str]]:
        """Return the dates that are filled in, earliest first, as ISO 8601 has them: with a time where it matters."""
        form, words = self._form, self._words
        found: dict[str, int] = {}
        for place in range(rows_of(form)):
            day, clock = form.get(f"date-{place}"), form.get(f"time-{place}")
            if not day and not clock:
                continue
            try:
                option = date.fromisoformat(day).isoformat()
                option += f"T{time.fromisoformat(clock):%H:%M}" if clock else ""
            except ValueError:
                form.fault(f"date-{place}", words("Cette date ne se lit pas."))
                continue
            if option[:10] < self._now.astimezone(self._zone).date().isoformat():
                form.fault(f"date-{place}", words("Ce jour est passé."))
            if option in found:
                form.fault(f"date-{place}", words("Ce choix est déjà là."))
            found.setdefault(option, place)
        if len(found) < 2:
            form.fault("date-0", words("Il faut au moins deux dates."))
        return [(found[option], option) for option in sorted(found)]

    def _settings(self, method: str, rows: Iterable[int]) -> dict[str, Any]:
        form, words = self._form, self._words
        settings: dict[str, Any] = {"draws_ties": form.has("draws_ties")}
        if method == "score":
            settings["score_max"] = self._needed("score_max", 1, 1000)
        elif method == "stv":
            settings["seats"] = self._needed("seats", 1, OPTIONS_MAX)
        elif method == "dots":
            settings["budget"] = self._needed("dots", 1, AMOUNT_MAX)
        elif method == "budget":
            settings["budget"] = budget = self._needed("budget", 1, AMOUNT_MAX)
            settings["costs"] = [self._needed(f"cost-{place}", 1, budget or AMOUNT_MAX) for place in rows]
        elif method == "judgment":
            grades = [line.strip() for line in form.get("grades").splitlines() if line.strip()]
            if not 2 <= len(grades) <= GRADES_MAX or len(set(grades)) < len(grades):
                form.fault("grades", words("Il faut de deux à vingt mentions différentes, une par ligne."))
            settings["grades"] = grades
        return settings

    def _rules(self, method: str) -> dict[str, Any] | None:
        form = self._form
        threshold = form.get("threshold") if method in THRESHOLDS else ""
        share = self._fraction(threshold, SHARES)
        kind = "qualified" if share else threshold if threshold in ("absolute", "simple") else "simple"
        rules = {
            "quorum_roll": self._fraction(form.get("quorum"), QUORUMS),
            "quorum_ballots": self._number("quorum_ballots", 1, 10**9),
            "threshold": kind,
            "share": share,
            "abstentions_count": form.has("abstentions_count") and (kind == "qualified" or method == "consent"),
        }
        says_anything = threshold or rules["abstentions_count"] or rules["quorum_roll"] or rules["quorum_ballots"]
        return rules if says_anything else None

    def _eligibility(self, place_id: int | None) -> dict[str, Any]:
        form, words = self._form, self._words
        match form.get("roll"):
            case "subgroups":
                if not form.all("group_ids"):
                    form.fault("group_ids", words("Choisissez au moins un sous-groupe."))
                return {"kind": "subgroups", "group_ids": form.all("group_ids")} if form.all("group_ids") else {}
            case "place":
                return {"kind": "place", "place_id": place_id} if place_id else {}
            case "tenure":
                days = self._needed("days", 1, 36_500)
                return {"kind": "tenure", "days": days} if days else {}
            case "list":
                if not form.all("listed"):
                    form.fault("listed", words("Choisissez au moins un nom."))
                return {"kind": "list"} if form.all("listed") else {}
            case _:
                return {}

    def _closes_at(self) -> datetime | None:
        form, words = self._form, self._words
        if form.get("end") != "other":
            days = int(form.get("end")) if form.get("end") in map(str, ENDS_DAYS) else 7
            return end_on(days, self._now, self._zone)
        try:
            closes_at = datetime.fromisoformat(form.get("closes_at")).replace(tzinfo=self._zone)
        except ValueError:
            form.fault("closes_at", words("Dites quel jour et à quelle heure le vote finit."))
            return None
        if closes_at <= self._now:
            form.fault("closes_at", words("Cette heure est passée."))
        elif closes_at > self._now + _OPEN_FOR_MAX:
            form.fault("closes_at", words("Un vote reste ouvert un an au plus."))
        return closes_at

    def _number(self, name: str, least: int, most: int) -> int | None:
        text = self._form.get(name)
        if not text:
            return None
        number = int(text) if text.isdecimal() and len(text) < 16 else None
        if number is None or not least <= number <= most:
            said = self._words("Il faut un nombre entier de %(least)s à %(most)s.", least=least, most=most)
            self._form.fault(name, said)
            return None
        return number

    def _needed(self, name: str, least: int, most: int) -> int | None:
        if not self._form.get(name):
            self._form.fault(name, self._words("Ce champ est nécessaire."))
        return self._number(name, least, most)

    def _fraction(self, text: str, known: tuple[str, ...]) -> tuple[int, int] | None:
        # Templates and polls may name other shares than those that the form offers.
        numerator, _, denominator = text.partition("/")
        is_share = numerator.isdecimal() and denominator.isdecimal() and len(text) < 15 and int(denominator) > 0
        if text in known or is_share:
            return int(numerator), int(denominator)
        return None


def as_opened(command: OpenPoll, group: GroupView, now: datetime) -> PollDetails:
    """Return the poll as it would stand if it were opened now, to be looked at; its roll is counted at the opening."""
    options = command.options or (
        ("yes", "no", "abstain", "block") if command.allows_block else ("yes", "no", "abstain")
    )
    given = command.model_dump(include={"settings", "rules", "eligibility", "topic", "takes_delegations", "carry_max"})
    terms = given | {"results": command.results, "audience": command.audience or "everyone"}
    return PollDetails.model_validate(
        {
            "poll_id": UUID(int=0),
            "group_id": group.group_id,
            "question": command.question,
            "explanation": command.explanation,
            "method": command.method,
            "options": options,
            "opened_at": now,
            "closes_at": command.closes_at,
            "may_close_early": command.may_close_early,
            "allows_paper": command.allows_paper,
            "voters_count": len(command.listed) or group.members_count,
            "roll_sha256": "",
            "terms": terms,
            "is_open": True,
            "is_result_declared": False,
            "opened_position": 0,
            "closed_position": None,
            "cancelled_because": None,
            "replaced_by": None,
            "reminded_position": None,
            "disputes_count": 0,
            "disputes": (),
        }
    )
