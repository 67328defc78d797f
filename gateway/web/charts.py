"""
Charts drawn on the server: plain SVG in the colours of the tokens, hidden from screen readers.

Each stands beside a table or a list that says the same, and what one's own ballot said is the yellow in it. Lengths are
shares of the width, so that one drawing fits every screen; the flow of a ranked count has one form for a phone, which
runs down, and one for a wide page, which runs to the right.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from gateway.web.results.rounds import Flow, Place

Figure = Callable[[int], str]
"""Says a number of votes, in the count's own unit, as it is written."""

_TOP, _GAP_WIDE, _GAP_PHONE = 26.0, 12.0, 3.0
_CHARACTER_PX, _BOLD_CHARACTER_PX = 7.0, 9.0
"""In the widest face that a reader's system may have: a figure that is cut off says another one."""

_LINE_LEAST = 1.5
_BAR = '<svg class="barline" height="18" aria-hidden="true"><rect class="well" y="3" width="100%" height="12" rx="3"/>'


def bar(part: float, css: str, *, needed: float | None = None, is_hatched: bool = False) -> Markup:
    """Return a bar that is *part* of its width long, with a mark where *needed* is reached."""
    width = _per_cent(part)
    hatch = f'<rect class="hatch" fill="url(#hatch)" width="{width}" height="12"/>' if is_hatched else ""
    mark = ""
    if needed is not None and 0 < needed <= 1:
        at = _per_cent(needed)
        mark = f'<line class="need" x1="{at}" x2="{at}" y1="0" y2="18"/>'
    return Markup(
        f'{_BAR}<g transform="translate(0 3)"><rect class="fl {css}" width="{width}" height="12" rx="3"/>{hatch}</g>'
        f"{mark}</svg>"
    )


def duel(won: int, lost: int, whole: int, *, css: Sequence[str]) -> Markup:
    """Return two bars that grow towards each other out of *whole* ballots: who prefers one, who prefers the other."""
    one, other = _per_cent(won / whole if whole else 0), _per_cent(lost / whole if whole else 0)
    start = _per_cent(1 - lost / whole if whole else 1)
    return Markup(
        f'{_BAR}<rect class="fl {css[0]}" y="3" width="{one}" height="12" rx="3"/>'
        f'<rect class="fl {css[1]}" x="{start}" y="3" width="{other}" height="12" rx="3"/>'
        '<line class="need" x1="50%" x2="50%" y1="0" y2="18"/></svg>'
    )


def stack(
    parts: Sequence[tuple[str, int]], *, whole: int | None = None, middle: bool = False, mine: int | None = None
) -> Markup:
    """
    Return parts side by side, each a class and a number, out of *whole*; else out of their sum.

    With *middle* a line marks the middle of the votes; *mine* is the part that one's own ballot is in.
    """
    total = whole or sum(number for _, number in parts)
    if not total:
        return Markup('<svg class="stackbar" height="36" aria-hidden="true"></svg>')
    drawn, at = [], 0.0
    own = ""
    for place, (css, number) in enumerate(parts):
        share = number / total
        if number:
            drawn.append(f'<rect class="{css} part" x="{_per_cent(at)}" width="{_per_cent(share)}" y="4" height="34"/>')
            if share > 0.06:
                drawn.append(f'<text class="{css}" x="{_per_cent(at)}" dx="8" y="26">{number}</text>')
        if place == mine:
            middle_of_it = _per_cent(at + share / 2)
            own = f'<svg x="{middle_of_it}" y="38" overflow="visible"><path class="me" d="M0 0 7 9H-7z"/></svg>'
        at += share
    line = '<line class="middle" x1="50%" x2="50%" y1="0" y2="42"/>' if middle else ""
    return Markup(f'<svg class="stackbar" height="48" aria-hidden="true">{"".join(drawn)}{line}{own}</svg>')


def flow(flow: Flow, figure: Figure, round_name: Callable[[int], str], rest: str, *, wide: bool) -> Markup:
    """Return how votes went through the rounds; *figure*, *round_name* and *rest* are the reader's words."""
    drawing = (_Rightwards if wide else _Downwards)(flow, figure, round_name, rest)
    return drawing.svg()


