"""
A visitor to a node, who knows its public address and no more: what the command line does there, anyone could do.

What is sent again after a time-out or a refusal that may pass is only what is done once however often it is sent:
reading, `PUT`, and a `POST` with an `Idempotency-Key`.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from libs.node.trouble import NodeTrouble

API = "/api/v1"
PAGE_ENTRIES = 500
TIMEOUT_S = 30.0
PATIENCE_S = 60.0
"""So long is tried again what may succeed a moment later."""

_MAY_PASS = (429, 502, 503, 504)
_PAUSE_FIRST_S = 0.1
_PAUSE_MAX_S = 3.0


class RefusedByNode(NodeTrouble):
    """The node refused; carries the HTTP status and the name of the problem."""

    def __init__(self, sentence: str, *, status: int, kind: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.kind = kind


class Page(NamedTuple):
    """Some entries of the vote log, the position at which the log ends, and its name among all nodes."""

    entries: list[bytes]
    last: int
    origin: str


class Visitor:
    """A connection to the node at *url*; its *headers* go with every request."""

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise NodeTrouble(f"{url!r} is no address of a node; one looks like http://127.0.0.1:8080.")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.headers: dict[str, str] = {}
        self._patience_s = patience_s
        self._has_answered = False
        self._http = httpx.Client(base_url=self.url, timeout=TIMEOUT_S)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: str | int) -> Any:
        """Return what the node answers at *path* of its API."""
        return self._answer("GET", f"{API}{path}", params=params).json()

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Put *body* at *path* of the API."""
        return self._answer("PUT", f"{API}{path}", json=body).json()

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """Post *body* at *path* of the API; with a *key* (of the client's choice) it may be sent again."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._answer("POST", f"{API}{path}", json=body, headers=headers).json()

    def result(self, poll_id: UUID) -> dict[str, Any]:
        """Return the result that the node shows for a poll, with all its rounds."""
        result: dict[str, Any] = self.get(f"/polls/{poll_id}/result")
        behind = result["next"]
        while behind:
            page = self.get(f"/polls/{poll_id}/result", cursor=behind)
            result["rounds"] += page["rounds"]
            behind = page["next"]
        return result

    def file(self, path: str) -> bytes | None:
        """Return the bytes that are served at *path*, or None where there is nothing."""
        try:
            return self._answer("GET", path).content
        except RefusedByNode as refusal:
            if refusal.status != 404:
                raise
            return None

    def pages(self, after: int = 0) -> Iterator[Page]:
        """
        Yield the vote log behind position *after*, page by page to its end.

        Raises:
            NodeTrouble: The node serves no more, and the log does not end there.
        """
        while True:
            answer = self._answer("GET", "/log/governance/entries", params={"after": after, "limit": PAGE_ENTRIES})
            try:
                last = int(answer.headers["Plaanet-Log-Last"])
            except (KeyError, ValueError) as fault:
                raise NodeTrouble(f"{self.url} does not serve a vote log; is it a node of Plaanet?") from fault
            entries = answer.content.split(b"\n")[:-1]
            yield Page(entries, last, answer.headers.get("Plaanet-Log-Origin", ""))
            after += len(entries)
            if after >= last or not entries:
                return

    def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        may_repeat = method != "POST" or "Idempotency-Key" in headers
        deadline = time.monotonic() + self._patience_s
        pause_s = _PAUSE_FIRST_S
        while True:
            trouble: NodeTrouble
            try:
                answer = self._http.request(method, path, headers=headers, **more)
                self._has_answered = True
                if answer.is_success:
                    return answer
                trouble = _refusal(answer)
                is_final = answer.status_code not in _MAY_PASS or not (may_repeat or answer.status_code == 429)
            except httpx.TransportError as fault:
                trouble = NodeTrouble(f"{self.url} does not answer ({str(fault) or type(fault).__name__}).")
                # Where nobody listens nothing was done; whoever typed the address should hear of it at once.
                is_final = not may_repeat or (isinstance(fault, httpx.ConnectError) and not self._has_answered)
            if is_final or time.monotonic() > deadline:
                raise trouble
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)


def _refusal(answer: httpx.Response) -> RefusedByNode:
    try:
        problem = answer.json()
        sentence, kind = str(problem["detail"]), str(problem["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        sentence, kind = f"{answer.url} answers {answer.status_code} {answer.reason_phrase}.", ""
    return RefusedByNode(sentence, status=answer.status_code, kind=kind)
