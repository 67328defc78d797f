"""Every manifest is one that the API would take: nothing misspelt, nothing in the wrong place."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.k8s.manifests import K8S, Manifests, Object

KUBERNETES = "1.37"
OLDEST_KUBERNETES = "1.32"
CRDS = Path(__file__).parents[3] / "shared" / "schemas" / "crds"


@cache
def fault_in(text: str, version: str = KUBERNETES) -> str | None:
    """What the API's schema says against the object in *text*; None if nothing. They are large: once for each."""
    try:
        kubernetes_validate.validate(json.loads(text), version, strict=True)
    except kubernetes_validate.ValidationError as fault:
        return str(fault)
    return None


def is_custom(each: Object) -> bool:
    """Whether an operator, and not Kubernetes itself, knows this kind."""
    group = each["apiVersion"].rpartition("/")[0]
    return ("." in group and not group.endswith(".k8s.io")) or group == "gateway.networking.k8s.io"


def closed(schema: Any) -> Any:
    """The schema, refusing what it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = pattern.replace("^(?i)", "(?i)^")  # as Go writes it, and as Python does
    is_open = "additionalProperties" in found or found.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(found.get("properties"), dict) and found.get("type") == "object" and not is_open:
        found["additionalProperties"] = False
    return found


def schema_of(each: Object) -> Path:
    """Where the schema of a custom kind would be."""
    group, _, version = each["apiVersion"].partition("/")
    return CRDS / str(group) / f"{each['kind'].lower()}_{version}.json"


def test_the_kinds_of_kubernetes(manifests: Manifests) -> None:
    """Each object is valid by the API's own schema, with no field that it does not know."""
    ours = [each for each in manifests.objects if not is_custom(each)]

    assert len(ours) > 40
    assert not list(filter(None, (fault_in(json.dumps(each, sort_keys=True)) for each in ours)))


def test_what_the_oldest_kubernetes_knows(production: Manifests) -> None:
    """The README names a version; nothing is used that it does not have."""
    ours = [json.dumps(each, sort_keys=True) for each in production.objects if not is_custom(each)]

    assert f"Kubernetes {OLDEST_KUBERNETES} or newer" in (K8S / "README.md").read_text()
    assert not list(filter(None, (fault_in(each, OLDEST_KUBERNETES) for each in ours)))


def test_the_check_would_notice(production: Manifests) -> None:
    """A field that is misspelt is refused."""
    wrong = copy.deepcopy(production.of("Deployment")[0])
    wrong["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 1

    assert "terminationGracePeriodSecond" in str(fault_in(json.dumps(wrong)))


def test_the_kinds_of_operators(manifests: Manifests) -> None:
    """Each custom object is valid by its operator's schema, with no field that it does not know."""
    custom = [each for each in manifests.objects if is_custom(each)]
    known = [each for each in custom if schema_of(each).exists()]
    for each in known:
        jsonschema.validate(each, closed(json.loads(schema_of(each).read_text())))
    if unknown := sorted({each["kind"] for each in custom} - {each["kind"] for each in known}):
        pytest.skip(f"NOT RUN: there is no schema of {', '.join(unknown)}")


def test_the_check_of_operators_kinds_would_notice(production: Manifests) -> None:
    """A field that is misspelt in a custom object is refused."""
    cluster = copy.deepcopy(production.one("Cluster", "postgres"))
    if not schema_of(cluster).exists():
        pytest.skip("NOT RUN: there is no schema of Cluster")
    cluster["spec"]["postgresql"]["parameter"] = {}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(cluster, closed(json.loads(schema_of(cluster).read_text())))


def test_alerts_are_those_of_the_plain_file() -> None:
    """Whoever has the Prometheus operator is woken for the same as whoever has not."""
    rule = yaml.safe_load((K8S / "components" / "monitoring" / "prometheusrule.yaml").read_text())
    plain = yaml.safe_load((K8S.parent / "ops" / "prometheus" / "alerts" / "plaanet.yml").read_text())

    assert rule["spec"] == plain
