"""Who may reach whom, as network policies say it: an evaluation of what Kubernetes documents of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from tests.k8s.manifests import Manifests, Object

OURS = "plaanet"


@dataclass(frozen=True)
class Place:
    """A pod, in our namespace or another, or an address outside the cluster."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    namespace: dict[str, str] = field(default_factory=lambda: {"kubernetes.io/metadata.name": OURS})
    address: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether our policies hold for it."""
        return self.address is None and self.namespace["kubernetes.io/metadata.name"] == OURS


@dataclass(frozen=True)
class Arrow:
    """Somebody reaches somebody at a port."""

    source: str
    target: str
    port: int


def arrows(manifests: Manifests, places: Sequence[Place], ports: Iterable[int]) -> set[Arrow]:
    """Every connection between *places* that the policies allow."""
    policies = manifests.of("NetworkPolicy")
    ports = tuple(ports)
    return {
        Arrow(source.name, target.name, port)
        for source in places
        for target in places
        for port in ports
        if (source.is_ours or target.is_ours)
        if _lets(policies, source, "Egress", target, port) and _lets(policies, target, "Ingress", source, port)
    }


def _lets(policies: Sequence[Object], pod: Place, way: str, other: Place, port: int) -> bool:
    if not pod.is_ours:
        return True
    concerned = [
        each["spec"]
        for each in policies
        if way in each["spec"]["policyTypes"] and _selects(each["spec"]["podSelector"], pod.labels)
    ]
    if not concerned:
        return True
    rules, peers = ("ingress", "from") if way == "Ingress" else ("egress", "to")
    return any(
        _has_port(rule, port) and (peers not in rule or any(_is(peer, other) for peer in rule[peers]))
        for spec in concerned
        for rule in spec.get(rules, [])
    )


def _has_port(rule: Object, port: int) -> bool:
    return "ports" not in rule or any(each["port"] == port for each in rule["ports"])


def _is(peer: Object, other: Place) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return other.address is not None and _in(other.address, block["cidr"], block.get("except", []))
    if other.address is not None:
        return False
    is_there = _selects(peer["namespaceSelector"], other.namespace) if "namespaceSelector" in peer else other.is_ours
    return is_there and _selects(peer.get("podSelector", {}), other.labels)


def _in(address: str, network: str, but: Sequence[str]) -> bool:
    found = ip_address(address)
    return found in ip_network(network) and not any(found in ip_network(each) for each in but)


def _selects(selector: Object, labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        _fits(expression, labels) for expression in selector.get("matchExpressions", [])
    )


def _fits(expression: Object, labels: dict[str, str]) -> bool:
    assert expression["operator"] == "In", expression
    return labels.get(expression["key"]) in expression["values"]
