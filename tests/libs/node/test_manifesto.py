"""`plaanet manifesto`: the operator's words to the members."""

import argparse
import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from libs.contracts.base import Receipt, Refusal, View
from libs.contracts.identity import Manifesto, PublishManifesto
from libs.node import manifesto
from libs.node.embedded import EmbeddedNats
from libs.node.folder import NodeFolder
from libs.node.trouble import NodeTrouble

TEXT = "# Manifeste\n\nNous décidons ensemble.\n"


def arguments(folder: Path, action: str, file: Path | None = None) -> argparse.Namespace:
    """What was typed."""
    return argparse.Namespace(action=action, file=file, data=folder)


class TestFile:
    @pytest.mark.parametrize(
        "content,why",
        [
            (b"\xff\xfe", "not UTF-8"),
            ("\ufeffNous".encode(), "U\\+FEFF"),
            (b"a\r\nb", "U\\+000D"),
            (b"", "empty"),
            (b"x" * 50_001, "50000"),
        ],
    )
    def test_says_why_a_text_will_not_do(self, tmp_path: Path, content: bytes, why: str) -> None:
        """A file that cannot be a manifesto is refused before anything is asked of the node."""
        file = tmp_path / "m.md"
        file.write_bytes(content)
        with pytest.raises(NodeTrouble, match=why):
            manifesto.run(arguments(tmp_path, "publish", file))

    def test_says_that_there_is_none(self, tmp_path: Path) -> None:
        """No file, a file that is not there, a node that does not run: each in its own words."""
        with pytest.raises(NodeTrouble, match="Name the file"):
            manifesto.run(arguments(tmp_path, "publish"))
        with pytest.raises(NodeTrouble, match="cannot be read"):
            manifesto.run(arguments(tmp_path, "publish", tmp_path / "none.md"))
        with pytest.raises(NodeTrouble, match="No node runs"):
            manifesto.run(arguments(tmp_path, "show"))


@pytest.mark.nats
class TestNode:
    @pytest.fixture
    async def folder(self, nats_server: EmbeddedNats, tmp_path: Path) -> AsyncIterator[Path]:
        """The folder of a node that runs, as far as NATS goes."""
        folder = NodeFolder(tmp_path / "nats")
        with folder.taken():
            folder.write_status({"nats_url": nats_server.url})
            yield folder.path

    @pytest.fixture
    async def identity(self, nats_server: EmbeddedNats) -> AsyncIterator[Client]:
        """Whoever sits at identity's desk."""
        client = await nats_server.connect("identity")
        yield client
        await client.close()

    async def answer(self, client: Client, kind: str, view: View) -> asyncio.Queue[Msg]:
        """Have identity answer so; return what it is asked."""
        asked: asyncio.Queue[Msg] = asyncio.Queue()

        async def on_message(message: Msg) -> None:
            asked.put_nowait(message)
            await client.publish(message.reply, view.model_dump_json().encode(), headers={"Plaanet-Answer": kind})
            await client.flush()

        for way in ("do", "ask"):
            await client.subscribe(f"{way}.identity.*", "identity", on_message)
        await client.flush()
        return asked

    async def test_publishes(
        self, identity: Client, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The text goes to identity in the operator's name, and the receipt is shown with the text's hash."""
        receipt = Receipt(log="identity", position=7, id=UUID(int=1), origin="node.example/identity")
        asked = await self.answer(identity, "Receipt", receipt)
        (tmp_path / "m.md").write_text(TEXT)
        code = await asyncio.to_thread(manifesto.run, arguments(folder, "publish", tmp_path / "m.md"))

        message = asked.get_nowait()
        assert code == 0
        assert message.subject == "do.identity.PublishManifesto"
        assert message.headers is not None
        assert message.headers["Plaanet-Actor"] == "operator"
        assert PublishManifesto.model_validate_json(message.data).text == TEXT
        assert f"identity:7, {hashlib.sha256(TEXT.encode()).hexdigest()}" in capsys.readouterr().out

    async def test_is_refused(self, identity: Client, folder: Path, tmp_path: Path) -> None:
        """What identity refuses is said in its words."""
        refusal = Refusal(status=409, type="ManifestoStandsAlready", detail="This text is version 2.")
        await self.answer(identity, "Refusal", refusal)
        (tmp_path / "m.md").write_text(TEXT)
        with pytest.raises(NodeTrouble, match="This text is version 2"):
            await asyncio.to_thread(manifesto.run, arguments(folder, "publish", tmp_path / "m.md"))

    async def test_shows(self, identity: Client, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What stands is shown, with its number and its hash."""
        view = Manifesto(version=3, sha256="a" * 64, text=TEXT, published_at=datetime(2030, 6, 1, 12, tzinfo=UTC))
        await self.answer(identity, "View", view)
        await asyncio.to_thread(manifesto.run, arguments(folder, "show"))

        out = capsys.readouterr().out
        assert out.startswith("Version 3")
        assert out.endswith(TEXT)

    async def test_finds_a_node_whose_parts_others_start(
        self,
        identity: Client,
        nats_server: EmbeddedNats,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """In a container there is no folder of the node: the environment says where NATS is, a file the password."""
        monkeypatch.setenv("PLAANET_NATS_URL", nats_server.url)
        monkeypatch.setenv("PLAANET_NATS_PASSWORD_FILE", str(nats_server.password_file("operator")))
        view = Manifesto(version=3, sha256="a" * 64, text=TEXT, published_at=datetime(2030, 6, 1, 12, tzinfo=UTC))
        await self.answer(identity, "View", view)

        assert await asyncio.to_thread(manifesto.run, arguments(tmp_path / "no folder", "show")) == 0
        assert capsys.readouterr().out.startswith("Version 3")

    async def test_nobody_answers(self, folder: Path) -> None:
        """A service that is away is told apart from a refusal."""
        with pytest.raises(NodeTrouble, match="does not answer"):
            await asyncio.to_thread(manifesto.run, arguments(folder, "show"))
