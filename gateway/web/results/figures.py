"""
The figures of a count, for each method in the form that it is shown in.

A board is made of a declared result, or of the tally of a vote that is still open; which one is chosen by the method.
What one's own ballot says of an option stands in the row as *mine*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.web.methods import counted_name
from gateway.web.results.counted import marked, supporters
from gateway.web.results.labels import grade_css, votes
from gateway.web.results.rounds import Flow, flow_of
from gateway.web.words import Words
from libs.contracts.governance import OwnBallot, PollDetails, Result, Tally

ROWS_MAX = 30
"""So many rows stand open; the rest is folded."""

DUELS_MAX = 20
"""So many options a matrix has at most, the first of the ranking."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    An option and its figure; *part* is the length of its bar, from 0 to 1, *parts* what the bar is made of.

    *mine* is what one's own ballot says of it, in words, and *mine_at* the part of the bar that it is in.
    """

    option: str
    css: str
    figure: str = ""
    part: float = 0.0
    is_winner: bool = False
    is_hatched: bool = False
    mine: str = ""
    mine_at: int | None = None
    parts: tuple[tuple[str, int], ...] = ()
    cells: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each option; *needed* is where a threshold lies, *unit_name* what is counted."""

    rows: tuple[Row, ...]
    unit_name: str
    needed: float | None = None
    needed_figure: str = ""
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Profiles:
    """How often each grade was given to each option; the *note* of a row is its majority grade."""

    rows: tuple[Row, ...]
    grades: tuple[tuple[str, str], ...]
    kind: str = "profiles"


@dataclass(frozen=True, slots=True)
class Dates:
    """Who can come when: its cells are yes, if need be, no, and how many can come."""

    rows: tuple[Row, ...]
    kind: str = "dates"


@dataclass(frozen=True, slots=True)
class Budget:
    """Projects, what they cost, and which are paid: the *note* of a row says how, its cells are cost and supporters."""

    rows: tuple[Row, ...]
    budget: int
    spent: int
    parts: tuple[tuple[str, int], ...]
    kind: str = "budget"


@dataclass(frozen=True, slots=True)
class Duel:
    """One option against another: how many ballots prefer either."""

    option: str
    css: tuple[str, str]
    won: int
    lost: int


@dataclass(frozen=True, slots=True)
class Duels:
    """Every option against every other, in the order of the ranking; None where one would meet itself."""

    options: tuple[str, ...]
    preferred: tuple[tuple[int | None, ...], ...]
    paths: tuple[tuple[int | None, ...], ...]
    first: str
    first_duels: tuple[Duel, ...]
    whole: int
    left_out: int = 0
    kind: str = "duels"


@dataclass(frozen=True, slots=True)
class Rounds:
    """A count in rounds: the flow to be drawn, and a table that has all of them."""

    flow: Flow
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    exhausted: tuple[str, ...]
    kind: str = "rounds"


Board: TypeAlias = Bars | Profiles | Dates | Budget | Duels | Rounds


@dataclass(frozen=True, slots=True)
class Sight:
    """What a board is made of: the poll, one's own ballot if there is one, and the reader's words."""

    poll: PollDetails
    words: Words
    own: OwnBallot | None = None
    mine: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, poll: PollDetails, own: OwnBallot | None, words: Words) -> "Sight":
        """Return the sight of one whose ballot is *own*; its marks, or places, by option."""
        choices = own.choices if own and own.choices else ()
        marks = own.marks if own and own.marks else tuple(range(1, len(choices) + 1))
        return cls(poll, words, own, dict(zip(choices, marks, strict=True)))

    def name(self, option: str) -> str:
        """Return an option as it is shown."""
        return counted_name(self.poll.method, option, self.words)


def board_of(sight: Sight, tally: Tally, result: Result | None) -> Board | None:
    """Return the board of a count, or None where nothing may be shown yet."""
    if result is None and (tally.is_hidden or not sight.poll.is_open):
        return None
    match sight.poll.method:
        case "judgment":
            return _profiles(sight, tally, result)
        case "date":
            return _dates(sight, tally, result)
        case "budget" if result:
            return _budget(sight, tally, result)
        case "schulze" if result and result.rounds:
            return _duels(result)
        case "ranked" | "stv" if result and len(result.rounds) > 1:
            return _rounds(sight, result)
        case _:
            return _bars(sight, tally, result)


