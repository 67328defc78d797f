"""What a template may say, and what becomes of it."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import Method, Rules, Settings, TemplateChanged, TemplateDropped, TemplateMade
from libs.contracts.governance import TemplateTerms as Terms
from services.governance.domain.template import (
    Template,
    TemplateCannotBeCounted,
    TemplateWasDropped,
    check_terms,
)
from tests.given import given

GROUP = UUID(int=1)
CONSENT, SINGLE = Terms(method="consent"), Terms(method="single", vote_days=3)
MADE = TemplateMade(group_id=GROUP, name="Everyday", terms=CONSENT)


class TestTerms:
    @pytest.mark.parametrize(
        "method, settings",
        [
            ("consent", {}),
            ("single", {}),
            ("approval", {"draws_ties": True}),
            ("ranked", {}),
            ("schulze", {}),
            ("borda", {}),
            ("date", {}),
            ("stv", {"seats": 7}),
            ("score", {"score_max": 10}),
            ("judgment", {"grades": ("good", "fair", "bad")}),
            ("dots", {"budget": 10}),
            ("budget", {"budget": 1000}),
            ("budget", {"budget": 1000, "costs": (1000, 20, 3)}),
        ],
    )
    def test_that_can_be_counted(self, method: Method, settings: dict[str, Any]) -> None:
        """Every method may be a group's custom; what depends on the options comes with them."""
        check_terms(Terms(method=method, settings=Settings(**settings)))

    @pytest.mark.parametrize(
        "method, settings",
        [
            ("score", {}),
            ("judgment", {"grades": ("good",)}),
            ("judgment", {"grades": ("good", "good")}),
            ("dots", {}),
            ("budget", {}),
            ("budget", {"budget": 10, "costs": (11, 1)}),
            ("consent", {"seats": 2}),
            ("single", {"score_max": 5}),
        ],
    )
    def test_that_cannot(self, method: Method, settings: dict[str, Any]) -> None:
        """What no poll could be counted by is refused when it is saved, not when the first poll opens."""
        with pytest.raises(TemplateCannotBeCounted):
            check_terms(Terms(method=method, settings=Settings(**settings)))

    def test_rules_fit_the_method(self) -> None:
        """A threshold is a share of ballots, so it goes only with methods that have one."""
        absolute = Rules(threshold="absolute")
        check_terms(Terms(method="consent", rules=absolute))
        with pytest.raises(TemplateCannotBeCounted):
            check_terms(Terms(method="borda", rules=absolute))


class TestChange:
    def test_says_it_whole(self) -> None:
        """A change replaces name and terms."""
        given(Template, MADE).when(Template.change, "Quick", SINGLE).then(TemplateChanged(name="Quick", terms=SINGLE))

    def test_the_same_again(self) -> None:
        """Twice is once."""
        given(Template, MADE).when(Template.change, "Everyday", CONSENT).then()

    def test_not_when_dropped(self) -> None:
        """What is dropped stays as it was."""
        given(Template, MADE, TemplateDropped()).when(Template.change, "Quick", SINGLE).refuses(TemplateWasDropped)


class TestDrop:
    def test_nothing_new_begins_with_it(self) -> None:
        """A dropped template is none to begin with."""
        given(Template, MADE).when(Template.drop).then(TemplateDropped())
        given(Template, MADE, TemplateDropped()).when(Template.check_stands).refuses(TemplateWasDropped)

    def test_twice_is_once(self) -> None:
        """Dropping it again changes nothing."""
        given(Template, MADE, TemplateDropped()).when(Template.drop).then()