class _Drawing:
    """What both forms share: where along the axis of votes each option and each move begins, and how thick it is."""

    width, height, node = 0.0, 0.0, 0.0
    gap, character = 0.0, 0.0

    def __init__(self, flow: Flow, figure: Figure, round_name: Callable[[int], str], rest: str) -> None:
        self.flow, self.figure, self.round_name, self.rest = flow, figure, round_name, rest
        self.steps = len(flow.columns) - 1
        self.measure()
        self.spans = self._spans()
        self.ribbons = self._ribbons()

    def measure(self) -> None:
        """Set the sizes that follow from how many rounds there are."""
        raise NotImplementedError

    def length(self) -> float:
        """Return how much room all votes of a round have."""
        raise NotImplementedError

    def _spans(self) -> list[dict[Place, tuple[float, float]]]:
        columns = self.flow.columns
        whole = max((sum(column.values()) for column in columns), default=1) or 1
        widest = max((len(column) for column in columns), default=1)
        self.scale = (self.length() - self.gap * (widest - 1)) / whole
        spans = []
        for column in columns:
            at, span = 0.0, {}
            for place in self.flow.order:
                if place in column:
                    thick = column[place] * self.scale
                    span[place] = (at, thick)
                    at += thick + self.gap
            spans.append(span)
        return spans

    def _ribbons(self) -> dict[tuple[int, Place, Place], tuple[float, float, float]]:
        """Return for each move, by round and both ends, where it leaves, where it arrives, and how thick it is."""
        ribbons: dict[tuple[int, Place, Place], tuple[float, float, float]] = {}
        rank = {place: number for number, place in enumerate(self.flow.order)}
        for number, moves in enumerate(self.flow.moves):
            leaves = {place: start for place, (start, _) in self.spans[number].items()}
            arrives = {place: start for place, (start, _) in self.spans[number + 1].items()}
            starts: dict[tuple[Place, Place], float] = {}
            for a, b in sorted(moves, key=lambda move: (rank[move[0]], rank[move[1]])):
                starts[a, b] = leaves[a]
                leaves[a] += moves[a, b] * self.scale
            for a, b in sorted(moves, key=lambda move: (rank[move[1]], rank[move[0]])):
                thick = moves[a, b] * self.scale
                ribbons[number, a, b] = (starts[a, b], arrives[b], thick)
                arrives[b] += thick
        return ribbons

    def name(self, place: Place, room: float) -> str:
        """Return the option's name, cut to *room* pixels."""
        name = self.rest if place is None else self.flow.options[place]
        most = int(room / self.character)
        return name if len(name) <= most else f"{name[: max(most - 1, 0)].rstrip()}…"

    def own(self) -> list[float]:
        """Return where along the axis one's own ballot is in each round."""
        at = []
        track = self.flow.track
        for number, place in enumerate(track):
            start, thick = self.spans[number].get(place, (0.0, 0.0))
            low, high = start, start + thick
            if number and (ribbon := self.ribbons.get((number - 1, track[number - 1], place))):
                low, high = max(low, ribbon[1]), min(high, ribbon[1] + ribbon[2])
            if number < len(track) - 1 and (ribbon := self.ribbons.get((number, place, track[number + 1]))):
                inner = max(low, ribbon[0]), min(high, ribbon[0] + ribbon[2])
                low, high = inner if inner[0] <= inner[1] else (low, high)
            at.append((low + high) / 2)
        return at

    def svg(self) -> Markup:
        """Return the whole drawing."""
        ribbons = "".join(
            f'<path class="rb {self.flow.css(a)}" d="{self.ribbon(number, *ends)}"/>'
            for (number, a, _), ends in self.ribbons.items()
        )
        nodes, texts = [], []
        for number, column in enumerate(self.flow.columns):
            for place, votes in column.items():
                box = self.box(number, *self.spans[number][place])
                nodes.append(f'<rect class="fl {self.flow.css(place)}" {box} rx="2"/>')
                if self.flow.is_hatched(place):
                    nodes.append(f'<rect class="hatch" fill="url(#hatch)" {box} rx="2"/>')
                texts.append(self.label(number, place, votes))
            texts.append(self.head(number))
        path = self.path(self.own()) if self.flow.track else ""
        track = f'<path class="path0" d="{path}"/><path class="path1" d="{path}"/>' if path else ""
        return Markup(
            f'<svg class="flowchart {self.css}" viewBox="0 0 {self.width:.0f} {self.height:.0f}" aria-hidden="true">'
            f"{ribbons}{''.join(nodes)}{track}{''.join(texts)}</svg>"
        )

    css = ""

    def ribbon(self, number: int, start: float, end: float, thick: float) -> str:
        """Return the outline of a move."""
        raise NotImplementedError

    def box(self, number: int, start: float, thick: float) -> str:
        """Return where an option's block is."""
        raise NotImplementedError

    def label(self, number: int, place: Place, votes: int) -> str:
        """Return what stands at an option's block."""
        raise NotImplementedError

    def head(self, number: int) -> str:
        """Return what stands at a round."""
        raise NotImplementedError

    def path(self, at: list[float]) -> str:
        """Return the line of one's own ballot."""
        raise NotImplementedError


