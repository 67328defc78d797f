"""
Draws a dashboard as one SVG from what a Prometheus has measured, for a document: `python ops/grafana/picture.py
http://127.0.0.1:9090 FROM TO ops/grafana/dashboards/plaanet.json > picture.svg` (FROM and TO in seconds since 1970).

It asks what the panels ask and draws what it is answered; it is no Grafana, and leaves out colours by threshold.
"""

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

import httpx

UNIT = 46  # px a column of Grafana's grid of 24
LINE = 30  # px a row
COLOURS = ("#3274d9", "#e0752d", "#56a64b", "#e02f44", "#a352cc", "#b8a100", "#37872d", "#8f3bb8")
POINTS = 240


def main() -> None:
    """Draw to standard output."""
    prometheus, begin, end, dashboard = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    panels = json.loads(dashboard.read_text())["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * LINE
    with httpx.Client(base_url=prometheus, timeout=60, trust_env=False) as http:
        drawn = [draw(panel, http, begin, end) for panel in panels]
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * UNIT} {height}" font-family="sans-serif">')
    print(f'<rect width="100%" height="100%" fill="#f4f5f5"/>{"".join(drawn)}</svg>')


def draw(panel: dict[str, Any], http: httpx.Client, begin: float, end: float) -> str:
    """Return one panel, where it stands."""
    place = panel["gridPos"]
    x, y, width, height = place["x"] * UNIT, place["y"] * LINE, place["w"] * UNIT - 6, place["h"] * LINE - 6
    if panel["type"] == "row":
        return f'<text x="6" y="{y + 20}" font-size="15" font-weight="bold">{escape(panel["title"])}</text>'
    unit = panel["fieldConfig"]["defaults"]["unit"]
    inner = f'<rect width="{width}" height="{height}" fill="#fff" stroke="#ddd"/>'
    inner += f'<text x="8" y="17" font-size="12.5" font-weight="bold">{escape(panel["title"])}</text>'
    series = [each for target in panel["targets"] for each in ask(target, http, begin, end)]
    if panel["type"] == "stat":
        value = shown(series[0][1][-1][1], unit) if series else "no data"
        inner += f'<text x="{width / 2}" y="{height / 2 + 22}" font-size="28" text-anchor="middle">{value}</text>'
    else:
        inner += lines(series, unit, (begin, end), (width, height))
    return f'<g transform="translate({x + 3} {y + 3})">{inner}</g>'


def ask(target: dict[str, Any], http: httpx.Client, begin: float, end: float) -> list[tuple[str, list[Any]]]:
    """Return the series of one target: name and points."""
    expr = target["expr"].replace("$__rate_interval", "30s").replace("$__range", f"{end - begin:.0f}s")
    where = {"query": expr, "start": begin, "end": end, "step": max(1.0, (end - begin) / POINTS)}
    if target["instant"]:
        where |= {"start": end}
    found = http.get("/api/v1/query_range", params=where).raise_for_status().json()["data"]["result"]
    series = []
    for each in found:
        name = target["legendFormat"]
        for label, value in each["metric"].items():
            name = name.replace(f"{{{{{label}}}}}", value)
        points = [(float(at), float(value)) for at, value in each["values"] if value not in ("NaN", "+Inf")]
        if points:
            series.append((name, points))
    return series


def lines(series: list[tuple[str, list[Any]]], unit: str, span: tuple[float, float], size: tuple[int, int]) -> str:
    """Return the series as lines over one scale, with their names below."""
    (begin, end), (width, height) = span, size
    left, top, right, bottom = 62, 28, width - 8, height - 34
    most = max((value for _, points in series for _, value in points), default=0) or 1
    inner = ""
    for part in (0, 0.5, 1):
        at = bottom - part * (bottom - top)
        inner += f'<path d="M{left} {at}H{right}" stroke="#eee"/>'
        inner += f'<text x="{left - 5}" y="{at + 4}" font-size="10" text-anchor="end">{shown(most * part, unit)}</text>'
    x_name, row = left, 0
    for number, (name, points) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(
            f"{left + (at - begin) / (end - begin) * (right - left):.1f},{bottom - value / most * (bottom - top):.1f}"
            for at, value in points
        )
        inner += f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>'
        if x_name > width - 90:
            x_name, row = left, row + 1
        if row < 2:
            inner += (
                f'<text x="{x_name}" y="{height - 18 + row * 12}" font-size="9.5" fill="{colour}">{escape(name)}</text>'
            )
        x_name += 10 + int(len(name) * 5.6)
    return inner if series else inner + f'<text x="{left}" y="{top + 30}" font-size="11" fill="#888">no data</text>'


def shown(value: float, unit: str) -> str:
    """Return a value with its unit."""
    if unit == "percentunit":
        return f"{value:.2%}"
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
    if unit == "bytes":
        return f"{value / 1e6:.1f} MB"
    return f"{value:.1f}" if value < 100 and value != int(value) else f"{value:,.0f}"


if __name__ == "__main__":
    main()
