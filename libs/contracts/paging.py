"""Long lists, a page at a time."""

from typing import Annotated

from pydantic import Field, StringConstraints

Cursor = Annotated[str, StringConstraints(max_length=500)]
"""Where the page before ended; opaque to clients, who send back what they were given as *next*."""

Limit = Annotated[int, Field(ge=1, le=200)]
"""How many items a page may hold at most."""
