"""
The drill of a node whose parts others run: a cluster is backed up by its own CronJob, lost, and begun anew.

NATS, PostgreSQL, the secrets and the sealed log are known by their addresses alone, which the manifests name.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from libs import configuration
from libs.node.backup.chest import new_key
from libs.node.permissions import SERVICES
from libs.node.unprivileged import throwaway_folder
from libs.node.whereabouts import by_addresses
from libs.settings import BackupSettings
from tests.faults.backups import back_up_while_erasing, where_named
from tests.faults.load import Voting, log_at
from tests.journeys.people import PASSWORD, Person, audit, found_group, open_poll, outcome_of, plaanet, until
from tests.k8s.loopback import Loopback, loopback
from tests.k8s.manifests import K8S, Manifests, build, kubectl

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.faults]

TARGET = "s3://town/backups"
CREDENTIALS = b"[default]\naws_access_key_id = town\naws_secret_access_key = secret\n"
VOTERS_COUNT = 3
ACKS = 20


@dataclass
class Lost:
    """What people know of a cluster that is gone, and what its operator has kept."""

    place: Path
    endpoint: str
    recipient: str
    said: str = ""
    """What the CronJob's first run said, while members voted."""

    handle: str = ""
    erased: tuple[str, str] = ("", "")
    """Id and handle of somebody whom the last backup's vaults name and whose erasure its logs hold."""

    poll_id: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> Path:
        """The private key that opens the backups."""
        return self.place / "age.key"

    def manifests(self, component: str) -> Manifests:
        """The overlay for a town with one component more, as its operator writes it."""
        folder = self.place / f"overlay-{component}"
        folder.mkdir(exist_ok=True)
        k8s = os.path.relpath(K8S.resolve(), folder.resolve())
        literals = {
            "backup-target": TARGET,
            "backup-region": "us-east-1",
            "backup-endpoint": self.endpoint,
            "backup-recipients": f'["{self.recipient}"]',
        }
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "plaanet",
            "resources": [f"{k8s}/overlays/production"],
            "components": [f"{k8s}/components/{component}"],
            "configMapGenerator": [
                {
                    "name": "node",
                    "behavior": "merge",
                    "literals": [f"{key}={value}" for key, value in literals.items()],
                }
            ],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return build(folder)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, with an empty bucket."""
    moto = pytest.importorskip("moto.server", reason="NOT RUN: moto, which stands in for a bucket, is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.put(f"http://{host}:{port}/town").raise_for_status()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "town")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_REGION", "us-east-1")
        yield f"http://{host}:{port}"
    server.stop()


async def live_and_be_lost(cluster: Loopback, lost: Lost) -> None:
    """Vote, be backed up meanwhile and afterwards, and lose somebody."""
    url = started(cluster)
    async with AsyncExitStack() as stack:
        ana, *others, zoe = [await stack.enter_async_context(Person(url)) for _ in range(VOTERS_COUNT + 1)]
        for person in (ana, *others, zoe):
            await person.sign_up()
        group_id = await found_group(ana)
        for person in others:
            await person.put(f"/groups/{group_id}/members/me")
        voting = Voting([ana, *others], await open_poll(ana, group_id))
        running = asyncio.create_task(voting.run())
        await voting.reach(ACKS)
        acked = voting.acks_count
        lost.said = await asyncio.to_thread(cluster.run, "backup")
        await voting.reach(acked + ACKS)
        voting.is_over = True
        await running
        await ana.put(f"/polls/{voting.poll_id}/closing")
        lost.handle, lost.poll_id, lost.erased = ana.handle, voting.poll_id, (zoe.id, zoe.handle)
        lost.result = await outcome_of(ana, voting.poll_id, timeout_s=60)
        where = by_addresses(configuration.read(BackupSettings, "backup", cluster.told("backup")))
        await back_up_while_erasing(where, TARGET, lost.recipient, node=cluster, who=zoe)
        lost.log = await log_at(url)


def started(cluster: Loopback) -> str:
    """Have every process run; where the gateway is."""
    pods = [cluster.start(name) for name in (*SERVICES, "sealer", "gateway")]
    return [pod.wait_until_ready() for pod in pods][-1].url


@pytest.fixture(scope="module")
def lost(endpoint: str) -> Iterator[Lost]:
    """A cluster that ran, was backed up and is gone."""
    if kubectl() is None:
        pytest.skip("NOT RUN: kubectl is missing")
    text, recipient = new_key()
    with throwaway_folder("plaanet-lost-") as place:
        found = Lost(place, endpoint, recipient)
        found.key.write_text(text)
        first = place / "first"
        first.mkdir(mode=0o711)
        more = {"backup-bucket": {"credentials": CREDENTIALS}}
        with loopback(found.manifests("backup"), first, more=more) as cluster:
            for node in cluster.start_nats():
                node.wait_until_ready()
            cluster.run("prepare")
            asyncio.run(live_and_be_lost(cluster, found))
        shutil.rmtree(first)
        yield found


@pytest.fixture(scope="module")
def cluster(lost: Lost) -> Iterator[Loopback]:
    """The cluster that takes its place: servers with the backup's secrets, into which everything is brought back."""
    secrets = lost.place / "secrets"
    done = plaanet("restore", TARGET, "--identity", str(lost.key), "--secrets", str(secrets))
    assert done.returncode == 0, done.stderr
    second = lost.place / "second"
    second.mkdir(mode=0o711)
    more = {"backup-bucket": {"credentials": CREDENTIALS}, "backup-identity": {"age.key": lost.key.read_bytes()}}
    with loopback(lost.manifests("restore"), second, kept=secrets, more=more) as cluster:
        for node in cluster.start_nats():
            node.wait_until_ready()
        said = cluster.run("prepare")
        assert "is restored on its servers from backup" in said
        assert said.index("is restored") < said.index("The databases are ready")
        assert asyncio.run(where_named(cluster, *lost.erased)), "nobody is there who could be erased again"
        yield cluster


@pytest.fixture(scope="module")
def url(cluster: Loopback) -> str:
    """Where its gateway is."""
    with pytest.raises(AssertionError, match=r"has a log .* before any service is started"):
        cluster.run("prepare")  # a second time it would be restored over
    return started(cluster)


class TestDrill:
    def test_the_job_backs_up_under_load(self, lost: Lost) -> None:
        """The CronJob's process makes a whole backup while members vote, with what its manifest gives it alone."""
        assert "is whole, up to" in lost.said
        assert f"were new to {TARGET}" in lost.said

    async def test_results_are_the_same(self, lost: Lost, url: str) -> None:
        """Members sign in as before, every entry is at its position, and a stranger's audit finds nothing wrong."""
        async with Person(url) as ana:
            ana.handle = lost.handle
            await ana.sign_in()
            assert await outcome_of(ana, lost.poll_id, timeout_s=60) == lost.result
        assert (await log_at(url))[: len(lost.log)] == lost.log
        await until(lambda: asyncio.to_thread(audit, url), 0, timeout_s=120)

    async def test_who_is_erased_stays_erased(self, lost: Lost, cluster: Loopback, url: str) -> None:
        """Somebody whom the copied vaults still name is erased again, since the copied log says that they are gone."""
        await until(lambda: where_named(cluster, *lost.erased), "", timeout_s=60)
        async with Person(url) as who:
            response = await who.http.post("/sessions", json={"handle": lost.erased[1], "password": PASSWORD})
        assert response.status_code == 401
