"""Charts: hidden from screen readers, in the tokens' colours, and closed to whatever a name says."""

import re

from gateway.web import charts
from gateway.web.results.rounds import flow_of
from tests.gateway.web.results.test_rounds import result_of

EVIL = '"><script>alert(1)</script>'


def _flow(*, wide: bool, options: tuple[str, ...] = ("oak", "elm", "ash")) -> str:
    votes = [[options[0]]] * 4 + [[options[1]]] * 3 + [[options[2], options[1]]] * 2
    flow = flow_of(result_of("ranked", options, votes), (options[2], options[1]))
    return charts.flow(flow, str, lambda number: f"round {number}", "rest", wide=wide)


def test_a_flow_has_a_form_for_each_kind_of_screen() -> None:
    """Both are hidden, and one's own ballot goes through them in yellow."""
    for wide, css in ((True, "only-wide"), (False, "only-phone")):
        drawn = _flow(wide=wide)

        assert 'aria-hidden="true"' in drawn
        assert css in drawn
        assert 'class="path1"' in drawn
        assert drawn.count('class="fl ') == 5


def test_a_name_cannot_leave_its_label() -> None:
    """What members write is text in a drawing, too."""
    for wide in (True, False):
        assert "<script>" not in _flow(wide=wide, options=(EVIL, "elm", "ash"))


def test_a_long_name_is_cut() -> None:
    """The table beside the drawing has the whole of it."""
    assert "…" in _flow(wide=True, options=("a" * 200, "elm", "ash"))


def test_a_figure_is_not_cut_off() -> None:
    """On a phone a block has the room for what stands in it, whichever face the reader's system draws it in."""
    drawn = _flow(wide=False, options=("The meadow by the old mill", "The square", "The yard"))
    block = re.search(r'<rect class="fl [^"]*" x="0.0" y="20" width="([0-9.]+)"', drawn)
    label = re.search(r'<text class="inv" x="8.0" y="42.5">([^<]*)<', drawn)

    assert block
    assert label
    assert label[1].endswith("… 3")
    assert len(label[1]) * 9 <= float(block[1]) - 14


def test_a_bar_shows_what_was_needed() -> None:
    """Where nothing was, or more than all, no mark stands."""
    assert 'class="need" x1="50.00%"' in charts.bar(0.25, "c1", needed=0.5)
    assert "need" not in charts.bar(0.25, "c1")
    assert "need" not in charts.bar(0.25, "c1", needed=1.5)
    assert 'width="100.00%"' in charts.bar(7, "c1")


def test_a_stack_marks_the_middle_and_ones_own() -> None:
    """One's own part is marked also where nobody else is in it."""
    drawn = charts.stack([("G5", 3), ("G4", 0), ("G3", 1)], middle=True, mine=1)

    assert 'class="middle"' in drawn
    assert '<svg x="75.00%"' in drawn
    assert charts.stack([("G5", 0)]).count("rect") == 0


def test_a_duel_between_nobody_is_empty() -> None:
    """No ballot, no length."""
    assert drawn_widths(charts.duel(0, 0, 0, css=("c1", "c2"))) == ["0.00%", "0.00%"]


def drawn_widths(drawing: str) -> list[str]:
    """The widths of the bars of a drawing."""
    return [part.partition('"')[0] for part in drawing.split('width="')[2:]]
