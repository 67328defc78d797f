"""One page of what a node does, for a terminal of 80 by 24 or larger."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from libs.node.top.readings import Change, Reading

LATE_S = 5.0
VERY_LATE_S = 30.0


def page(before: Reading, now: Reading, *, width: int, height: int | None) -> RenderableType:
    """Return the page for what changed from *before* to *now*, at most *height* lines high."""
    change = Change(before, now)
    parts = Group(_head(change), _processes(change), _logs(change), _seal(now))
    if height is None:
        return parts
    page = Table.grid()
    page.add_column(width=width, overflow="crop", no_wrap=True)
    page.add_row(parts)
    return page


def _head(change: Change) -> Text:
    now = change.now
    head = Text(no_wrap=True, overflow="ellipsis")
    head.append(now.status.get("name", "Plaanet"), "bold")
    head.append(f"  {now.status.get('url', '')}  {datetime.now().astimezone():%H:%M:%S}\n", "dim")
    head.append(f"requests {change.rate('plaanet_http_seconds_count'):.1f}/s")
    head.append(f"   p99 {_duration(change.percentile_s('plaanet_http_seconds', 99))}")
    failing = sum(change.rate("plaanet_http_seconds_count", status=status) for status in ("500", "502", "503", "504"))
    head.append(f"   failing {failing:.1f}/s", "bold red" if failing else "")
    head.append(f"   refused {change.rate('plaanet_refusals_total'):.1f}/s")
    head.append(f"   listening {now.sum('plaanet_live_clients'):.0f}\n")
    return head


def _table(*columns: str, gap: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold reverse")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _processes(change: Change) -> RenderableType:
    now = change.now
    table = _table("process", "pid", "again", "cpu", "memory", "do/s", "p50", "p99", "ask/s", "pool", gap=2)
    known = now.status.get("processes", {})
    for name in now.processes:
        process = known.get(name, {})
        if name in now.silent:
            table.add_row(
                Text(name, "bold red"), str(process.get("pid", "")), _again(process), Text("silent", "bold red")
            )
            continue
        commands = "plaanet_command_seconds"
        table.add_row(
            name,
            str(process.get("pid", "")),
            _again(process),
            f"{change.rate('process_cpu_seconds_total', process=name):.0%}",
            f"{now.sum('process_resident_memory_bytes', process=name) / 1e6:.0f} MB",
            _rate(change.rate(f"{commands}_count", process=name)),
            _duration(change.percentile_s(commands, 50, process=name)),
            _duration(change.percentile_s(commands, 99, process=name)),
            _rate(change.rate("plaanet_query_seconds_count", process=name)),
            _pool(now, name),
        )
    return table


def _logs(change: Change) -> RenderableType:
    now = change.now
    table = _table("log", "entries", "+/s", "size", "append", "missing", "furthest behind", gap=1)
    for log in dict.fromkeys(found["log"] for found, _ in now.of("plaanet_log_entries")):
        missing = now.most("plaanet_log_missing_entries", log=log) or 0
        is_away = now.most("plaanet_log_reachable", log=log) == 0
        table.add_row(
            Text(log, "bold red" if missing or is_away else ""),
            _count(now.most("plaanet_log_entries", log=log) or 0) if not is_away else "away",
            _rate(change.rate("plaanet_append_seconds_count", log=log, outcome="kept")),
            _size(now.most("plaanet_log_bytes", log=log) or 0),
            _duration(change.percentile_s("plaanet_append_seconds", 99, log=log)),
            Text(f"{missing:.0f}", "bold red" if missing else "dim"),
            _behind(now, log),
        )
    return table


def _behind(now: Reading, log: str) -> Text:
    """Return which reader of *log* is the furthest behind."""
    found = max(now.of("plaanet_reader_lag_positions", log=log), key=lambda each: each[1], default=None)
    if found is None or found[1] == 0:
        return Text("level", "green")
    labels, positions = found
    seconds = now.most("plaanet_reader_lag_seconds", **labels) or 0
    style = "bold red" if seconds > VERY_LATE_S else "yellow" if seconds > LATE_S else ""
    return Text(f"{labels['process']} {labels['reader']} {_count(positions)} ({_duration(seconds)})", style)


def _seal(now: Reading) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    for found, sealed in now.of("plaanet_sealed_entries"):
        log = found["log"]
        unsealed = (now.most("plaanet_log_entries", log=log) or 0) - sealed
        waits_s = now.most("plaanet_unpublished_seconds", log=log) or 0
        published = now.most("plaanet_published_entries", log=log) or 0
        late = [found["witness"] for found, late_s in now.of("plaanet_witness_late_seconds") if late_s]
        line.append(f"\nseal of {log}", "bold")
        line.append(f"  signed {_count(sealed)}  ")
        line.append(f"not yet {_count(max(0, unsealed))}", "bold red" if unsealed > 1000 else "")
        line.append(f"  published {_count(published)}")
        line.append(
            f"  waits {_duration(waits_s)}" if waits_s else "", "bold red" if waits_s > VERY_LATE_S else "yellow"
        )
        line.append(f"\nwitnesses late: {', '.join(late)}" if late else "", "bold red")
    return line


def _again(process: dict[str, int]) -> Text:
    restarts = process.get("restarts", 0)
    return Text(str(restarts) if process else "", "bold red" if restarts else "dim")


def _pool(now: Reading, process: str) -> str:
    most = now.most("plaanet_pool_connections", process=process, state="max")
    used = now.most("plaanet_pool_connections", process=process, state="used") or 0
    return f"{used:.0f}/{most:.0f}" if most else ""


def _rate(rate: float) -> str:
    if rate >= 1000:
        return f"{rate:,.0f}"
    return f"{rate:.1f}" if rate else "-"


def _count(count: float) -> str:
    if count < 1e5:
        return f"{count:,.0f}"
    return f"{count / 1e3:,.0f} k" if count < 1e7 else f"{count / 1e6:,.1f} M"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
