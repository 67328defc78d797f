"""Every refusal that a member can meet has a sentence of its own."""

import importlib
import pkgutil
from collections.abc import Iterator

import gateway
import services
from gateway.web.refusals import BY_KIND, refusal, told
from gateway.web.words import words_of
from libs.errors import Problem, Refused

OF_OPERATORS = {
    "ManifestoStandsAlready": "the operator publishes a manifesto",
    "Refused": "carries the name of another",
}
"""What no member can meet, and why."""

OF_STATUSES = {"Conflict", "NotAllowed", "NotFound", "NotSignedIn", "NotYet", "TooLarge", "TooMany", "Unprocessable"}
"""The kinds that have subclasses; raised bare, they are told by their status."""


def refusals() -> Iterator[type[Problem]]:
    """Every class of refusal in the services and the gateway."""
    for package in (services, gateway):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting: list[type[Problem]] = [Problem]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Problem and kind.__module__.startswith(("services", "gateway", "libs.service", "libs.errors")):
            yield kind


def test_every_refusal_has_a_sentence() -> None:
    """Who is refused reads what happened, whether it counts and what to do: never a name, never English by accident."""
    names = {kind.__name__ for kind in refusals()}

    assert names - set(BY_KIND) - OF_STATUSES - set(OF_OPERATORS) == set()


def test_no_sentence_is_left_over() -> None:
    """A sentence whose refusal is gone goes with it."""
    names = {kind.__name__ for kind in refusals()}

    assert set(BY_KIND) - names == set()


def test_sentences_are_for_people() -> None:
    """They end, they say no « hash » or « token », and put their signs where French has them."""
    for kind, sentence in BY_KIND.items():
        assert sentence[-1] in ".!?", kind
        assert not {"hash", "token", "UTC", "jeton"} & set(sentence.lower().split()), kind
        assert "'" not in sentence, kind


def test_what_has_no_sentence_is_told_by_its_status() -> None:
    """A refusal of a service that is newer than this gateway is still understood."""
    words = words_of("fr")

    assert told(Refused(409, "SomethingNew", "It is new."), words) == refusal("Conflict", 409, words)
    assert "notre faute" in refusal("SomethingNew", 599, words)
