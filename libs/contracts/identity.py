"""
What identity publishes: who is a member under which manifesto, and which sessions are over.

Its log holds ids alone. Handles and passwords stand in identity's vault, so that erasing a person leaves the log, and
everything that was counted, as it is.
"""

import unicodedata
from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid4

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from libs.contracts.base import Command, Event, Query, View
from libs.contracts.text import Line

MANIFESTO_BYTES_MAX = 50_000
PROFILES_MAX = 200
SESSIONS_MAX = 100
"""So many sessions a member may have at once."""


def _manifesto(text: str) -> str:
    """Refuse what would make the text's bytes doubtful; change nothing, for its hash is over the exact bytes."""
    if not text.strip():
        raise ValueError("the text is empty")
    if len(text.encode()) > MANIFESTO_BYTES_MAX:
        raise ValueError(f"the text has more than {MANIFESTO_BYTES_MAX} bytes")
    for character in text:
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            raise ValueError(f"the character U+{ord(character):04X} is not allowed in a manifesto")
    return text


def _one_form(password: str) -> str:
    """Keyboards differ in how they compose accents; the password is the same (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256, in lower-case hexadecimal."""

ManifestoText = Annotated[str, StringConstraints(max_length=MANIFESTO_BYTES_MAX), AfterValidator(_manifesto)]
"""Markdown; kept and hashed exactly as it was published."""

Handle = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A handle as it was typed; identity decides whether it can be one."""

Password = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_one_form), Field(repr=False)]
"""A password as it was typed; identity decides whether a new one is strong enough."""

RefreshToken = Annotated[str, StringConstraints(min_length=1, max_length=200), Field(repr=False)]
"""What renews a session, once."""


class ManifestoEvent(Event):
    """What happens to the manifesto; each version is a thing of its own."""

    service: ClassVar[str] = "identity"
    aggregate: ClassVar[str] = "manifesto"


class ManifestoPublished(ManifestoEvent):
    """
    A version of the manifesto stands from here on, and the one before no longer.

    *sha256* is over the UTF-8 bytes of *text*; what members approve is that hash. An earlier text may come back.
    """

    manifesto_version: int
    sha256: Sha256
    text: ManifestoText

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "manifesto_version": 1,
                "sha256": "110754530294a607ea644328377922cae573440ad271295626d4cc28f8d091ab",
                "text": "# Manifeste\n\nNous décidons ensemble.\n",
            }
        }
    )


class MemberEvent(Event):
    """What happens to a member, whose id is the aggregate's: a random UUID that says nothing of the person."""

    service: ClassVar[str] = "identity"
    aggregate: ClassVar[str] = "member"


class MemberSignedUp(MemberEvent):
    """Somebody joined this node, under the manifesto whose hash they sent back."""

    manifesto_sha256: Sha256

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"manifesto_sha256": "110754530294a607ea644328377922cae573440ad271295626d4cc28f8d091ab"}
        }
    )


class ManifestoApproved(MemberEvent):
    """The member approved a later version; it was the current one at that moment and need not be so now."""

    sha256: Sha256

    model_config = ConfigDict(
        json_schema_extra={"example": {"sha256": "5d41ae1c5a9f66b8ab2b0ce0e4a1f3f4a1e4f3b2c1d0e9f8a7b6c5d4e3f2a1b0"}}
    )


class SessionsEnded(MemberEvent):
    """Sessions of the member are over: from here on neither their access tokens nor their refresh tokens count."""

    session_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]

    model_config = ConfigDict(json_schema_extra={"example": {"session_ids": ["1c3c3a3e-5f0b-4f3e-9d6a-7b0f6f7f2a11"]}})


class MemberErased(MemberEvent):
    """The member took themselves back: all their sessions are over and nothing names them any more."""

    model_config = ConfigDict(json_schema_extra={"example": {}})


class IdentityCommand(Command):
    """A command to identity."""

    service: ClassVar[str] = "identity"


class SecretCommand(IdentityCommand):
    """
    A command with a secret in it.

    Entries' ids are hashes over the command that made them. The *salt*, fresh for each, keeps anyone who reads the
    log from guessing the secret behind such a hash; so these commands are no repetition of each other, and each says
    for itself what sending it twice does.
    """

    salt: UUID = Field(default_factory=uuid4, repr=False)


class PublishManifesto(IdentityCommand):
    """Let *text* be the manifesto from now on; the node's operator alone may."""

    needs_approval: ClassVar[bool] = False
    text: ManifestoText


class SignUp(SecretCommand):
    """Become a member under the current manifesto, named by its hash."""

    handle: Handle
    password: Password
    manifesto_sha256: Sha256


class ApproveManifesto(IdentityCommand):
    """Approve the current manifesto, named by its hash."""

    needs_approval: ClassVar[bool] = False
    sha256: Sha256


