"""A visitor sends again what is done once however often it is sent, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from libs.node.trouble import NodeTrouble
from libs.node.visitor import RefusedByNode, Visitor


class Moody(ThreadingHTTPServer):
    """A node that answers with *moods* first (a status, or None: it hangs up), then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.moods: list[int | None] = []
        self.heard: list[tuple[str, str | None]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Moody

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.command, self.headers.get("Idempotency-Key")))
        mood = self.server.moods.pop(0) if self.server.moods else 200
        if mood is None:
            self.close_connection = True
            return
        body = b'{"type": "/problems/PollIsClosed", "detail": "The poll closed at noon."}'
        self.send_response(mood)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = _answer  # noqa: N815 - as the library calls them

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def node() -> Iterator[Moody]:
    """A moody node."""
    moody = Moody()
    threading.Thread(target=moody.serve_forever, args=(0.01,), daemon=True).start()
    yield moody
    moody.shutdown()
    moody.server_close()


@pytest.fixture
def visitor(node: Moody) -> Iterator[Visitor]:
    """Somebody who visits it."""
    visitor = Visitor(f"http://127.0.0.1:{node.server_port}/")
    yield visitor
    visitor.close()


class TestSendingAgain:
    @pytest.mark.parametrize("mood", [429, 502, 503, 504])
    def test_what_may_pass(self, node: Moody, visitor: Visitor, mood: int) -> None:
        """Reading, PUT, and POST with a key go on until it has passed, the key always the same."""
        sends: list[Callable[[], object]] = [
            lambda: visitor.get("/x"),
            lambda: visitor.put("/x"),
            lambda: visitor.post("/x", {}, key="k"),
        ]
        for send in sends:
            node.moods = [mood, mood]
            node.heard = []
            send()

            assert len(node.heard) == 3
            assert len(set(node.heard)) == 1

    def test_a_lost_answer(self, node: Moody, visitor: Visitor) -> None:
        """Whoever hung up may have done it; with a key it can be asked again."""
        visitor.get("/x")
        node.moods, node.heard = [None], []
        visitor.post("/x", {}, key="k")

        assert node.heard == [("POST", "k"), ("POST", "k")]

    @pytest.mark.parametrize("mood", [503, None])
    def test_never_without_a_key(self, node: Moody, visitor: Visitor, mood: int | None) -> None:
        """A POST without a key may have been carried out: it is sent once."""
        node.moods = [mood]
        with pytest.raises(NodeTrouble):
            visitor.post("/x", {})

        assert len(node.heard) == 1

    def test_too_often_was_not_carried_out(self, node: Moody, visitor: Visitor) -> None:
        """What the border turned away can be sent again without a key."""
        node.moods = [429]
        visitor.post("/x", {})

        assert len(node.heard) == 2

    @pytest.mark.parametrize("mood", [400, 401, 403, 404, 409, 413, 422, 500])
    def test_not_what_stays_so(self, node: Moody, visitor: Visitor, mood: int) -> None:
        """A refusal is passed on in the node's own words."""
        node.moods = [mood]
        with pytest.raises(RefusedByNode, match="closed at noon") as refusal:
            visitor.get("/x")

        assert (refusal.value.status, refusal.value.kind) == (mood, "PollIsClosed")

    def test_not_for_ever(self, node: Moody) -> None:
        """Patience ends."""
        visitor = Visitor(f"http://127.0.0.1:{node.server_port}", patience_s=0)
        node.moods = [503] * 3
        with pytest.raises(NodeTrouble):
            visitor.get("/x")
        visitor.close()

        assert len(node.heard) <= 2
