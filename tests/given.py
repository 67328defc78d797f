"""
Given facts, when something is decided, then other facts follow: `given(Poll, opened).when(Poll.close).then(closed)`.

Facts are contracts, as the log keeps them; so a test of a domain says nothing of how the domain remembers.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate
from eventsourcing.utils import get_topic

from libs.contracts.base import Event
from libs.errors import Problem
from libs.service.aggregates import to_contract

A = TypeVar("A", bound=Aggregate)

LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)


class Given(Generic[A]):
    """An aggregate with a past."""

    def __init__(self, kind: type[A], facts: tuple[Event, ...], aggregate_id: UUID) -> None:
        self._aggregate: A | None = None
        for version, fact in enumerate(facts, 1):
            envelope: dict[str, Any] = {"originator_id": aggregate_id, "originator_version": version}
            if version == 1:
                envelope["originator_topic"] = get_topic(kind)
            event = getattr(kind, type(fact).__name__)(
                timestamp=LONG_AGO, **envelope, **{name: getattr(fact, name) for name in type(fact).model_fields}
            )
            self._aggregate = event.mutate(self._aggregate)

    @property
    def aggregate(self) -> A:
        """The aggregate as its facts made it."""
        assert self._aggregate is not None, "nothing was given"
        return self._aggregate

    def when(self, decide: Callable[..., Any], *args: Any, **kwargs: Any) -> "When":
        """Decide with a method of the aggregate; with nothing given, *decide* founds one (a class, a classmethod)."""

        def decision() -> Aggregate:
            if self._aggregate is None:
                founded: Aggregate = decide(*args, **kwargs)
                return founded
            decide(self._aggregate, *args, **kwargs)
            return self._aggregate

        return When(decision)


class When:
    """A decision that is about to be made."""

    def __init__(self, decision: Callable[[], Aggregate]) -> None:
        self._decision = decision

    def then(self, *facts: Event) -> None:
        """Exactly these facts follow, none for a decision that changes nothing."""
        assert [to_contract(event) for event in self._decision().collect_events()] == list(facts)

    def refuses(self, problem: type[Problem], match: str | None = None) -> None:
        """The decision is refused; *match* is found in the sentence for a person."""
        with pytest.raises(problem, match=match) as refusal:
            self._decision()
        assert type(refusal.value) is problem


def given(kind: type[A], *facts: Event, id: UUID = UUID(int=1)) -> Given[A]:  # noqa: A002 - as aggregates call it
    """Return an aggregate of *kind* to which *facts* have happened."""
    return Given(kind, facts, id)