class LogIn(SecretCommand):
    """Begin a session on a device that *label* describes to its owner; answered with `SessionTokens`."""

    needs_approval: ClassVar[bool] = False
    handle: Handle
    password: Password
    label: Line | None = None


class RefreshSession(SecretCommand):
    """Go on with a session; answered with `SessionTokens`."""

    needs_approval: ClassVar[bool] = False
    refresh_token: RefreshToken


class EndSessions(IdentityCommand):
    """End these sessions of the caller, or all of them (None)."""

    needs_approval: ClassVar[bool] = False
    session_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=SESSIONS_MAX)] | None = None


class ChangePassword(SecretCommand):
    """Take a new password; every session but *session_id*, where it was asked, ends."""

    needs_approval: ClassVar[bool] = False
    current: Password
    new: Password
    session_id: UUID


class EraseMember(SecretCommand):
    """Erase the caller: what names them goes, what was counted stays."""

    needs_approval: ClassVar[bool] = False
    password: Password


class ResolveSignUp(IdentityCommand):
    """Confirm the handle that was reserved for *member_id* if the log knows them, else give it back; identity's own."""

    member_id: UUID


class Resolved(View):
    """What became of a reserved handle."""

    is_member: bool


class SessionTokens(View):
    """
    What a client holds of its session.

    The access token (a JWT) is sent with every request for *expires_in_s* seconds; the refresh token is good once and
    brings two new ones.
    """

    access_token: Annotated[str, Field(repr=False)]
    refresh_token: Annotated[str, Field(repr=False)]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a kind of token (RFC 6750)
    expires_in_s: int
    member_id: UUID
    session_id: UUID


class Manifesto(View):
    """A version of the manifesto; *sha256* is over the UTF-8 bytes of *text*."""

    version: int
    sha256: str
    text: str
    published_at: datetime


class Profile(View):
    """A member as others see them; of a former member only the id is left."""

    id: UUID
    handle: str | None
    is_former: bool


class Profiles(View):
    """Members as others see them, in no order; ids that are nobody's are left out."""

    profiles: tuple[Profile, ...]


class Standing(View):
    """Whether a member may act: the manifesto last approved (None: no such member), and whether they are gone."""

    approved_sha256: str | None
    is_former: bool


class TokenKey(View):
    """A public key that access tokens are checked with (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str
    kid: str
    use: Literal["sig"] = "sig"
    alg: str = "Ed25519"


class TokenKeySet(View):
    """The keys that are in use."""

    keys: tuple[TokenKey, ...]


class Session(View):
    """A session as its owner sees it; *used_at* is when its tokens were renewed last."""

    id: UUID
    label: str | None
    created_at: datetime
    used_at: datetime
    is_current: bool


class Sessions(View):
    """A member's sessions, the one used last first."""

    sessions: tuple[Session, ...]


class Approval(View):
    """That the member approved a manifesto."""

    sha256: str
    approved_at: datetime


class Account(View):
    """A member as they see themselves."""

    id: UUID
    handle: str
    signed_up_at: datetime
    approved_sha256: str
    must_approve: bool
    """Whether another manifesto stands than the one approved last."""


class IdentityData(View):
    """All that identity knows of a member; *entries* are the log's, to the byte."""

    account: Account
    sessions: tuple[Session, ...]
    approvals: tuple[Approval, ...]
    entries: tuple[str, ...]


class TokenKeys(Query[TokenKeySet]):
    """The public keys of access tokens."""

    service: ClassVar[str] = "identity"


class CurrentManifesto(Query[Manifesto]):
    """The manifesto that stands."""

    service: ClassVar[str] = "identity"


class ManifestoOf(Query[Manifesto]):
    """The version with this hash, the newest if several had the same text."""

    service: ClassVar[str] = "identity"
    sha256: Sha256


class StandingOf(Query[Standing]):
    """Whether a member may act; asked by the gateway when a token is older than the manifesto."""

    service: ClassVar[str] = "identity"
    member_id: UUID


class ProfileOf(Query[Profile]):
    """One member, for members."""

    service: ClassVar[str] = "identity"
    member_id: UUID


class MemberCalled(Query[Profile]):
    """The member of that handle, for members: so one says whom one means, without a list of everybody."""

    service: ClassVar[str] = "identity"
    handle: Handle


class ProfilesOf(Query[Profiles]):
    """Several members at once, for lists."""

    service: ClassVar[str] = "identity"
    member_ids: Annotated[tuple[UUID, ...], Field(max_length=PROFILES_MAX)]


class SessionsOf(Query[Sessions]):
    """The asker's sessions; *current* is the one they ask in."""

    service: ClassVar[str] = "identity"
    asker: UUID
    current: UUID


class AccountOf(Query[Account]):
    """The asker's account."""

    service: ClassVar[str] = "identity"
    asker: UUID


class IdentityDataOf(Query[IdentityData]):
    """All that identity knows of the asker."""

    service: ClassVar[str] = "identity"
    asker: UUID
    current: UUID
