"""The cluster's network says what the design says: each arrow of it, and no other."""

from pathlib import Path

import pytest

from libs.node.permissions import GATEWAY, PROCESSES, SERVICES
from tests.k8s.manifests import Manifests, with_component
from tests.k8s.policies import Arrow, Place, arrows

NATS, POSTGRES, PREPARE, BACKUP = "nats", "postgres", "prepare", "backup"
CLIENTS, CLUSTER, MONITOR, DATABASE, STATUS, HTTP, HEALTH, HTTPS, DNS, METRICS, OTLP = (
    4222,
    6222,
    8222,
    5432,
    8000,
    8080,
    8081,
    443,
    53,
    9464,
    4318,
)
PORTS = (CLIENTS, CLUSTER, MONITOR, DATABASE, STATUS, HTTP, HEALTH, HTTPS, DNS, METRICS, OTLP)

STRANGER = Place("a stranger's pod", {"app.kubernetes.io/name": NATS}, {"kubernetes.io/metadata.name": "elsewhere"})
WAY_IN = Place("way in", {}, {"kubernetes.io/metadata.name": "ingress", "plaanet/way-in": "true"})
RESOLVER = Place("dns", {"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})
WATCHER = Place("watcher", {}, {"kubernetes.io/metadata.name": "monitoring", "plaanet/monitoring": "true"})
OPERATOR = Place("cnpg", {}, {"kubernetes.io/metadata.name": "cnpg-system"})
WITNESS = Place("witness", address="203.0.113.7")
NEIGHBOUR = Place("neighbour", address="10.1.2.3")
FOREIGN_DATABASE = Place("db", address="192.0.2.5")


def places(manifests: Manifests) -> list[Place]:
    """Whoever runs in the namespace, and some who do not."""
    pods = [Place(each.name, each.labels) for each in manifests.workloads()]
    pods += [
        Place(each["metadata"]["name"], each["spec"]["inheritedMetadata"]["labels"]) for each in manifests.of("Cluster")
    ]
    return [*pods, STRANGER, WAY_IN, RESOLVER, WATCHER, OPERATOR, WITNESS, NEIGHBOUR, FOREIGN_DATABASE]


def of_the_design(manifests: Manifests) -> set[Arrow]:
    """
    The arrows between the parts of a node.

    Every process reaches NATS, where its account says what it may do; a service, its own database. `prepare` makes what
    both hold, and a backup copies it. NATS servers reach each other. Everybody asks for names.
    """
    running = {each.name for each in manifests.workloads()}
    processes = [name for name in PROCESSES if name in running]
    assert {*SERVICES, GATEWAY, "sealer"} <= {*processes}
    jobs = [name for name in (PREPARE, BACKUP) if name in running]
    return {
        *(Arrow(name, NATS, CLIENTS) for name in (*processes, *jobs)),
        *(Arrow(name, POSTGRES, DATABASE) for name in (*SERVICES, *jobs)),
        Arrow(NATS, NATS, CLUSTER),
        *(Arrow(each.name, RESOLVER.name, DNS) for each in places(manifests) if each.is_ours),
    }


def among(manifests: Manifests) -> set[Arrow]:
    """The arrows that the policies allow."""
    return arrows(manifests, places(manifests), PORTS)


def test_dev(dev: Manifests) -> None:
    """One of each: the arrows of the design, and nobody comes in but through the kubelet (`kubectl port-forward`)."""
    assert among(dev) == of_the_design(dev)


def test_production(production: Manifests) -> None:
    """Beside those: the way in, and what CloudNativePG's servers need of each other, its operator and the API."""
    databases = {
        Arrow(POSTGRES, POSTGRES, DATABASE),
        Arrow(POSTGRES, POSTGRES, STATUS),
        Arrow(OPERATOR.name, POSTGRES, STATUS),
        *(Arrow(POSTGRES, each.name, HTTPS) for each in places(production) if not each.is_ours),
    }

    assert among(production) == of_the_design(production) | databases | {Arrow(WAY_IN.name, GATEWAY, HTTP)}


@pytest.mark.parametrize(
    "component, more",
    [
        ("ingress", {Arrow(WAY_IN.name, GATEWAY, HTTP)}),
        ("gateway-api", {Arrow(WAY_IN.name, GATEWAY, HTTP)}),
        ("witnesses", {Arrow("sealer", WITNESS.name, HTTPS), Arrow("sealer", FOREIGN_DATABASE.name, HTTPS)}),
        ("external-postgres", {Arrow(name, FOREIGN_DATABASE.name, DATABASE) for name in (*SERVICES, PREPARE)}),
        ("monitoring", {Arrow(WATCHER.name, name, METRICS) for name in (*SERVICES, GATEWAY, "sealer")}),
        ("tracing", {Arrow(name, WATCHER.name, OTLP) for name in (*SERVICES, GATEWAY, "sealer")}),
        ("backup", {Arrow(BACKUP, name, HTTPS) for name in (WITNESS.name, FOREIGN_DATABASE.name)}),
        ("restore", {Arrow(PREPARE, name, HTTPS) for name in (WITNESS.name, FOREIGN_DATABASE.name)}),
        ("keda", set()),
        ("cert-manager", set()),
        ("external-secrets", set()),
    ],
)
def test_a_component_adds_its_own_arrows(component: str, more: set[Arrow], tmp_path: Path) -> None:
    """And no other: who leaves the cluster, for witnesses or a bucket, does not come back into it."""
    manifests = with_component(tmp_path, component)
    without_database = {arrow for arrow in of_the_design(manifests) if arrow.target != POSTGRES}

    assert among(manifests) == without_database | more


def test_a_pod_that_nobody_thought_of(dev: Manifests) -> None:
    """It may ask for names and nothing else, and nobody reaches it; without the default it would reach the world."""
    stray = Place("stray", {"app": "a debugger's shell"})
    everybody = [*places(dev), stray]
    without_default = Manifests([each for each in dev.objects if each["metadata"]["name"] != "default-deny"])

    of_it = {arrow for arrow in arrows(dev, everybody, PORTS) if stray.name in (arrow.source, arrow.target)}
    assert of_it == {Arrow(stray.name, RESOLVER.name, DNS)}
    assert Arrow(STRANGER.name, stray.name, HTTP) in arrows(without_default, everybody, PORTS)


def test_a_policy_that_is_missing_would_be_noticed(dev: Manifests) -> None:
    """Without its own policy a service reaches nothing."""
    without_own = Manifests([each for each in dev.objects if each["metadata"]["name"] != "governance"])

    assert Arrow("governance", NATS, CLIENTS) in among(dev)
    assert Arrow("governance", NATS, CLIENTS) not in arrows(without_own, places(dev), PORTS)