def chosen_of(result: Result | None) -> tuple[str, ...]:
    """Return what the group decided for: nothing where its rules were missed, and by consent at most a yes."""
    if result is None or (result.verdict and not result.verdict.is_passed):
        return ()
    return tuple(winner for winner in result.winners if result.method != "consent" or winner == "yes")


def _ranks(options: Sequence[str], figures: Mapping[str, int], winners: Sequence[str] = ()) -> list[str]:
    return sorted(options, key=lambda option: (option not in winners, -figures[option], options.index(option)))


def _bars(sight: Sight, tally: Tally, result: Result | None) -> Bars:
    options, words, method = sight.poll.options, sight.words, sight.poll.method
    unit = result.unit if result else 1
    if result and result.rounds:
        figures = {option: count or 0 for option, count in zip(options, result.rounds[0].counts, strict=True)}
    else:
        figures = dict.fromkeys(options, 0) | {each.option: each.count for each in tally.counts}
    chosen = chosen_of(result)
    is_share = method not in ("score", "dots", "borda")
    whole = tally.ballots_count * unit if is_share else max(figures.values(), default=0)
    order = list(options) if method == "consent" else _ranks(options, figures, result.winners if result else ())
    support = result.verdict.support_needed if result and result.verdict else None
    rows = [
        Row(
            option=sight.name(option),
            css="stop" if option == "block" and method == "consent" else f"c{place % 5 + 1}",
            is_hatched=place >= 5,
            figure=votes(figures[option], unit, words),
            part=figures[option] / whole if whole else 0.0,
            is_winner=option in chosen,
            mine=_said(sight, option),
        )
        for place, option in enumerate(order)
    ]
    return Bars(
        rows=tuple(rows),
        unit_name=_unit_name(sight, is_open=result is None),
        needed=support / whole if support and whole and is_share else None,
        needed_figure=words.number(support) if support and is_share else "",
    )


def _unit_name(sight: Sight, *, is_open: bool) -> str:
    words = sight.words
    match sight.poll.method:
        case "score" | "dots" | "borda" if not (is_open and sight.poll.method == "borda"):
            return words("Points")
        case "ranked" | "stv" | "schulze" | "borda" if is_open or sight.poll.method == "schulze":
            return words("Premiers choix")
        case _:
            return words("Voix")


def _said(sight: Sight, option: str) -> str:
    """Return what one's own ballot says of an option, in words."""
    words = sight.words
    if option not in sight.mine:
        return ""
    mark = sight.mine[option]
    match sight.poll.method:
        case "score" | "dots":
            return words.many("votre bulletin : %(count)s point", "votre bulletin : %(count)s points", mark)
        case "ranked" | "stv" | "schulze" | "borda":
            return words("votre bulletin : rang %(rank)s", rank=mark)
        case _:
            return words("votre bulletin")


def _profiles(sight: Sight, tally: Tally, result: Result | None) -> Profiles:
    grades = sight.poll.terms.settings.grades
    last, chosen = len(grades) - 1, chosen_of(result)
    counted = marked(sight.poll, tally, result)
    order = _by_ranking(sight.poll, result) or list(sight.poll.options)
    is_graded = bool(sight.mine)
    rows = []
    for option in order:
        counts = counted[option]
        median = _median(counts)
        mine = sight.mine.get(option, last) if is_graded else None
        rows.append(
            Row(
                option=option,
                css=grade_css(median, len(grades)) if median is not None else "c0",
                is_winner=option in chosen,
                note=grades[median] if median is not None else "",
                mine=sight.words("votre mention : %(grade)s", grade=grades[mine]) if mine is not None else "",
                mine_at=mine,
                parts=tuple((grade_css(place, len(grades)), count) for place, count in enumerate(counts)),
                cells=tuple(sight.words.number(count) for count in counts),
            )
        )
    return Profiles(
        rows=tuple(rows),
        grades=tuple((grade_css(place, len(grades)), grade) for place, grade in enumerate(grades)),
    )


def _median(counts: Sequence[int]) -> int | None:
    """Return the best grade of which more than half say: that good, or better."""
    whole, seen = sum(counts), 0
    for place, count in enumerate(counts):
        seen += count
        if seen * 2 > whole:
            return place
    return None


def _by_ranking(poll: PollDetails, result: Result | None) -> list[str]:
    return [poll.options[place] for level in result.ranking for place in level] if result else []


