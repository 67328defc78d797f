"""How a group settles the way it decides."""

from typing import Any
from uuid import UUID

from libs.contracts.governance import CustomsSet
from services.governance.domain.customs import Customs
from tests.given import given

GROUP = UUID(int=1)
SETTLED: dict[str, Any] = {"audience": "group", "delegations": "none", "carry_max": 5, "objection_days": 30}
SET = CustomsSet(group_id=GROUP, **SETTLED)


def settled_first(**customs: Any) -> Customs:
    """The customs of a group that settles them for the first time."""
    found = Customs.before_any(GROUP)
    found.settle(**customs)
    return found


class TestSettle:
    def test_the_first_time(self) -> None:
        """What was never settled can be."""
        given(Customs).when(settled_first, **SETTLED).then(SET)

    def test_the_usual_is_settled_too(self) -> None:
        """A group may settle on what holds anyway; from then on it does not change with the usual."""
        usual: dict[str, Any] = {"audience": "everyone", "delegations": "public", "carry_max": None}
        given(Customs).when(settled_first, **usual, objection_days=14).then(
            CustomsSet(group_id=GROUP, **usual, objection_days=14)
        )

    def test_again(self) -> None:
        """The newest counts."""
        given(Customs, SET, id=Customs.create_id(GROUP)).when(Customs.settle, **SETTLED | {"carry_max": None}).then(
            CustomsSet(group_id=GROUP, **SETTLED | {"carry_max": None})
        )

    def test_the_same_again(self) -> None:
        """Twice is once."""
        given(Customs, SET, id=Customs.create_id(GROUP)).when(Customs.settle, **SETTLED).then()