class _Rightwards(_Drawing):
    """Rounds side by side: for a wide page."""

    css = "only-wide"
    node, left, right = 16.0, 4.0, 176.0
    gap, character = _GAP_WIDE, _CHARACTER_PX

    def measure(self) -> None:
        most = max((len(column) for column in self.flow.columns), default=1)
        self.width, self.height = 720.0, max(240.0, 120.0 + 44.0 * most)
        self.step = (self.width - self.left - self.right - self.node) / max(self.steps, 1)

    def length(self) -> float:
        return self.height - _TOP - 8

    def ribbon(self, number: int, start: float, end: float, thick: float) -> str:
        x0, x1 = self.left + number * self.step + self.node, self.left + (number + 1) * self.step
        m, y0, y1 = (x0 + x1) / 2, start + _TOP, end + _TOP
        return (
            f"M{x0:.0f} {y0:.1f}C{m:.0f} {y0:.1f} {m:.0f} {y1:.1f} {x1:.0f} {y1:.1f}V{y1 + thick:.1f}"
            f"C{m:.0f} {y1 + thick:.1f} {m:.0f} {y0 + thick:.1f} {x0:.0f} {y0 + thick:.1f}z"
        )

    def box(self, number: int, start: float, thick: float) -> str:
        x = self.left + number * self.step
        return f'x="{x:.0f}" y="{start + _TOP:.1f}" width="{self.node:.0f}" height="{max(thick, _LINE_LEAST):.1f}"'

    def label(self, number: int, place: Place, votes: int) -> str:
        start, thick = self.spans[number][place]
        if thick < 4:
            return ""
        is_last = number == self.steps
        room = (self.right if is_last else self.step) - self.node - 16
        figure = self.figure(votes)
        name = self.name(place, room - len(figure) * self.character)
        css = ' class="won"' if is_last and place in self.flow.winners else ""
        x, y = self.left + number * self.step + self.node + 8, start + thick / 2 + _TOP + 4.5
        return f'<text x="{x:.0f}" y="{y:.1f}"{css}>{escape(name)} <tspan>{escape(figure)}</tspan></text>'

    def head(self, number: int) -> str:
        name = self.round_name(self.flow.first_number + number)
        return f'<text class="sm" x="{self.left + number * self.step:.0f}" y="12">{escape(name)}</text>'

    def path(self, at: list[float]) -> str:
        line = f"M{self.left:.0f} {at[0] + _TOP:.1f}"
        for number, (y0, y1) in enumerate(pairwise(at)):
            x0, x1 = self.left + number * self.step + self.node, self.left + (number + 1) * self.step
            m = (x0 + x1) / 2
            line += f"H{x0:.0f}C{m:.0f} {y0 + _TOP:.1f} {m:.0f} {y1 + _TOP:.1f} {x1:.0f} {y1 + _TOP:.1f}"
        return f"{line}h{self.node:.0f}"


class _Downwards(_Drawing):
    """Rounds one below the other: for a phone."""

    css = "only-phone"
    node, step, top = 36.0, 104.0, 20.0
    gap, character = _GAP_PHONE, _BOLD_CHARACTER_PX

    def measure(self) -> None:
        self.width = 358.0
        self.height = self.step * self.steps + self.node + self.top + 2

    def length(self) -> float:
        return self.width

    def ribbon(self, number: int, start: float, end: float, thick: float) -> str:
        y0, y1 = self.top + number * self.step + self.node, self.top + (number + 1) * self.step
        m = (y0 + y1) / 2
        return (
            f"M{start:.1f} {y0:.0f}C{start:.1f} {m:.0f} {end:.1f} {m:.0f} {end:.1f} {y1:.0f}H{end + thick:.1f}"
            f"C{end + thick:.1f} {m:.0f} {start + thick:.1f} {m:.0f} {start + thick:.1f} {y0:.0f}z"
        )

    def box(self, number: int, start: float, thick: float) -> str:
        y = self.top + number * self.step
        return f'x="{start:.1f}" y="{y:.0f}" width="{max(thick, _LINE_LEAST):.1f}" height="{self.node:.0f}"'

    def label(self, number: int, place: Place, votes: int) -> str:
        start, thick = self.spans[number][place]
        figure = self.figure(votes)
        room = thick - 14
        if room < len(figure) * self.character:
            return ""
        left = room - (len(figure) + 1) * self.character
        name = self.name(place, left) if left > 4 * self.character else ""
        y = self.top + number * self.step + self.node / 2 + 4.5
        css = "inv" if place is not None else "inv rest"
        return f'<text class="{css}" x="{start + 8:.1f}" y="{y:.1f}">{escape(f"{name} {figure}".strip())}</text>'

    def head(self, number: int) -> str:
        name = self.round_name(self.flow.first_number + number)
        return f'<text class="sm" x="0" y="{self.top + number * self.step - 6:.0f}">{escape(name)}</text>'

    def path(self, at: list[float]) -> str:
        line = f"M{at[0]:.1f} {self.top:.0f}"
        for number, (x0, x1) in enumerate(pairwise(at)):
            y0, y1 = self.top + number * self.step + self.node, self.top + (number + 1) * self.step
            m = (y0 + y1) / 2
            line += f"V{y0:.0f}C{x0:.1f} {m:.0f} {x1:.1f} {m:.0f} {x1:.1f} {y1:.0f}"
        return f"{line}v{self.node:.0f}"


def _per_cent(part: float) -> str:
    return f"{min(max(part, 0.0), 1.0) * 100:.2f}%"
