"""Who may act: sessions that end, a manifesto that changes, members who go for good."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import PASSWORD, ROOT, Person, audit, found_group, open_poll, outcome_of

pytestmark = pytest.mark.node


def publish_manifesto(node: EmbeddedNode, text: str, file: Path) -> None:
    """Publish a manifesto, as the operator does."""
    file.write_text(text)
    command = [sys.executable, "-m", "libs.node", "manifesto", "publish", str(file), "--data", str(node.folder.path)]
    subprocess.run(command, check=True, cwd=ROOT)


async def status_within(person: Person, path: str, status: int, *, timeout_s: float) -> bool:
    """Whether the answer to a GET becomes *status* within so long."""
    try:
        async with asyncio.timeout(timeout_s):
            while (await person.http.get(path)).status_code != status:
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


class TestSessions:
    async def test_a_session_that_was_ended_stops_within_two_seconds(self, node: EmbeddedNode) -> None:
        """Logging out everywhere ends every session's tokens and live streams within 2 s."""
        async with Person(node.url) as here, Person(node.url) as there:
            await here.sign_up()
            there.handle = here.handle
            await there.sign_in()

            async with there.http.stream("GET", "/live") as stream:
                lines = stream.aiter_lines()
                await anext(lines)
                await here.delete("/sessions")
                async with asyncio.timeout(2):
                    async for _ in lines:
                        pass  # until it ends

            assert await status_within(there, "/me", 401, timeout_s=2)
            assert await status_within(here, "/me", 401, timeout_s=2)
            refused = await there.http.post(
                "/sessions/refresh", json={"refresh_token": there.refresh_token}, headers={"Authorization": ""}
            )
            assert refused.status_code == 401

    async def test_a_session_goes_on_by_its_refresh_token(self, node: EmbeddedNode) -> None:
        """A refresh gives new tokens, and the session is the same."""
        async with Person(node.url) as ana:
            await ana.sign_up()
            before = (await ana.get("/sessions"))["sessions"]
            ana.use(await ana.post("/sessions/refresh", {"refresh_token": ana.refresh_token}, expect=200))

            after = (await ana.get("/sessions"))["sessions"]
            assert [session["id"] for session in before] == [session["id"] for session in after]


class TestManifesto:
    async def test_a_new_one_must_be_approved_before_anything_else(self, node_folder: Path, tmp_path: Path) -> None:
        """Until a member approves the new manifesto, reading, approving and leaving are all that is open."""
        with EmbeddedNode(node_folder / "manifesto") as node:
            async with Person(node.url) as ana:
                await ana.sign_up()
                group_id = await found_group(ana)
                publish_manifesto(node, "# Manifeste\n\nNouveau texte.\n", tmp_path / "manifesto.md")

                body = {"name": "Autre", "purpose": "Autre chose"}
                async with asyncio.timeout(30):
                    while (refused := await ana.http.post("/groups", json=body)).status_code == 201:
                        await asyncio.sleep(0.05)
                assert refused.json()["type"] == "/problems/ManifestoNotApproved"
                await ana.get(f"/groups/{group_id}")
                manifesto = await ana.get("/manifesto")
                assert manifesto["version"] == 2
                await ana.put("/me/approval", {"sha256": manifesto["sha256"]})
                await ana.post("/groups", body)


class TestErasure:
    async def test_leaves_every_count_as_it_was(self, node: EmbeddedNode) -> None:
        """Who erases themselves is nobody to others; their ballot counts, and the audit is clean."""
        async with Person(node.url) as ana, Person(node.url) as bo:
            await ana.sign_up()
            await bo.sign_up()
            group_id = await found_group(ana)
            await bo.put(f"/groups/{group_id}/members/me")
            poll_id = await open_poll(ana, group_id)
            await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})

            gone = await bo.delete("/me", body={"password": PASSWORD})

            profile = await ana.get(f"/members/{bo.id}", at_least=gone)
            assert (profile["handle"], profile["is_former"]) == (None, True)
            assert await status_within(bo, "/me", 401, timeout_s=2)
            await ana.put(f"/polls/{poll_id}/closing")
            assert (await outcome_of(ana, poll_id))["winners"] == ["Chêne"]
            assert await asyncio.to_thread(audit, node.url) == 0

    async def test_leaves_no_name_anywhere(self, node: EmbeddedNode) -> None:
        """Neither the vote log nor what others can read holds the handle of who is gone."""
        async with Person(node.url) as ana, Person(node.url) as bo:
            await ana.sign_up()
            await bo.sign_up()
            group_id = await found_group(ana)
            joined = await bo.put(f"/groups/{group_id}/members/me")
            await ana.get(f"/groups/{group_id}/members", at_least=joined)
            gone = await bo.delete("/me", body={"password": PASSWORD})

            profile = await ana.get(f"/members/{bo.id}", at_least=gone)
            members = await ana.get(f"/groups/{group_id}/members")
            log = (await ana.http.get(f"{node.url}/log/governance/entries")).text
            assert bo.handle not in f"{profile} {members} {log}"


class TestOwnData:
    async def test_are_one_file(self, node: EmbeddedNode) -> None:
        """A member takes along what every service knows of them."""
        async with Person(node.url) as ana:
            await ana.sign_up()
            receipt = await ana.post("/groups", {"name": "Jardin", "purpose": "Cultiver"})
            response = await ana.http.get("/me/data", params={"at_least": f"groups:{receipt['position']}"})

            assert "attachment" in response.headers["Content-Disposition"]
            data = response.json()
            assert set(data) == {"identity", "groups", "events", "governance"}
            assert ana.handle in str(data["identity"])
            assert receipt["id"] in str(data["groups"])


class TestStrangers:
    async def test_see_nothing_that_is_a_members(self, node: EmbeddedNode) -> None:
        """Without a session: who is in a group, who asked, who answered and how one voted are closed."""
        async with Person(node.url) as ana, Person(node.url) as outsider, httpx.AsyncClient() as stranger:
            await ana.sign_up()
            await outsider.sign_up()
            group_id = await found_group(ana, admission="approval")
            poll_id = await open_poll(ana, group_id)
            gathering = {
                "name": "Plantation",
                "starts_at": "2030-03-02T10:00:00",
                "ends_at": "2030-03-02T12:00:00",
                "time_zone": "Europe/Paris",
            }
            gathering_id = (await ana.post(f"/groups/{group_id}/gatherings", gathering))["id"]
            for path in (
                f"/groups/{group_id}/members",
                f"/groups/{group_id}/requests",
                f"/gatherings/{gathering_id}/answers",
                f"/polls/{poll_id}/ballots",
                f"/polls/{poll_id}/roll",
                f"/polls/{poll_id}/ballot",
                f"/members/{ana.id}",
                "/me",
                "/me/data",
                "/sessions",
            ):
                assert (await stranger.get(f"{node.url}/api/v1{path}")).status_code in (401, 403), path
            for path in (
                f"/groups/{group_id}/members",
                f"/gatherings/{gathering_id}/answers",
                f"/polls/{poll_id}/ballots",
            ):
                assert (await outsider.http.get(path)).status_code == 403, path
