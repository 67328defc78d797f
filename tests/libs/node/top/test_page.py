"""The page fits a terminal of 80 by 24, and says what is wrong."""

from rich.console import Console

from libs.node.metrics import MEASURED
from libs.node.top.page import page
from libs.node.top.readings import Reading
from tests.libs.node.top.test_readings import reading

LOGS = ("identity", "groups", "events", "governance", "geo")
STATUS = {
    "name": "a-town-with-a-long-name.example",
    "url": "http://127.0.0.1:8080",
    "processes": {name: {"pid": 1_234_567, "restarts": 2} for name in MEASURED},
}


def busy(at: float, *, silent: tuple[str, ...] = (), missing: float = 0, behind: float = 0) -> Reading:
    """A node at work."""
    of_logs = [({"process": "governance", "log": log}, at * 123_456) for log in LOGS]
    lag = {"process": "governance", "log": "governance", "reader": "projection"}
    samples = {
        "process_cpu_seconds_total": [({"process": name}, at * 0.99) for name in MEASURED],
        "process_resident_memory_bytes": [({"process": name}, 1_234e6) for name in MEASURED],
        "plaanet_command_seconds_count": [({"process": name, "outcome": "done"}, at * 1234.5) for name in MEASURED],
        "plaanet_command_seconds_bucket": [
            ({"process": name, "outcome": "done", "le": le}, at * 1234.5)
            for name in MEASURED
            for le in ("0.15", "0.25", "+Inf")
        ],
        "plaanet_query_seconds_count": [({"process": name}, at * 1234.5) for name in MEASURED],
        "plaanet_pool_connections": [
            ({"process": name, "state": s}, 60.0) for name in MEASURED for s in ("used", "max")
        ],
        "plaanet_log_entries": of_logs,
        "plaanet_log_bytes": of_logs,
        "plaanet_log_reachable": [(labels, 1.0) for labels, _ in of_logs],
        "plaanet_log_missing_entries": [({"process": "geo", "log": "geo"}, missing)],
        "plaanet_append_seconds_count": [({**labels, "outcome": "kept"}, at * 1234.5) for labels, _ in of_logs],
        "plaanet_reader_lag_positions": [(lag, behind)],
        "plaanet_reader_lag_seconds": [(lag, behind)],
        "plaanet_sealed_entries": [({"process": "sealer", "log": "governance"}, at * 123_450)],
        "plaanet_published_entries": [({"process": "sealer", "log": "governance"}, at * 123_440)],
        "plaanet_unpublished_seconds": [({"process": "sealer", "log": "governance"}, 40.0)],
        "plaanet_witness_late_seconds": [({"process": "sealer", "witness": "anna"}, 40.0)],
    }
    return Reading(at, samples, silent, MEASURED, STATUS)


def shown(before: Reading, now: Reading) -> list[str]:
    """The lines of the page on a terminal of 80 by 24."""
    console = Console(width=80, height=24, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(page(before, now, width=80, height=24))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_fits_a_small_terminal() -> None:
    """With the longest figures nothing is wider than 80 columns or higher than 24 lines, and nothing is left out."""
    lines = shown(busy(10), busy(12, behind=123_456))

    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for name in (*MEASURED, *LOGS):
        assert any(line.startswith(name) for line in lines)
    assert not any("…" in line for line in lines)
    assert any("60/60" in line for line in lines)
    assert any(line.endswith("governance projection 123 k (34 h)") for line in lines)
    assert lines[-1] == "witnesses late: anna"


def test_names_who_is_silent() -> None:
    """A process that does not answer stands where it always stands."""
    [line] = [
        line for line in shown(busy(10), busy(12, silent=("geo",))) if line.startswith("geo") and "silent" in line
    ]

    assert "1234567" in line


def test_a_gap_is_seen() -> None:
    """Missing entries stand beside their log."""
    [line] = [line for line in shown(busy(10), busy(12, missing=3)) if line.startswith("geo") and "level" in line]

    assert " 3 " in line


def test_a_node_that_says_nothing_yet() -> None:
    """Right after a start there is a page all the same."""
    nothing = reading(1)

    assert shown(nothing, reading(2))[0].startswith("Plaanet")
