"""
Takes out of a fault's words what may be a person's: libraries put into them what they were given.

A stack's lines of code hold no values and stay. What our own code says in a fault is a sentence that names positions
and files; ids, addresses and whatever a library quotes of its input go.
"""

import re
from ipaddress import ip_address

HIDDEN = "…"

_KINDS = (
    re.compile(r"\binput_value=.*?(?=, input_type=|\]|$)", re.MULTILINE),  # pydantic
    re.compile(r"(?<=DETAIL:).*$", re.MULTILINE),  # PostgreSQL
    re.compile(r"(?<=Key )\([^)]*\)=\(.*?\)(?= |$)", re.MULTILINE),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # mail addresses
    re.compile(r"\b[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\b"),  # UUIDs
)

_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*[0-9a-fA-F:])(?![\w:]|\.\d)")


def scrub(text: str) -> str:
    """Return *text* without what may be a person's; the addresses of this machine itself stay."""
    for kind in _KINDS:
        text = kind.sub(HIDDEN, text)
    return _ADDRESS.sub(_without_address, text)


def _without_address(found: re.Match[str]) -> str:
    try:
        is_own = ip_address(found[0]).is_loopback
    except ValueError:
        return found[0]  # a time, a version
    return found[0] if is_own else HIDDEN
