"""What the cluster would be given: the manifests of an overlay, built as an operator builds them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

K8S = Path(__file__).parents[2] / "k8s"

Object = dict[str, Any]

WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")

NODE_OF_COMPONENTS = {
    "name": "town.example",
    "postgres-address": "db.example:5432",
    "postgres-options": "sslmode=require",
    "trusted-proxies": "[]",
    "prometheus-address": "http://prometheus.example:9090",
    "otlp-endpoint": "http://collector.example:4318",
    "backup-target": "s3://town/backups",
    "backup-region": "eu-west-3",
    "backup-endpoint": "https://s3.example",
    "backup-recipients": '["age1town"]',
}
"""What an overlay says to the components that stand alone in a test."""


def kubectl() -> str | None:
    """Return kubectl: the one of the test's packages, or the machine's own."""
    beside_python = Path(sys.executable).parent / "kubectl"
    return str(beside_python) if beside_python.exists() else shutil.which("kubectl")


@dataclass(frozen=True)
class Workload:
    """What runs pods, and the pod that it runs."""

    kind: str
    name: str
    spec: Object
    pod: Object
    labels: dict[str, str]

    @property
    def component(self) -> str:
        """Its role: service, gateway, sealer, log, prepare, backup or database."""
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[Object]:
        """Its containers, those that only begin included."""
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def main(self) -> Object:
        """Its container that stays."""
        [container] = self.pod["containers"]
        found: Object = container
        return found


class Manifests:
    """The objects of one build."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self.objects = objects

    def of(self, kind: str) -> list[Object]:
        """Return the objects of *kind*."""
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, name: str) -> Object:
        """Return the object of *kind* with that name, whatever hash stands behind it."""
        found = [each for each in self.of(kind) if each["metadata"]["name"] in (name, _unhashed(each, name))]
        assert len(found) == 1, f"{kind} {name}: {len(found)}"
        return found[0]

    def workloads(self, *kinds: str) -> Iterator[Workload]:
        """Yield what runs pods."""
        for each in self.objects:
            if each["kind"] in (kinds or WORKLOADS):
                spec = each["spec"]["jobTemplate"]["spec"] if each["kind"] == "CronJob" else each["spec"]
                template = spec["template"]
                yield Workload(
                    each["kind"], each["metadata"]["name"], spec, template["spec"], template["metadata"]["labels"]
                )

    def workload(self, name: str) -> Workload:
        """Return the one of that name."""
        [found] = [each for each in self.workloads() if each.name == name]
        return found

    def environment(self, container: Object) -> dict[str, str]:
        """Return what the container's process is told, as the kubelet would work it out; secrets are `<NAME/KEY>`."""
        told: dict[str, str] = {}
        for each in container.get("env", []):
            told[each["name"]] = expanded(self._value(each), told)
        return told

    def _value(self, variable: Object) -> str:
        if "value" in variable:
            value: str = variable["value"]
            return value
        [(kind, ref)] = variable["valueFrom"].items()
        if kind == "configMapKeyRef":
            found: str = self.one("ConfigMap", ref["name"])["data"][ref["key"]]
            return found
        return f"<{ref['name']}/{ref['key']}>" if kind == "secretKeyRef" else "pod"


def _unhashed(each: Object, name: str) -> str:
    is_hashed = each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith(f"{name}-")
    return str(each["metadata"]["name"]) if is_hashed else ""


def expanded(value: str, known: dict[str, str]) -> str:
    """Return *value* with each `$(NAME)` as the kubelet puts it in."""
    for name, text in known.items():
        value = value.replace(f"$({name})", text)
    return value


@cache
def build(folder: Path) -> Manifests:
    """
    Return what `kubectl kustomize` makes of *folder*.

    Raises:
        subprocess.CalledProcessError: It cannot be built.
    """
    program = kubectl()
    assert program
    built = subprocess.run([program, "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return Manifests([each for each in yaml.safe_load_all(built.stdout) if each])


def with_component(folder: Path, component: str) -> Manifests:
    """Return the base with one component, by a kustomization in the empty *folder*."""
    to_k8s = os.path.relpath(K8S.resolve(), folder.resolve())
    kustomization: Object = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "plaanet",
        "resources": [f"{to_k8s}/base"],
        "components": [f"{to_k8s}/components/{component}"],
        "configMapGenerator": [
            {"name": "node", "literals": [f"{key}={value}" for key, value in NODE_OF_COMPONENTS.items()]}
        ],
    }
    if component == "witnesses":
        (folder / "witnesses.policy").write_text("quorum none\n")
        kustomization["configMapGenerator"].append({"name": "witnesses", "files": ["witnesses.policy"]})
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return build(folder)


OVERLAYS = ("dev", "production")

COMPONENTS = tuple(
    sorted(
        each.parent.name
        for each in (K8S / "components").glob("*/kustomization.yaml")
        if "kind: Component" in each.read_text()
    )
)
