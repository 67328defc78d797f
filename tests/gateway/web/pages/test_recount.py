"""The page that counts a vote again: what it says without a script, and what it tells the device."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from libs.contracts.governance import (
    GroupKey,
    GroupKeyOf,
    OwnBallot,
    OwnBallotIn,
    PollDetails,
    PollKey,
    PollKeyOf,
    PollOf,
    PollTerms,
    Result,
    ResultOf,
    Round,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices
from tests.libs.audit.tiled import LOG, WITNESSES, publish, some_entries

POLL, GROUP = UUID(int=7), UUID(int=8)
PAGE = f"/v/{POLL}/verification"
DIGEST = "0" * 64
NOT_FOUND = Refused(404, "NotFound", "There is no such thing.")
ROUND = Round(counts=(2, 1), exhausted_count=0, eliminated=(), tie=None)


def poll(**differing: Any) -> PollDetails:
    """A poll that was decided."""
    return PollDetails(
        **{
            "poll_id": POLL,
            "group_id": GROUP,
            "question": "Quel arbre planter ?",
            "explanation": None,
            "method": "ranked",
            "options": ("Tilleul", "Chêne"),
            "opened_at": "2026-11-20T18:00:00Z",
            "closes_at": "2026-11-25T18:00:00Z",
            "may_close_early": False,
            "allows_paper": True,
            "voters_count": 3,
            "roll_sha256": DIGEST,
            "terms": PollTerms(),
            "is_open": False,
            "is_result_declared": True,
            "opened_position": 6,
            "closed_position": 10,
            "cancelled_because": None,
            "replaced_by": None,
            "reminded_position": None,
            "disputes_count": 0,
            "disputes": (),
            **differing,
        }
    )


def result(**differing: Any) -> Result:
    """What it decided."""
    return Result(
        **{
            "poll_id": POLL,
            "method": "ranked",
            "options": ("Tilleul", "Chêne"),
            "winners": ("Tilleul",),
            "voters_count": 3,
            "ballots_count": 3,
            "paper_ballots_count": 0,
            "blank_count": 0,
            "closed_position": 10,
            "declared_position": 12,
            "seed": DIGEST,
            "outcome_sha256": DIGEST,
            "ballots_sha256": DIGEST,
            "rounds_count": 1,
            "rounds": (ROUND,),
            "next": None,
            **differing,
        }
    )


OWN = OwnBallot(poll_id=POLL, ballot_id=UUID(int=9), voter=UUID(int=10), choices=("Chêne",), position=8)


@pytest.fixture
def decided(fake: FakeServices) -> FakeServices:
    """Governance, which knows of one decided poll."""
    fake.answers(PollOf, poll())
    fake.answers(ResultOf, result())
    fake.answers(OwnBallotIn, OWN)
    return fake


@pytest.fixture
def sealed(house: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node with a sealed log of twelve entries, cosigned by two."""
    publish(tmp_path, some_entries(12))
    (tmp_path / "key").write_text("".join(f"{each.verifier.vkey}\n" for each in (LOG, *WITNESSES)))
    settings = house.state.settings.model_copy(update={"tiles_dir": tmp_path})
    monkeypatch.setitem(house.state._state, "settings", settings)
    return tmp_path


