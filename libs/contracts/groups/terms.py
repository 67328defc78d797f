"""The words in which groups speaks: what a value may be, wherever it stands."""

import base64
import binascii
from collections.abc import Hashable, Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints, TypeAdapter

from libs.contracts.base import Contract
from libs.contracts.text import Line, Prose

Admission: TypeAlias = Literal["open", "approval"]
"""How one becomes a member: at once, or when a steward approves."""

Role: TypeAlias = Literal["member", "steward"]

LeaveReason: TypeAlias = Literal["left", "removed", "erased"]
"""Why a member is one no longer: by their own will, by a steward's, or because they left the node."""

OwnerKind: TypeAlias = Literal["member", "group"]

PageKind: TypeAlias = Literal["association", "place", "cause"]

CHARTER_KEYS_MAX = 100
LINKS_MAX = 20

_URL = TypeAdapter(HttpUrl)
_T = TypeVar("_T", bound=Hashable)


def _public_key(key: str) -> str:
    """Refuse what is not 32 bytes in their one Base64 form, for a group's name is a hash over this text."""
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ValueError("the key is not Base64") from fault
    if len(raw) != 32:
        raise ValueError(f"an Ed25519 public key has 32 bytes, not {len(raw)}")
    if base64.b64encode(raw).decode() != key:
        raise ValueError("the key is not in Base64's one form for it")
    return key


def _each_once(values: Sequence[_T]) -> Sequence[_T]:
    if len(set(values)) != len(values):
        raise ValueError("the same one stands there twice")
    return values


def _web_address(address: str) -> str:
    """Return an address of the web in its normal form; who reads the page should not be led elsewhere by it."""
    if not address.isprintable() or " " in address:
        raise ValueError("spaces, line breaks and invisible characters are not allowed in an address")
    url = _URL.validate_python(address)
    if url.username is not None or url.password is not None:
        raise ValueError("an address with a user's name in it is not allowed")
    normal = str(url)
    if len(normal) > 2000:
        raise ValueError("the address has more than 2000 characters")
    return normal


def check_threshold(charter_keys: Sequence[str], threshold: int) -> None:
    """
    Raises:
        ValueError: There are not so many keys.
    """
    if threshold > len(charter_keys):
        raise ValueError(f"a threshold of {threshold} cannot be met with {len(charter_keys)} keys")


Purpose = Annotated[Prose, Field(max_length=2000)]
"""What a group is for, in 1 to 2,000 characters."""

CharterKey = Annotated[str, StringConstraints(max_length=44), AfterValidator(_public_key)]
"""An Ed25519 public key of a steward's device, in Base64."""

CharterKeys = Annotated[tuple[CharterKey, ...], Field(max_length=CHARTER_KEYS_MAX), AfterValidator(_each_once)]

Threshold = Annotated[int, Field(ge=0, le=CHARTER_KEYS_MAX)]
"""How many of the charter's keys must sign what a group does under its charter; 0 as long as none need to."""

WebAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
"""An `http:` or `https:` address, normalised; a host's name in other alphabets is in its ASCII form."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256, in lower-case hexadecimal."""


class Link(Contract):
    """Where a page leads."""

    title: Line
    url: WebAddress


Links = Annotated[tuple[Link, ...], Field(max_length=LINKS_MAX)]
"""At most 20 links, in the order in which they are shown."""