def _dates(sight: Sight, tally: Tally, result: Result | None) -> Dates:
    words = sight.words
    answers = (words("votre réponse : non"), words("votre réponse : si besoin"), words("votre réponse : oui"))
    counted, chosen = marked(sight.poll, tally, result), chosen_of(result)
    rows = []
    for option in _by_ranking(sight.poll, result) or sight.poll.options:
        no, if_need_be, yes = counted[option]
        mine = sight.mine.get(option, 0) if sight.mine else None
        rows.append(
            Row(
                option=sight.name(option),
                css="c1",
                is_winner=option in chosen,
                mine=answers[mine] if mine is not None else "",
                mine_at=2 - mine if mine is not None else None,
                parts=(("G5", yes), ("G3", if_need_be), ("G1", no)),
                cells=tuple(words.number(each) for each in (yes, if_need_be, no, yes + if_need_be)),
            )
        )
    return Dates(rows=tuple(rows))


def _budget(sight: Sight, tally: Tally, result: Result) -> Budget:
    words, options = sight.words, sight.poll.options
    settings = sight.poll.terms.settings
    cost = dict(zip(options, settings.costs, strict=True))
    named = supporters(sight.poll, tally, result)
    bought: dict[str, str] = {}
    for round_ in result.rounds:
        how = words("par les parts de qui le soutient") if round_.label != "rest" else words("sur le reste du budget")
        bought |= {options[place]: how for place in round_.elected}
    order = [*bought, *_ranks([option for option in options if option not in bought], named)]
    rows = [
        Row(
            option=option,
            css=f"c{place % 5 + 1}" if option in bought else "c0",
            is_winner=option in bought,
            is_hatched=option in bought and place >= 5,
            figure=words.number(cost[option]),
            part=cost[option] / settings.budget if settings.budget else 0.0,
            note=bought.get(option, ""),
            mine=_said(sight, option),
            cells=(words.number(cost[option]), words.number(named[option])),
        )
        for place, option in enumerate(order)
    ]
    return Budget(
        rows=tuple(rows),
        budget=settings.budget or 0,
        spent=sum(cost[option] for option in bought),
        parts=tuple((f"c{place % 5 + 1}", cost[option]) for place, option in enumerate(bought)),
    )


def _duels(result: Result) -> Duels:
    rows = {round_.label: round_.counts for round_ in result.rounds}
    order = [place for level in result.ranking for place in level]
    winners = [place for place in order if result.options[place] in result.winners]
    order = [*winners, *(place for place in order if place not in winners)]
    shown = order[:DUELS_MAX]
    wins = {place: rows.get(f"preferred {place}", ()) for place in order}
    first = order[0]
    against = [place for place in order[1:ROWS_MAX] if wins[first]]
    return Duels(
        options=tuple(result.options[place] for place in shown),
        preferred=tuple(tuple(wins[one][other] for other in shown) for one in shown) if wins[first] else (),
        paths=tuple(tuple(rows[f"path {one}"][other] for other in shown) for one in shown) if wins[first] else (),
        first=result.options[first],
        first_duels=tuple(
            Duel(
                result.options[other],
                ("c1", f"c{number % 4 + 2}"),
                wins[first][other] or 0,
                wins[other][first] or 0,
            )
            for number, other in enumerate(against)
        ),
        whole=result.ballots_count - result.blank_count,
        left_out=len(order) - len(shown),
    )


def _rounds(sight: Sight, result: Result) -> Rounds:
    words = sight.words
    flow = flow_of(result, sight.own.choices if sight.own else None)
    rows = []
    for place in flow.order:
        if place is None:
            continue
        option = result.options[place]
        rows.append(
            Row(
                option=option,
                css=flow.css(place),
                is_hatched=flow.is_hatched(place),
                is_winner=option in chosen_of(result),
                mine=_said(sight, option),
                cells=tuple(
                    "" if (count := round_.counts[place]) is None else votes(count, result.unit, words)
                    for round_ in result.rounds
                ),
            )
        )
    return Rounds(
        flow=flow,
        heads=tuple(str(number) for number in range(1, len(result.rounds) + 1)),
        rows=tuple(rows),
        exhausted=tuple(votes(round_.exhausted_count, result.unit, words) for round_ in result.rounds),
    )