class TestThePage:
    async def test_is_whole_without_a_script(
        self, decided: FakeServices, sealed: Path, visitor: httpx.AsyncClient
    ) -> None:
        """Eight sentences, what the node's files say, and which tools count again."""
        page = await visitor.get(PAGE)

        assert page.status_code == 200
        assert page.text.count("data-check=") == 8
        assert "12 lignes scellées" in page.text
        assert "2 témoins sur 2 ont contresigné" in page.text
        assert "w1.example, w2.example" in page.text
        assert f"plaanet audit https://node.example --poll {POLL}" in page.text
        assert f"plaanet export {POLL} --url https://node.example" in page.text
        for path in ("checkpoint", "key", "entries"):
            assert f'href="/log/governance/{path}' in page.text
        assert decided.asked[0] == PollOf(poll_id=POLL, asker=None)

    async def test_names_the_worker_by_its_content(self, decided: FakeServices, visitor: httpx.AsyncClient) -> None:
        """It is an asset of this node, and served as a script."""
        page = await visitor.get(PAGE)
        worker = page.text.partition('data-worker="')[2].partition('"')[0]
        served = await visitor.get(worker)

        assert served.headers["content-type"].startswith("text/javascript")
        assert "worker-src 'self'" in page.headers["content-security-policy"]

    async def test_shows_ones_own_line(self, decided: FakeServices, member: httpx.AsyncClient) -> None:
        """And is kept by no cache."""
        page = await member.get(PAGE)

        assert "Ligne 8 du registre." in page.text
        assert page.headers["cache-control"] == "private, no-store"

    async def test_takes_a_receipt_from_its_address(self, decided: FakeServices, visitor: httpx.AsyncClient) -> None:
        """What a receipt's square leads to; nonsense is left out, and a script in it stays a text."""
        page = await visitor.get(f"{PAGE}?ligne=68&code=K7QM-3XVD")
        assert 'value="68"' in page.text
        assert 'value="K7QM-3XVD"' in page.text
        page = await visitor.get(f'{PAGE}?ligne=1e9&code="><script>alert(1)</script>')
        assert "1e9" not in page.text
        assert "<script>alert" not in page.text

    async def test_of_a_poll_without_result(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """There is nothing to count again yet, or ever."""
        fake.answers(PollOf, poll(is_open=True, is_result_declared=False, closed_position=None))
        assert "Pas encore de résultat." in (await visitor.get(PAGE)).text
        fake.answers(PollOf, poll(is_result_declared=False, cancelled_because="Une erreur."))
        page = await visitor.get(PAGE)
        assert "Ce vote est annulé." in page.text
        assert "data-island" not in page.text

    async def test_of_a_hostile_question(self, decided: FakeServices, visitor: httpx.AsyncClient) -> None:
        """What people write is text."""
        decided.answers(PollOf, poll(question='"><script>alert(1)</script>' + "x" * 200))

        assert "<script>alert" not in (await visitor.get(PAGE)).text

    async def test_of_a_groups_own_poll_is_nothing_to_strangers(
        self, fake: FakeServices, visitor: httpx.AsyncClient
    ) -> None:
        """As if there were none."""
        fake.answers(PollOf, NOT_FOUND)

        assert (await visitor.get(PAGE)).status_code == 404
        assert (await visitor.get(f"{PAGE}/faits")).status_code == 404

    @pytest.mark.parametrize("broken", ["", "nonsense", "a\n\nb\n"])
    async def test_of_a_node_whose_files_are_broken(
        self, decided: FakeServices, sealed: Path, visitor: httpx.AsyncClient, broken: str
    ) -> None:
        """The page is there all the same: it is the device that finds out."""
        (sealed / "checkpoint").write_text(broken)

        page = await visitor.get(PAGE)
        assert page.status_code == 200
        assert "Ce nœud n’a pas encore de témoin." in page.text


class TestTheFacts:
    async def test_are_all_rounds_of_the_result(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """However many pages they are."""
        fake.answers(PollOf, poll())
        pages = [result(rounds_count=2, next="more"), result(rounds_count=2)]
        fake.ask = _one_after_another(fake, pages)  # type: ignore[method-assign]
        told = (await visitor.get(f"{PAGE}/faits")).json()

        assert len(told["shown"]["rounds"]) == 2
        assert "next" not in told["shown"]
        assert (told["mine"], told["key"]) == (None, None)

    async def test_are_a_members_own(self, decided: FakeServices, member: httpx.AsyncClient) -> None:
        """Their ballot, kept by no cache; and in their name alone."""
        answer = await member.get(f"{PAGE}/faits")

        assert answer.json()["mine"] == {
            "voter": str(OWN.voter),
            "position": 8,
            "choices": ["Chêne"],
            "marks": [],
        }
        assert answer.headers["cache-control"] == "private, no-store"
        assert OwnBallotIn(poll_id=POLL, asker=ANA) in decided.asked

    async def test_of_who_did_not_vote(self, decided: FakeServices, member: httpx.AsyncClient) -> None:
        """They count again like anybody."""
        decided.answers(OwnBallotIn, NOT_FOUND)

        assert (await member.get(f"{PAGE}/faits")).json()["mine"] is None
        assert (await member.get(PAGE)).status_code == 200

    async def test_hold_the_key_for_who_may_read(self, decided: FakeServices, member: httpx.AsyncClient) -> None:
        """Of a poll for its group alone; and nobody asks for one where everybody may read."""
        assert (await member.get(f"{PAGE}/faits")).json()["key"] is None
        assert not any(isinstance(query, PollKeyOf) for query in decided.asked)
        decided.answers(PollOf, poll(terms=PollTerms(audience="group", key_sha256=DIGEST)))
        decided.answers(PollKeyOf, PollKey(poll_id=POLL, key="ab" * 32, key_sha256=DIGEST))

        assert (await member.get(f"{PAGE}/faits")).json()["key"] == "ab" * 32
        assert PollKeyOf(poll_id=POLL, asker=ANA) in decided.asked

    async def test_hold_the_groups_key_for_its_members(self, decided: FakeServices, member: httpx.AsyncClient) -> None:
        """Where votes may be carried by what the group keeps to itself; an auditor who is no member has none."""
        decided.answers(GroupKeyOf, GroupKey(group_id=GROUP, key="cd" * 32))
        assert (await member.get(f"{PAGE}/faits")).json()["group_key"] is None
        decided.answers(PollOf, poll(terms=PollTerms(takes_delegations=True)))
        assert (await member.get(f"{PAGE}/faits")).json()["group_key"] == "cd" * 32
        assert GroupKeyOf(group_id=GROUP, asker=ANA) in decided.asked
        decided.answers(GroupKeyOf, Refused(403, "NotAMember", "…"))
        assert (await member.get(f"{PAGE}/faits")).json()["group_key"] is None

    async def test_hold_no_groups_key_for_strangers(self, decided: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Nobody is even asked for it."""
        decided.answers(PollOf, poll(terms=PollTerms(takes_delegations=True)))
        assert (await visitor.get(f"{PAGE}/faits")).json()["group_key"] is None
        assert not any(isinstance(query, GroupKeyOf) for query in decided.asked)


def _one_after_another(fake: FakeServices, pages: list[Result]) -> Any:
    ask = FakeServices.ask

    async def answer(query: Any) -> Any:
        return pages.pop(0) if isinstance(query, ResultOf) else await ask(fake, query)

    return answer
