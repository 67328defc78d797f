"""The node's own page: what is said when all is well, late, broken or silent."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from libs.contracts.geo import Gazetteer, GazetteerState
from libs.contracts.identity import CurrentManifesto, Manifesto
from libs.errors import NotYet
from libs.eventlog.log import LogUnreachable
from tests.gateway.conftest import FakeServices
from tests.gateway.web.test_seals import DIE, LOG, VALENCE, publish

MANIFESTO = Manifesto(
    version=2, sha256="0" * 64, text="# Nous décidons.", published_at=datetime(2026, 1, 1, tzinfo=UTC)
)


@dataclass
class Length:
    """A log that knows how long it is, or cannot be reached (None)."""

    size: int | None

    async def last(self) -> int:
        if self.size is None:
            raise LogUnreachable("The log cannot be reached.")
        return self.size


@pytest.fixture
def node(house: FastAPI, fake: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node that seals its log into the folder."""
    fake.answers(CurrentManifesto, MANIFESTO)
    gazetteer = Gazetteer(version="1", places_count=254_261, loaded_at=MANIFESTO.published_at, done=1, total=1)
    fake.answers(GazetteerState, gazetteer)
    state = vars(house.state)["_state"]
    monkeypatch.setitem(state, "settings", house.state.settings.model_copy(update={"tiles_dir": tmp_path}))
    monkeypatch.setitem(state, "logs", {"governance": Length(12)})
    return tmp_path


async def test_says_that_all_is_well(node: Path, visitor: httpx.AsyncClient) -> None:
    """Sealed to the last line, and every witness signed."""
    publish(node, LOG, DIE, VALENCE, at=datetime.now(UTC))
    text = (await visitor.get("/noeud")).text

    assert "Tout va bien" in text
    assert "12 lignes scellées" in text
    assert "tous à l’heure" in text
    assert "254\u202f261 lieux" in text
    assert "GeoNames" in text


async def test_names_a_witness_who_is_late(node: Path, visitor: httpx.AsyncClient) -> None:
    """Who has not signed for a minute."""
    publish(node, LOG, DIE, at=datetime.now(UTC) - timedelta(hours=3))
    text = (await visitor.get("/noeud")).text

    assert "Tout va bien" not in text
    assert "en retard" in text.partition("valence.example")[2]


async def test_says_that_the_seal_is_late(house: FastAPI, node: Path, visitor: httpx.AsyncClient) -> None:
    """Lines wait that are written and not sealed."""
    publish(node, LOG, DIE, VALENCE, at=datetime.now(UTC) - timedelta(minutes=5))
    house.state.logs["governance"] = Length(13)

    assert "Le sceau est en retard" in (await visitor.get("/noeud")).text


async def test_is_loud_where_the_seal_is_broken(node: Path, visitor: httpx.AsyncClient) -> None:
    """And says what to do."""
    publish(node, LOG)
    (node / "checkpoint").write_bytes(b"nothing of the kind")
    page = await visitor.get("/noeud")

    assert page.status_code == 200
    assert "gardez vos reçus" in page.text


async def test_stands_while_others_are_away(
    house: FastAPI, fake: FakeServices, node: Path, visitor: httpx.AsyncClient
) -> None:
    """No seal yet, no log, no gazetteer: it is told, and the rest is there."""
    house.state.logs["governance"] = Length(None)
    fake.answers(GazetteerState, NotYet("…"))
    page = await visitor.get("/noeud")

    assert page.status_code == 200
    assert page.text.count("ne répond pas") == 2
    assert "Le sceau arrive" in page.text
