"""Customs and templates over HTTP."""

from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    ChangeTemplate,
    Customs,
    CustomsOf,
    DropTemplate,
    MakeTemplate,
    Rules,
    SetCustoms,
    Templates,
    TemplatesOf,
    TemplateTerms,
)
from tests.gateway.conftest import FakeServices

GROUP, TEMPLATE = (UUID(int=n) for n in range(1, 3))
AT = f"/api/v1/groups/{GROUP}"
TERMS = {"method": "consent", "rules": {"quorum_roll": [1, 4]}, "support_needed": 3}
KEPT = TemplateTerms(method="consent", rules=Rules(quorum_roll=(1, 4)), support_needed=3)


async def test_everybody_may_read(stranger: httpx.AsyncClient, fake: FakeServices) -> None:
    """How a group decides is no secret."""
    fake.answers(
        CustomsOf,
        Customs(
            group_id=GROUP, audience="everyone", delegations="none", carry_max=None, objection_days=14, position=None
        ),
    )
    fake.answers(TemplatesOf, Templates(items=(), next=None))

    assert (await stranger.get(f"{AT}/customs")).json()["objection_days"] == 14
    assert (await stranger.get(f"{AT}/templates?limit=5&cursor=abc")).status_code == 200
    assert fake.asked == [CustomsOf(group_id=GROUP), TemplatesOf(group_id=GROUP, limit=5, cursor="abc")]


async def test_stewards_settle(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Each route is one command; whether the caller is a steward, governance says."""
    body = {"name": " Everyday ", "terms": TERMS}
    answers = [
        await ana.put(f"{AT}/customs", json={"audience": "group", "carry_max": 5}),
        await ana.post(f"{AT}/templates", json=body),
        await ana.put(f"/api/v1/templates/{TEMPLATE}", json=body),
        await ana.delete(f"/api/v1/templates/{TEMPLATE}"),
    ]

    assert [answer.status_code for answer in answers] == [200, 201, 200, 200]
    assert [command for command, _ in fake.done] == [
        SetCustoms(group_id=GROUP, audience="group", carry_max=5),
        MakeTemplate(group_id=GROUP, name="Everyday", terms=KEPT),
        ChangeTemplate(template_id=TEMPLATE, name="Everyday", terms=KEPT),
        DropTemplate(template_id=TEMPLATE),
    ]


@pytest.mark.parametrize(
    "method, path", [("PUT", f"{AT}/customs"), ("POST", f"{AT}/templates"), ("DELETE", "/api/v1/templates/" + "0" * 32)]
)
async def test_strangers_settle_nothing(
    stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str
) -> None:
    """Who is not signed in is told so."""
    assert (await stranger.request(method, path, json={})).status_code == 401
    assert not fake.done


@pytest.mark.parametrize(
    "terms",
    [
        {"method": "by shouting"},
        {"method": "consent", "rules": {"share": [2, 3]}},
        {"method": "consent", "vote_days": 0},
        {"method": "consent", "support_needed": -1},
        {"method": "consent", "colour": "red"},
    ],
)
async def test_nonsense_is_refused(ana: httpx.AsyncClient, fake: FakeServices, terms: dict[str, object]) -> None:
    """What no template may say does not reach governance."""
    assert (await ana.post(f"{AT}/templates", json={"name": "A", "terms": terms})).status_code == 422
    assert not fake.done
