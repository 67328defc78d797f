"""
Where a gathering is held on line.

Its address is for members of the group alone, so it stands in the description, as its last line: what is a link and
nothing else is where one joins, wherever the description was written.
"""

from urllib.parse import urlsplit

LINK_MAX = 500


def split_link(description: str | None) -> tuple[str | None, str | None]:
    """Return the description without its last line, and that line, if it is a link; else the whole, and None."""
    if description is None:
        return None, None
    text, _, last = description.rpartition("\n")
    if not is_link(last.strip()):
        return description, None
    return text.strip() or None, last.strip()


def with_link(description: str | None, link: str | None) -> str | None:
    """Return one text of both, as `split_link` reads it."""
    return "\n\n".join(filter(None, (description, link))) or None


def is_link(text: str) -> bool:
    """Return whether *text* is an address of the web that can be shown and followed."""
    if len(text) > LINK_MAX or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
