"""The words that governance's contracts share: methods, roles, times, and what a ballot may say."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

OPTIONS_MAX = 500
PAPER_BALLOTS_MAX = 500
"""So many paper ballots one command enters at most."""

Method: TypeAlias = Literal["approval", "single", "ranked"]
"""How ballots are counted; `docs/METHODS.md` has the rules."""

Role: TypeAlias = Literal["member", "steward"]

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError("this is no time of our calendar") from fault


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant, kept in UTC."""


def _as_labelled(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


Choice = Annotated[str, AfterValidator(_as_labelled)]
"""An option's own words. What the poll does not offer is refused when its poll is known."""

Choices = Annotated[tuple[Choice, ...], Field(max_length=OPTIONS_MAX)]
"""What one ballot says; for a ranking the best first. None at all is a blank ballot."""
