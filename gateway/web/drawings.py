"""Small drawings that stand in pages: icons, the kinds of things, seals, pins, initials. All of them inline SVG."""

import math
import re
from collections.abc import Mapping
from typing import Literal

from markupsafe import Markup, escape

Kind = Literal["meet", "vote", "group", "place", "post"]

_KINDS: Mapping[str, str] = {
    "meet": '<circle class="f" cx="12" cy="12" r="10.5"/><path class="w" d="M12 6.5V12l3.6 2.4"/>',
    "vote": '<rect class="f" x="2" y="2" width="20" height="20" rx="4"/><path class="w" d="m7.3 12.4 3.3 3.3 6.2-7"/>',
    "group": '<circle class="o" cx="12" cy="12" r="9"/><circle class="f" cx="12" cy="12" r="3.6"/>',
    "place": '<rect class="f" x="4" y="4" width="16" height="16" rx="2.5" transform="rotate(45 12 12)"/>'
    '<circle cx="12" cy="12" r="3" fill="var(--on-green)"/>',
    "post": '<path class="f" d="M3 4h18v13H11l-5 4v-4H3z"/>',
}
_PINS: Mapping[str, str] = {
    "meet": '<circle class="halo" cx="17" cy="17" r="16.5"/><circle class="f" cx="17" cy="17" r="14"/>',
    "vote": '<rect class="halo" x="1.5" y="1.5" width="31" height="31" rx="8"/>'
    '<rect class="f" x="4" y="4" width="26" height="26" rx="6"/>',
    "group": '<circle class="halo" cx="17" cy="17" r="16.5"/><circle class="f" cx="17" cy="17" r="14"/>'
    '<circle class="halo" cx="17" cy="17" r="8.5"/><circle class="f" cx="17" cy="17" r="4.5"/>',
    "place": '<rect class="halo" x="4.5" y="4.5" width="25" height="25" rx="5" transform="rotate(45 17 17)"/>'
    '<rect class="f" x="7" y="7" width="20" height="20" rx="3" transform="rotate(45 17 17)"/>'
    '<circle class="halo" cx="17" cy="17" r="3.5"/>',
    "cluster": '<circle class="halo" cx="17" cy="17" r="17"/><circle class="f" cx="17" cy="17" r="14.5"/>',
    "you": '<circle class="cell" cx="17" cy="17" r="30"/><circle class="f" cx="17" cy="17" r="8"/>',
}


def kind(name: Kind, label: str | None = None) -> Markup:
    """Return the sign of a kind: round a gathering, square a vote, a ring a group, a diamond a place, a bubble talk."""
    return Markup(f'<svg class="k" viewBox="0 0 24 24" {_named(label)}>{_KINDS[name]}</svg>')


def pin(name: str, text: str | None = None) -> Markup:
    """Return a pin on a plan, with a short *text* in it."""
    inner = f'<text x="17" y="21.4">{escape(text)}</text>' if text else ""
    if name == "vote" and not text:
        inner = '<path class="w" d="m10.5 17.4 4.4 4.4 8.4-9.2"/>'
    return Markup(f'<svg viewBox="0 0 34 34" aria-hidden="true">{_PINS[name]}{inner}</svg>')


def seal(
    level: int, *, mine: bool = True, have: int = 0, of: int = 0, label: str | None = None, css: str = ""
) -> Markup:
    """
    Return the seal of an entry: 0 on its way, 1 received, 2 sealed, 3 witnessed by *have* of *of*.

    The dot in the middle is the entry, the ring the signed checkpoint, each arc round it a witness.
    """
    ring = "" if level >= 2 else " off"
    dot = "" if level >= 1 else " off"
    arcs = _arcs(20.5, of, have if level >= 3 else 0)
    css_class = " ".join(filter(None, ("seal", "mine" if mine else "", css)))
    return Markup(
        f'<svg class="{css_class}" viewBox="0 0 48 48" {_named(label)}>{arcs}'
        f'<circle class="ring{ring}" cx="24" cy="24" r="13.5"/><circle class="dot{dot}" cx="24" cy="24" r="6.5"/></svg>'
    )


def _arcs(radius: float, count: int, lit_count: int, *, gap: float = 5.0) -> str:
    if not count:
        return ""
    round_ = 2 * math.pi * radius
    arc = round_ / count
    return "".join(
        f'<circle class="wit{"" if number < lit_count else " off"}" cx="24" cy="24" r="{radius}"'
        f' stroke-dasharray="{arc - gap:.2f} {round_ - arc + gap:.2f}"'
        f' transform="rotate({-90 + 360 / count * number + gap / round_ * 180:.1f} 24 24)"/>'
        for number in range(count)
    )


def mark() -> Markup:
    """Return Plaanet's mark: an assembly round a middle, one of it yellow."""
    round_ = 2 * math.pi * 11.5
    arc, gap = round_ / 6, 3.1
    arcs = "".join(
        f'<circle class="mark-{"you" if number == 1 else "ring"}" cx="16" cy="16" r="11.5"'
        f' stroke-dasharray="{arc - gap:.2f} {round_ - arc + gap:.2f}"'
        f' transform="rotate({-90 + 60 * number + gap / round_ * 180:.1f} 16 16)"/>'
        for number in range(6)
    )
    return Markup(
        f'<svg viewBox="0 0 32 32" aria-hidden="true">{arcs}<circle class="mark-dot" cx="16" cy="16" r="4"/></svg>'
    )


def avatar(name: str, css: str = "") -> Markup:
    """Return a person's or a group's initials, in one of four tints that the name decides."""
    tint = "" if "me" in css.split() else f" t{sum(ord(c) * (i + 3) for i, c in enumerate(name)) % 4 + 1}"
    css_class = f"av{tint} {css}".strip()
    return Markup(f'<span class="{css_class}" aria-hidden="true">{escape(initials(name))}</span>')


def initials(name: str) -> str:
    """Return one or two letters for a name."""
    words = [word for word in re.split(r"[\s\-_’'.]+", name) if word[:1].isalnum()]
    capitals = [word for word in words if word[:1].isupper()] or words
    if not capitals:
        return "?"
    return (capitals[0][0] + (capitals[-1][0] if len(capitals) > 1 else capitals[0][1:2])).upper()


def distance(text: str, bearing_deg: float | None = None) -> Markup:
    """Return a distance with an arrow that points there; the words for the ear are *text* alone."""
    arrow = ""
    if bearing_deg is not None:
        arrow = (
            f'<svg viewBox="0 0 24 24" style="--to:{round(bearing_deg)}deg" aria-hidden="true">'
            '<path d="M12 20V5M6 10l6-6 6 6"/></svg>'
        )
    return Markup(f'<span class="dist">{escape(text)}{arrow}</span>')


def _named(label: str | None) -> str:
    return f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
