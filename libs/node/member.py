"""A member of a node, as the command line needs one: signs up, and in again when the session ends."""

import secrets
import threading
from collections.abc import Callable
from typing import TypeVar

from libs.node.visitor import RefusedByNode, Visitor

T = TypeVar("T")


class Member:
    """A member of the node; signs up under its manifesto, and in again when the session ends."""

    def __init__(self, visitor: Visitor, handle: str | None = None, password: str | None = None) -> None:
        self.visitor = visitor
        self._handle = handle or f"scrutin-{secrets.token_hex(6)}"
        self._password = password or secrets.token_urlsafe(18)
        self._signing_in = threading.Lock()
        if handle is None or not self._can_log_in():
            body = {"handle": self._handle, "password": self._password, "manifesto_sha256": self._manifesto()}
            visitor.post("/members", body)
            self._log_in()

    def does(self, act: Callable[[], T]) -> T:
        """Return what *act* returns; in again first if the session has ended."""
        token = self.visitor.headers.get("Authorization")
        try:
            return act()
        except RefusedByNode as refusal:
            if refusal.status != 401:
                raise
        with self._signing_in:
            if self.visitor.headers.get("Authorization") == token:
                self._log_in()
        return act()

    def _can_log_in(self) -> bool:
        try:
            self._log_in()
        except RefusedByNode as refusal:
            if refusal.status in (401, 404):
                return False
            raise
        self.visitor.put("/me/approval", {"sha256": self._manifesto()})
        return True

    def _log_in(self) -> None:
        self.visitor.headers.pop("Authorization", None)
        body = {"handle": self._handle, "password": self._password, "label": "plaanet election"}
        token = self.visitor.post("/sessions", body)["access_token"]
        self.visitor.headers["Authorization"] = f"Bearer {token}"

    def _manifesto(self) -> str:
        return str(self.visitor.get("/manifesto")["sha256"])
