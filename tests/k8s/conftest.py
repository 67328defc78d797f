"""Every overlay, and every component on the base, built once."""

from pathlib import Path

import pytest

from tests.k8s.manifests import COMPONENTS, K8S, OVERLAYS, Manifests, build, kubectl, with_component


@pytest.fixture(scope="session", autouse=True)
def has_kubectl() -> None:
    """Without kubectl nothing here can be said."""
    if kubectl() is None:
        pytest.skip("NOT RUN: kubectl is missing")


@pytest.fixture(scope="session", params=[*OVERLAYS, *(f"with {component}" for component in COMPONENTS)])
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    """What one operator or another gives to a cluster."""
    name = str(request.param)
    if name in OVERLAYS:
        return build(K8S / "overlays" / name)
    return with_component(tmp_path_factory.mktemp("built"), name.removeprefix("with "))


@pytest.fixture(scope="session")
def dev() -> Manifests:
    """The overlay for one machine."""
    return build(K8S / "overlays" / "dev")


@pytest.fixture(scope="session")
def production() -> Manifests:
    """The overlay for a town."""
    return build(K8S / "overlays" / "production")


@pytest.fixture(scope="session")
def with_keda(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    """Production, scaled by KEDA."""
    return with_component(Path(tmp_path_factory.mktemp("keda")), "keda")
