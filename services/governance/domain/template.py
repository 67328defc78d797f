"""A group's named way to decide: from it proposals and polls take what they do not say themselves."""

from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs import tally
from libs.contracts.governance import TemplateTerms
from libs.errors import Conflict, Unprocessable
from libs.tally import InvalidPoll


class TemplateCannotBeCounted(Unprocessable):
    """No poll could be counted by such a method with such settings and rules."""


class TemplateWasDropped(Conflict):
    """Nothing new begins with a template that was dropped."""


class Template(Aggregate):
    """A named way to decide, until it is dropped."""

    @event("TemplateMade")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        group_id: UUID,
        name: str,
        terms: TemplateTerms,
    ) -> None:
        self._id = id
        self.group_id = group_id
        self.name = name
        self.terms = terms
        self.is_dropped = False

    def check_stands(self) -> None:
        """
        Raises:
            TemplateWasDropped: It was.
        """
        if self.is_dropped:
            raise TemplateWasDropped(f"The template {self.name!r} was dropped; choose another.")

    def change(self, name: str, terms: TemplateTerms) -> None:
        """
        Let it say this, whole; the same again is nothing new.

        Raises:
            TemplateWasDropped: It was.
        """
        self.check_stands()
        if (name, terms) != (self.name, self.terms):
            self._change(name, terms)

    def drop(self) -> None:
        """Let nothing begin with it any more; what is dropped stays so."""
        if not self.is_dropped:
            self._drop()

    @event("TemplateChanged")
    def _change(self, name: str, terms: TemplateTerms) -> None:
        self.name = name
        self.terms = terms

    @event("TemplateDropped")
    def _drop(self) -> None:
        self.is_dropped = True


def check_terms(terms: TemplateTerms) -> None:
    """
    Raises:
        TemplateCannotBeCounted: No poll could be opened on these terms, whatever its options.
    """
    try:
        tally.check_poll(terms.method, _some_options(terms), _settings(terms))
        if terms.rules:
            tally.check_rules(terms.method, tally.Rules(**dict(terms.rules)))
    except InvalidPoll as fault:
        raise TemplateCannotBeCounted(str(fault)) from fault


def _some_options(terms: TemplateTerms) -> tuple[str, ...]:
    """Return options that a poll on these terms might have: so many as its seats or its costs need."""
    if terms.method == "consent":
        return ("yes", "no", "abstain")
    return tuple(map(str, range(len(terms.settings.costs) or max(2, terms.settings.seats))))


def _settings(terms: TemplateTerms) -> tally.Settings:
    settings = dict(terms.settings)
    if terms.method == "budget" and not terms.settings.costs:
        settings["costs"] = (1, 1)  # they come with the options
    return tally.Settings(**settings)
