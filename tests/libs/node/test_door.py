"""Whether a node can be reached where it was told to listen is known before anything is started."""

import asyncio
import socket

import pytest

from libs.node.door import Door
from libs.node.trouble import NodeTrouble


class TestPort:
    def test_any_free_one(self) -> None:
        """Port 0 becomes a free one, known at once."""
        door = Door("127.0.0.1", 0)

        assert door.port > 0
        assert door.url == f"http://127.0.0.1:{door.port}"

    def test_taken(self) -> None:
        """A port that is taken is named, with who has it and what to do."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(NodeTrouble, match=rf"Port {port} on 127.0.0.1 is taken by .*--port"):
                Door("127.0.0.1", port)

    def test_just_left(self) -> None:
        """A port that was in use a moment ago is free: a node can be started again at once."""
        with socket.create_server(("127.0.0.1", 0)) as former:
            port = former.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                former.accept()[0].close()

        assert Door("127.0.0.1", port).port == port


class TestHost:
    @pytest.mark.parametrize("host, words", [("192.0.2.1", "not an address of this machine"), ("no.invalid", "listen")])
    def test_not_ours(self, host: str, words: str) -> None:
        """An address that is not this machine's is refused in words."""
        with pytest.raises(NodeTrouble, match=words):
            Door(host, 0)

    @pytest.mark.parametrize("host, near", [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")])  # noqa: S104
    def test_is_shown_as_seen_from_here(self, host: str, near: str) -> None:
        """The address that is printed can be typed into a browser."""
        door = Door(host, 0)

        assert door.url == f"http://{near}:{door.port}"


class TestOpening:
    @pytest.mark.parametrize("answer, is_open", [("200 OK", True), ("503 Service Unavailable", False), ("", False)])
    async def test_is_asked_for(self, answer: str, is_open: bool) -> None:
        """The door is open when the gateway says that it is ready."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode() if answer else b"")
            writer.close()

        door = Door("127.0.0.1", 0)
        assert not await door.is_open()
        async with await asyncio.start_server(serve, door.host, door.port):
            assert await door.is_open() is is_open
