"""
How often each option was given each mark: by a declared result where there is one, else by the running tally.

The result goes first because it has the votes that others carried.
"""

from libs.contracts.governance import PollDetails, Result, Tally

Marked = dict[str, tuple[int, ...]]
"""For each option how many ballots give each mark, in the order of `OptionCount.by_mark`."""


def marked(poll: PollDetails, tally: Tally, result: Result | None) -> Marked:
    """Return how often each option was given each mark, by a method whose marks are grades or answers."""
    if result is None or not result.rounds:
        empty = (0,) * _marks_count(poll)
        return {each.option: each.by_mark or empty for each in tally.counts} or dict.fromkeys(poll.options, empty)
    return _grades(result) if poll.method == "judgment" else _answers(result)


def supporters(poll: PollDetails, tally: Tally, result: Result) -> dict[str, int]:
    """Return how many ballots name each project."""
    if result.rounds:
        return {option: count or 0 for option, count in zip(poll.options, result.rounds[0].counts, strict=True)}
    return {each.option: each.count for each in tally.counts} or dict.fromkeys(poll.options, 0)


def _marks_count(poll: PollDetails) -> int:
    return len(poll.terms.settings.grades) if poll.method == "judgment" else 3


def _grades(result: Result) -> Marked:
    rows = [round_.counts for round_ in result.rounds if round_.label.startswith("grade ")]
    return {option: tuple(row[place] or 0 for row in rows) for place, option in enumerate(result.options)}


def _answers(result: Result) -> Marked:
    rows = {round_.label: round_.counts for round_ in result.rounds}
    whole = result.ballots_count - result.blank_count
    found: Marked = {}
    for place, option in enumerate(result.options):
        can, gladly = rows["yes or if need be"][place] or 0, rows["yes"][place] or 0
        found[option] = (whole - can, can - gladly, gladly)
    return found
