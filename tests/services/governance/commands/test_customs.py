"""Who settles how a group decides."""

from uuid import uuid4

import pytest

from libs.contracts.base import Command
from libs.contracts.governance import (
    ChangeTemplate,
    CustomsSet,
    DropTemplate,
    MakeTemplate,
    SetCustoms,
    TemplateMade,
    TemplateTerms,
)
from libs.errors import NotFound
from libs.service.aggregates import KeyWasUsed
from services.governance.domain.electorate import NotASteward
from services.governance.domain.template import TemplateCannotBeCounted
from tests.services.governance.conftest import ANA, BO, GROUP, STRANGER, Governance

TERMS = TemplateTerms(method="consent")
MAKE = MakeTemplate(group_id=GROUP, name="Everyday", terms=TERMS)


async def test_stewards_settle_customs(governance: Governance) -> None:
    """The entry is the group's, and names the steward who answers for it."""
    entry = await governance.do(SetCustoms(group_id=GROUP, carry_max=5), by=ANA)

    assert isinstance(entry.event, CustomsSet)
    assert entry.event.carry_max == 5
    assert (entry.group_id, entry.actor) == (GROUP, str(ANA))


async def test_the_same_customs_again_are_one_entry(governance: Governance) -> None:
    """Settling twice, also under another key, is settling once; something else is new."""
    first = await governance.do(SetCustoms(group_id=GROUP), by=ANA)
    assert (await governance.do(SetCustoms(group_id=GROUP), by=ANA)).position == first.position
    assert (await governance.do(SetCustoms(group_id=GROUP, carry_max=1), by=ANA)).position > first.position


async def test_only_stewards_do(governance: Governance) -> None:
    """Neither a member nor a stranger settles anything."""
    template = (await governance.do(MAKE, by=ANA)).aggregate_id
    commands: list[Command] = [
        SetCustoms(group_id=GROUP),
        MAKE,
        ChangeTemplate(template_id=template, name="Quick", terms=TERMS),
        DropTemplate(template_id=template),
    ]
    for who in (BO, STRANGER):
        for command in commands:
            with pytest.raises(NotASteward):
                await governance.do(command, by=who)


async def test_of_a_group_that_is_there(governance: Governance) -> None:
    """Nothing is settled for a group that nobody heard of, nor in a template that nobody made."""
    with pytest.raises(NotFound):
        await governance.do(SetCustoms(group_id=uuid4()), by=ANA)
    with pytest.raises(NotFound):
        await governance.do(DropTemplate(template_id=uuid4()), by=ANA)


async def test_a_bad_template_is_not_kept(governance: Governance) -> None:
    """What could not be counted is refused when it is made and when it is changed."""
    score = TemplateTerms(method="score")
    template = (await governance.do(MAKE, by=ANA)).aggregate_id
    for command in (
        MakeTemplate(group_id=GROUP, name="Marks", terms=score),
        ChangeTemplate(template_id=template, name="Marks", terms=score),
    ):
        with pytest.raises(TemplateCannotBeCounted, match="highest score"):
            await governance.do(command, by=ANA)


async def test_a_template_made_twice_with_one_key(governance: Governance) -> None:
    """The same request again is the same template; another with that key is refused."""
    key = uuid4()
    first = await governance.do(MAKE, by=ANA, key=key)
    assert (await governance.do(MAKE, by=ANA, key=key)).position == first.position
    with pytest.raises(KeyWasUsed):
        await governance.do(MAKE.model_copy(update={"name": "Other"}), by=ANA, key=key)
    assert len(await governance.events(TemplateMade)) == 1
