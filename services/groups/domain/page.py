"""
Pages, and who follows them.

A page is a public face: its name, kind and place stand in the log. Its words and links may be taken back, so the log
holds their salted digest and the vault the rest.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.comings import Coming, before_any
from libs.contracts.groups import Link, OwnerKind, PageKind
from libs.contracts.place import Place
from libs.errors import Conflict, NotAllowed, NotFound


class PageIsClosed(Conflict):
    """Nothing more is decided on a page that was taken down."""


class NotYourPage(NotAllowed):
    """Only the page's owner may change or close it."""


class NotFollowing(NotFound):
    """They never followed the page."""


class Face(NamedTuple):
    """What a page shows; the words and links behind their digest."""

    name: str
    kind: PageKind
    place: Place | None
    content_sha256: str | None


def digest_of(words: str | None, links: Sequence[Link], salt: bytes) -> str:
    """Return the SHA-256, in hexadecimal, of *salt* and, as JSON, the words and the links' titles and addresses."""
    content = json.dumps([words, [[link.title, link.url] for link in links]], ensure_ascii=False)
    return sha256(salt + content.encode()).hexdigest()


class Page(Aggregate):
    """The public face of an association, a place or a cause."""

    @classmethod
    def open(cls, page_id: UUID, face: Face, *, owner_kind: OwnerKind, owner: UUID) -> "Page":
        """Return a new page."""
        return cls(id=page_id, owner_kind=owner_kind, owner=owner, **face._asdict())

    @event("PageOpened")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002, ARG002 - as the library calls it; it is the aggregate's, not the event's
        owner_kind: OwnerKind,
        owner: UUID,
        name: str,
        kind: PageKind,
        place: Place | None,
        content_sha256: str | None,
    ) -> None:
        self.owner_kind = owner_kind
        self.owner = owner
        self.face = Face(name, kind, place, content_sha256)
        self.is_closed = False

    @property
    def group_id(self) -> UUID | None:
        """The group that the page belongs to, if it is not a member's."""
        return self.owner if self.owner_kind == "group" else None

    def check_owner(self, member_id: UUID) -> None:
        """
        Raises:
            NotYourPage: The page is another member's.
        """
        if self.owner_kind == "member" and self.owner != member_id:
            raise NotYourPage("Only its owner may change or close this page.")

    def check_is_open(self) -> None:
        """
        Raises:
            PageIsClosed: It was taken down.
        """
        if self.is_closed:
            raise PageIsClosed("This page was closed.")

    def change(self, face: Face) -> None:
        """
        Make the page what *face* says.

        Raises:
            PageIsClosed: It was taken down.
        """
        self.check_is_open()
        if face != self.face:
            self._change(**face._asdict())

    @event("PageChanged")
    def _change(self, name: str, kind: PageKind, place: Place | None, content_sha256: str | None) -> None:
        self.face = Face(name, kind, place, content_sha256)

    def close(self) -> None:
        """Take the page down, once."""
        if not self.is_closed:
            self._close()

    @event("PageClosed")
    def _close(self) -> None:
        self.is_closed = True


class Follow(Aggregate, created_event_name="PageFollowed"):
    """Whether a member follows a page."""

    def __init__(self, page_id: UUID, member_id: UUID) -> None:
        self.page_id = page_id
        self.member_id = member_id
        self.is_on = False

    @staticmethod
    def create_id(page_id: UUID, member_id: UUID) -> UUID:
        return uuid5(page_id, str(member_id))

    @classmethod
    def before_any(cls, page_id: UUID, member_id: UUID) -> "Follow":
        """Return what is between the two before anything happened."""
        follow: Follow = before_any(cls, page_id=page_id, member_id=member_id)
        return follow

    class PageFollowed(Coming):
        """They follow it, the first time or again."""

        page_id: UUID
        member_id: UUID

        def apply(self, follow: "Follow") -> None:
            follow.is_on = True

    class PageUnfollowed(Coming):
        """They follow it no longer."""

        page_id: UUID
        member_id: UUID

        def apply(self, follow: "Follow") -> None:
            follow.is_on = False

    def begin(self) -> None:
        """Follow the page; twice is once."""
        if not self.is_on:
            self.trigger_event(self.PageFollowed, page_id=self.page_id, member_id=self.member_id)

    def end(self) -> None:
        """
        Follow it no longer; twice is once.

        Raises:
            NotFollowing: They never did.
        """
        if self.version == 0:
            raise NotFollowing("You do not follow this page.")
        if self.is_on:
            self.trigger_event(self.PageUnfollowed, page_id=self.page_id, member_id=self.member_id)
