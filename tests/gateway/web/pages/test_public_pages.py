"""The pages of associations, places and causes."""

import httpx
import pytest

from libs.contracts.groups import (
    ChangePage,
    ClosePage,
    FollowPage,
    GroupDirectory,
    Groups,
    Link,
    OpenPage,
    PageOf,
    UnfollowPage,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices, receipt
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, PAGE, SCRIPT, brief, quiet, shop

AT = f"/l/{PAGE}"
FORM = {"name": "Épicerie du quai", "kind": "place", "words": "Le matin."}
SITE = {"title_0": "Le site", "url_0": "https://example.org/"}


class TestOpening:
    async def test_a_page_is_there(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """With its links in order, for the group that was chosen."""
        quiet(fake)
        done = await member.post("/creer/page", data={**FORM, **SITE, "for_group": str(GARDEN), "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, f"/l/{receipt('groups').id}")
        ((command, _),) = fake.done
        assert command == OpenPage.model_validate(
            {**FORM, "links": [Link(title="Le site", url="https://example.org/")], "for_group": GARDEN}
        )

    @pytest.mark.parametrize(
        "link",
        [
            {"title_0": "Le site", "url_0": "javascript:alert(1)"},
            {"title_0": "Le site", "url_0": "https://user:pw@example.org/"},
            {"title_0": "Le site", "url_0": "example.org"},
            {"title_0": "Le site", "url_0": ""},
            {"title_0": "x" * 201, "url_0": "https://example.org/"},
        ],
    )
    async def test_a_link_that_leads_astray_is_said(
        self, fake: FakeServices, member: httpx.AsyncClient, link: dict[str, str]
    ) -> None:
        """Beside the link, and the rest of the form is kept."""
        quiet(fake)
        page = await member.post("/creer/page", data={**FORM, **link, "csrf": csrf()})

        assert page.status_code == 422
        assert 'aria-invalid="true"' in page.text
        assert "Le matin." in page.text
        assert fake.done == []

    async def test_more_links_need_no_script(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A button adds a row, and nothing is checked or lost meanwhile."""
        quiet(fake)
        page = await member.post("/creer/page", data={**SITE, "more_links": "1", "csrf": csrf()})

        assert page.status_code == 200
        assert 'name="url_2"' in page.text
        assert 'value="https://example.org/"' in page.text
        assert "alert" not in page.text
        assert fake.done == []

    async def test_for_the_groups_that_one_is_a_steward_of(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Those alone are offered; the one that one came from is chosen."""
        quiet(fake)
        other = brief(my_role="member", name="Chorale", group_id=ANA)
        fake.answers(GroupDirectory, Groups(items=(brief(my_role="steward"), other), next=None))
        page = await member.get(f"/creer/page?groupe={GARDEN}")

        assert f'<option value="{GARDEN}" selected>' in page.text
        assert "Chorale" not in page.text


class TestReading:
    async def test_anyone_may(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Without an account; who cares for it is said as far as strangers may know."""
        quiet(fake)
        page = await visitor.get(AT)

        assert "<strong>le matin</strong>" in page.text
        assert f'href="/g/{GARDEN}"' in page.text
        assert "Modifier" not in page.text

    async def test_a_members_name_is_for_members(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A stranger reads that a member of the node cares for it, and not who."""
        quiet(fake)
        fake.answers(PageOf, shop(owner_kind="member", owner=None))
        assert "une personne membre de ce nœud" in (await visitor.get(AT)).text

    async def test_words_and_links_do_nothing(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A script is words; a link says nothing of where it was followed, and only web addresses are links."""
        quiet(fake)
        links = (
            Link.model_construct(title=SCRIPT, url="javascript:alert(1)"),
            Link(title=SCRIPT, url="https://e.org/"),
        )
        fake.answers(PageOf, shop(name=SCRIPT, words=f"{SCRIPT} [x](javascript:alert(1))", links=links))
        page = await visitor.get(AT)

        assert SCRIPT not in page.text
        assert 'javascript:alert(1)"' not in page.text
        assert 'href="https://e.org/" rel="noopener noreferrer nofollow ugc"' in page.text

    async def test_a_closed_page_is_nothing(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """As one that never was."""
        fake.answers(PageOf, Refused(404, "NotFound", "…"))
        assert (await visitor.get(AT)).status_code == 404


class TestFollowing:
    @pytest.mark.parametrize("deed, command", [("follow", FollowPage), ("unfollow", UnfollowPage)])
    async def test_is_one_press(
        self, fake: FakeServices, member: httpx.AsyncClient, deed: str, command: type[FollowPage]
    ) -> None:
        """There and back."""
        quiet(fake)
        done = await member.post(AT, data={"do": deed, "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, AT)
        assert [each for each, _ in fake.done] == [command(page_id=PAGE)]

    async def test_not_twice(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Who does not follow it is told so."""
        quiet(fake)
        fake.answers(UnfollowPage, Refused(404, "NotFollowing", "…"))
        assert (await member.post(AT, data={"do": "unfollow", "csrf": csrf()})).status_code == 422

    async def test_needs_the_forms_token(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Another site's form follows nothing."""
        quiet(fake)
        assert (await member.post(AT, data={"do": "follow"})).status_code == 403
        assert fake.done == []


class TestCaring:
    async def test_is_for_who_may(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Somebody else's page is not changed from here."""
        quiet(fake)
        assert (await member.get(f"{AT}/modifier")).status_code == 403
        assert (await member.post(f"{AT}/modifier", data={**FORM, "csrf": csrf()})).status_code == 403
        assert fake.done == []

    async def test_changes_all_of_it(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The form has what there is; what is taken out is gone."""
        quiet(fake)
        fake.answers(PageOf, shop(may_edit=True, links=(Link(title="Le site", url="https://example.org/"),)))
        begun = (await member.get(f"{AT}/modifier")).text
        assert 'value="https://example.org/"' in begun
        done = await member.post(f"{AT}/modifier", data={**FORM, "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, AT)
        assert [each for each, _ in fake.done] == [ChangePage.model_validate({**FORM, "page_id": PAGE})]

    async def test_closes_it(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """For good, and one is back in the group."""
        quiet(fake)
        fake.answers(PageOf, shop(may_edit=True))
        assert "pour toujours" in (await member.get(AT)).text
        done = await member.post(AT, data={"do": "close", "csrf": csrf()})

        assert done.headers["location"] == f"/g/{GARDEN}"
        assert [each for each, _ in fake.done] == [ClosePage(page_id=PAGE)]
