"""What watches a node is in step with it: alerts, runbooks, dashboards, and the metrics that they speak of."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.telemetry import metrics

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
ALERTS = OPS / "prometheus" / "alerts"
DASHBOARDS = sorted((OPS / "grafana" / "dashboards").glob("*.json"))
KEDA = ROOT / "k8s" / "components" / "keda"
OPERATE = ROOT / "docs" / "OPERATE.md"

_NAME = re.compile(r"\b(?:plaanet|process)_[a-z_]+\b|\bup\b")


def alerts() -> list[dict[str, Any]]:
    """Every alert of the plain files."""
    files = [yaml.safe_load(file.read_text()) for file in sorted(ALERTS.glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """What every alert, every panel and every autoscaler asks Prometheus, with its name."""
    for alert in alerts():
        yield alert["alert"], alert["expr"]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield f"{file.name}: {panel['title']}", target["expr"]
    for file in sorted(KEDA.rglob("*.yaml")):
        for query in re.findall(r"^\s+query: (.+)$", file.read_text(), re.MULTILINE):
            yield f"{file.parent.name}/{file.name}", query.replace("(command|query)", "command")


@pytest.mark.parametrize("name, expression", [*expressions()])
def test_asks_for_what_is_exported(name: str, expression: str) -> None:
    """An alert on a metric that nobody exports would never fire; a panel would stay empty."""
    asked = set(_NAME.findall(expression))

    assert asked
    assert asked <= metrics.names()


@pytest.mark.parametrize("name, expression", [*expressions()])
def test_asks_by_labels_that_exist(name: str, expression: str) -> None:
    """A label that no instrument has would select nothing."""
    labels = {label for each in vars(metrics).values() for label in getattr(each, "_labelnames", ())}
    by_prometheus = {"process", "instance", "job", "le", "__name__"}
    asked = set(re.findall(r"[{,]\s*(\w+)\s*[=!]", expression))
    for listed in re.findall(r"\bby \(([^)]*)\)", expression):
        asked |= {label.strip() for label in listed.split(",")}

    assert asked <= labels | by_prometheus


def test_the_dashboard_asks_for_buckets_that_exist() -> None:
    """A share within a bound is read from a bucket with that bound."""
    for name, expression in expressions():
        for metric, bound in re.findall(r'plaanet_(\w+)_bucket\{le="([\d.]+)"', expression):
            buckets = getattr(metrics, metric.upper())._kwargs["buckets"]
            assert float(bound) in buckets, name


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
class TestEveryAlert:
    def test_has_a_runbook(self, alert: dict[str, Any]) -> None:
        """Whoever is woken finds what people see, what it means and what to type."""
        _, _, section = OPERATE.read_text().partition(f"\n### {alert['alert']}\n")
        section = section.partition("\n#")[0]

        assert alert["annotations"]["runbook_url"] == f"docs/OPERATE.md#{alert['alert'].lower()}"
        for part in ("**People see**", "**It means**", "**Type**"):
            assert part in section

    def test_says_how_bad_and_what(self, alert: dict[str, Any]) -> None:
        """A severity that can be routed by, and one sentence."""
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"].endswith(".")


def test_every_runbook_has_an_alert() -> None:
    """A runbook for an alert that is gone misleads."""
    sections = set(re.findall(r"^### (Plaanet\w+)$", OPERATE.read_text(), re.MULTILINE))

    assert sections == {alert["alert"] for alert in alerts()}


def test_every_metric_is_looked_at() -> None:
    """What is measured is on a dashboard or wakes somebody; else it is only paid for."""
    asked = {re.sub(r"_(bucket|count|sum)$", "", name) for _, each in expressions() for name in _NAME.findall(each)}
    exported = {
        f"plaanet_{each._name}" if not each._name.startswith("plaanet_") else each._name
        for each in vars(metrics).values()
        if hasattr(each, "_labelnames")
    }

    assert {re.sub(r"_total$", "", name) for name in exported} <= {re.sub(r"_total$", "", name) for name in asked}
