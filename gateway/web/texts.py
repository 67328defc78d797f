"""What the pages of proposals share: phases in words, what a form says of times and choices, and who may do what."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from babel import dates

from gateway.web.forms import Form
from gateway.web.words import Words
from libs.contracts.governance import AmendmentState, Phase, Proposal, Settings, Side


def _(message: str) -> str:
    """Mark *message* for translation; it is translated where it is shown."""
    return message


PHASES: Mapping[Phase, str] = {
    "discussion": _("en discussion"),
    "support": _("cherche du soutien"),
    "ready": _("peut aller au vote"),
    "vote": _("au vote"),
    "adopted": _("adopté"),
    "rejected": _("pas adopté"),
    "taken back": _("retiré"),
}

AMENDMENT_STATES: Mapping[AmendmentState, str] = {
    "open": _("à discuter"),
    "refused": _("refusé"),
    "vote": _("au vote"),
    "taken in": _("repris dans le texte"),
    "taken back": _("retiré"),
}

SIDES: Mapping[Side, str] = {"for": _("Pour"), "against": _("Contre"), "question": _("Questions")}

PENDING: tuple[Phase, ...] = ("discussion", "support", "ready")
"""Phases in which the group is not yet asked."""


def stages(proposal: Proposal, words: Words, zone: ZoneInfo) -> tuple[list[tuple[str, str]], int]:
    """Return the phases of a proposal, each with its date in words, and the place of the one it stands in."""

    def day(moment: datetime | None) -> str:
        return dates.format_skeleton("MMMd", moment.astimezone(zone), locale=words.locale) if moment else ""

    until = words("jusqu’au %(day)s", day=day(proposal.discussion_until))
    found = [(words("Discussion"), until if proposal.phase == "discussion" else day(proposal.discussion_until))]
    if proposal.support_needed:
        found.append((words("Soutien"), day(proposal.support_reached_at)))
    found.append((words("Vote"), day(proposal.put_to_vote_at)))
    found.append((words("Suites"), day(proposal.decided_at)))
    at = {"discussion": 0, "support": 1, "ready": len(found) - 2, "vote": len(found) - 2}
    return found, at.get(proposal.phase, len(found) - 1)


def moment_of(form: Form, name: str, words: Words, zone: ZoneInfo) -> datetime | None:
    """Return the instant that a field of day and time says, by the clocks of *zone*; None where it is empty."""
    said = form.get(name)
    if not said:
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=zone)
    except ValueError:
        form.fault(name, words("Cette date ne se lit pas."))
        return None


def lines_of(form: Form, name: str) -> tuple[str, ...]:
    """Return what a field says, line by line; the empty ones are left out."""
    return tuple(line.strip() for line in form.get(name).splitlines() if line.strip())


def settings_of(form: Form, proposal: Proposal, words: Words) -> tuple[tuple[str, ...], Settings | None]:
    """
    Return the choices that a form names, and the settings that go with them.

    For a budget each line ends with what the project costs, behind a colon; what is wrong is told in the form.
    """
    options = lines_of(form, "options")
    if proposal.terms.method != "budget":
        return options, None
    names, costs = [], []
    for line in options:
        name, _colon, cost = line.rpartition(":")
        digits = "".join(cost.split())
        if not name.strip() or not digits.isdecimal():
            form.fault("options", words("Chaque ligne dit un projet puis son coût, par exemple « Un banc : 240 »."))
            return (), None
        names.append(name.strip())
        costs.append(int(digits))
    settings = form.make(
        Settings,
        lambda _error: words("Un coût est un nombre entier, plus grand que zéro."),  # type: ignore[arg-type]
        **proposal.terms.settings.model_dump(exclude={"costs"}),
        costs=tuple(costs),
    )
    return tuple(names), settings


def once_of(form: Form) -> str:
    """Return the form's own word, so that sent twice it founds one thing; a new one for a form that has none."""
    said = form.get("once")
    return said if said.isascii() and said.isalnum() and len(said) == 32 else uuid4().hex
