"""What can be read of how a group decides."""

from uuid import uuid4

import pytest

from libs.contracts.governance import (
    ChangeTemplate,
    Customs,
    CustomsOf,
    DropTemplate,
    MakeTemplate,
    SetCustoms,
    TemplatesOf,
    TemplateTerms,
)
from libs.service.paging import BadCursor
from tests.services.governance.conftest import ANA, GROUP
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres

TERMS = TemplateTerms(method="consent", support_needed=3)


async def test_a_group_that_settled_nothing_has_customs(house: Readers) -> None:
    """Everybody may read, votes may be delegated in public, and an objection has two weeks."""
    assert await house.ask(CustomsOf(group_id=GROUP)) == Customs(
        group_id=GROUP, audience="everyone", delegations="public", carry_max=None, objection_days=14, position=None
    )


async def test_the_newest_customs_are_shown(house: Readers) -> None:
    """What was settled last, and where."""
    await house.decided.do(SetCustoms(group_id=GROUP, carry_max=5), by=ANA)
    last = await house.decided.do(SetCustoms(group_id=GROUP, audience="group", objection_days=30), by=ANA)

    customs = await house.ask(CustomsOf(group_id=GROUP))
    assert (customs.audience, customs.carry_max, customs.objection_days) == ("group", None, 30)
    assert customs.position == last.position


async def test_templates_are_listed(house: Readers) -> None:
    """As they are now, in the order in which they were made; a dropped one is there no more."""
    made = [
        (await house.decided.do(MakeTemplate(group_id=GROUP, name=name, terms=TERMS), by=ANA)).aggregate_id
        for name in ("Everyday", "Quick", "Grand")
    ]
    changed = TemplateTerms(method="single", vote_days=1)
    await house.decided.do(ChangeTemplate(template_id=made[1], name="Very quick", terms=changed), by=ANA)
    await house.decided.do(DropTemplate(template_id=made[2]), by=ANA)

    first = await house.ask(TemplatesOf(group_id=GROUP, limit=1))
    second = await house.ask(TemplatesOf(group_id=GROUP, limit=2, cursor=first.next))
    assert [(t.template_id, t.name, t.terms) for t in (*first.items, *second.items)] == [
        (made[0], "Everyday", TERMS),
        (made[1], "Very quick", changed),
    ]
    assert second.next is None
    assert (await house.ask(TemplatesOf(group_id=uuid4()))).items == ()
    with pytest.raises(BadCursor):
        await house.ask(TemplatesOf(group_id=GROUP, cursor="none of ours"))


async def test_a_rebuild_gives_the_same(house: Readers) -> None:
    """The rows follow from the log, however many entries are read at a time."""
    template = (await house.decided.do(MakeTemplate(group_id=GROUP, name="A", terms=TERMS), by=ANA)).aggregate_id
    await house.decided.do(SetCustoms(group_id=GROUP), by=ANA)
    await house.decided.do(SetCustoms(group_id=GROUP, carry_max=2), by=ANA)
    await house.decided.do(ChangeTemplate(template_id=template, name="B", terms=TERMS), by=ANA)
    await house.level()
    rows = await house.rows()

    assert await house.rebuild(step=1) == rows
    assert await house.rebuild(step=500) == rows
