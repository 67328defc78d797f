"""Where something is: a name that people use, and a point on the earth."""

from typing import Annotated

from pydantic import AfterValidator, Field

from libs.contracts.base import Contract
from libs.contracts.text import Line


def _six_decimals(degrees: float) -> float:
    """A tenth of a metre is enough, and one number has one form in the log."""
    return round(degrees, 6) + 0.0


Latitude = Annotated[float, Field(ge=-90, le=90), AfterValidator(_six_decimals)]
"""Degrees north (WGS 84)."""

Longitude = Annotated[float, Field(ge=-180, le=180), AfterValidator(_six_decimals)]
"""Degrees east (WGS 84)."""


class Place(Contract):
    """A place: *gazetteer_id* is its number in the node's gazetteer, when it was chosen from there."""

    name: Line
    latitude: Latitude
    longitude: Longitude
    gazetteer_id: int | None = None
