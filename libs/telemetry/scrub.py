"""
Takes out of a fault's words what may be a person's: libraries put into them what they were given.

A stack's lines of code hold no values and stay. What our own code says in a fault is a sentence that names positions
and files; ids, addresses and whatever a library quotes of its input go.
"""

import re

HIDDEN = "…"

_KINDS = (
    re.compile(r"\binput_value=.*?(?=, input_type=|\]|$)", re.MULTILINE),  # pydantic
    re.compile(r"(?<=DETAIL:).*$", re.MULTILINE),  # PostgreSQL
    re.compile(r"(?<=Key )\([^)]*\)=\(.*?\)(?= |$)", re.MULTILINE),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # mail addresses
    re.compile(r"\b[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\b"),  # UUIDs
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),  # IPv4
    re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}|:)(?![\w:])|(?<![\w:])::1?\b"),  # IPv6
)

_LOOPBACK = re.compile(r"\b127(?:\.\d{1,3}){3}\b")


def scrub(text: str) -> str:
    """Return *text* without what may be a person's; the addresses of this machine itself stay."""
    kept = _LOOPBACK.findall(text)
    text = _LOOPBACK.sub("\0", text)
    for kind in _KINDS:
        text = kind.sub(HIDDEN, text)
    for address in kept:
        text = text.replace("\0", address, 1)
    return text
