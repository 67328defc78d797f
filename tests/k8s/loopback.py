"""
A cluster of one test: what the manifests say, run on loopback without a scheduler.

Commands, environments, NATS's own files and the secrets' keys are the manifests'; what is put in their place is what a
cluster gives: addresses, and the folders that volumes are mounted at.
"""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Self

import httpx

from libs.node.embedded import EmbeddedPostgres
from libs.node.nats import find_binary
from libs.node.process import ROOT, ChildProcess, last_words
from libs.node.secret_files import make
from tests.k8s.manifests import K8S, Manifests, Object, Workload, build, expanded

EVERYWHERE, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104 - what the manifests say, and what is said here instead

READY_TIMEOUT_S = 300.0

NODES_COUNT = 3


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@dataclass
class Pod:
    """A process that runs as a container of *workload* would, its probes at *port*."""

    workload: Workload
    process: ChildProcess
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where its probes, and a gateway's visitors, find it."""
        return f"http://127.0.0.1:{self.port}"

    def probe(self, kind: str) -> int:
        """Ask as the kubelet does; the answer's status, 0 for none."""
        path = self.workload.main[f"{kind}Probe"]["httpGet"]["path"]
        try:
            return httpx.get(f"{self.url}{path}", timeout=5, trust_env=False).status_code
        except httpx.HTTPError:
            return 0

    def wait_until_ready(self) -> Self:
        """Return it when its readiness probe passes."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self.probe("readiness") != 200:
            assert self.process.exit_code is None, last_words(self.log)
            assert time.monotonic() < deadline, last_words(self.log)
            time.sleep(0.1)
        return self

    def drain(self) -> bool:
        """Have it end as the kubelet does after preStop; return whether it ended by itself, in time and well."""
        ended = self.process.stop(timeout_s=self.workload.pod["terminationGracePeriodSeconds"])
        # A web server that has closed in order ends by the signal that it was sent.
        return ended and self.process.exit_code in (0, -signal.SIGTERM)


@dataclass
class Loopback:
    """
    The cluster, in *folder*.

    Its secrets are new, or those in the folder *kept*; *more* are of the operator's own making, by name and key.
    """

    manifests: Manifests
    folder: Path
    postgres: EmbeddedPostgres
    kept: Path | None = None
    more: dict[str, dict[str, bytes]] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._secrets = {**self._made_secrets(), **self.more}
        ports = free_ports(NODES_COUNT * 3)
        self._nats = [dict(zip((4222, 6222, 8222), ports[i::NODES_COUNT], strict=True)) for i in range(NODES_COUNT)]
        for claim in ("tiles", "sealer"):
            (self.folder / claim).mkdir()
        superuser = self.postgres.server.password_file("postgres")
        superuser.write_bytes(self._secrets["postgres"]["password"])

    def _made_secrets(self) -> dict[str, dict[str, bytes]]:
        """Make the secrets as the README says, and return what the cluster would hold."""
        recipe = self.folder / "secrets"
        copytree(K8S / "secrets", recipe, ignore=lambda *_: ["files"])
        if self.kept:
            copytree(self.kept, recipe / "files")
        make(recipe / "files", may_add=True)
        subprocess.run([recipe / "nats-cluster.sh", recipe / "files", "localhost"], check=True, capture_output=True)
        return {
            each["metadata"]["name"]: {key: base64.b64decode(value) for key, value in each["data"].items()}
            for each in build(recipe).of("Secret")
        }

    def start(self, name: str) -> Pod:
        """Start one more pod of the workload *name*, and do not wait."""
        workload = self.manifests.workload(name)
        [port] = free_ports(1)
        pod = self._run(workload, workload.main, port)
        self.pods.append(pod)
        return pod

    def run(self, name: str) -> str:
        """Run the Job *name* to its end, what begins it first, and return what was said."""
        workload = self.manifests.workload(name)
        said = ""
        for container in workload.containers:
            pod = self._run(workload, container, 0)
            self.pods.append(pod)
            assert pod.process.wait(READY_TIMEOUT_S), pod.log.read_text()
            assert pod.process.exit_code == 0, pod.log.read_text()
            said += pod.log.read_text()
        return said

    def start_nats(self) -> list[Pod]:
        """Start the servers, each with its accounts as its init container writes them."""
        workload = self.manifests.workload("nats")
        assert workload.spec["replicas"] == NODES_COUNT
        nodes = [self._start_nats(workload, number) for number in range(NODES_COUNT)]
        self.pods += nodes
        return nodes

    def _start_nats(self, workload: Workload, number: int) -> Pod:
        ports, home = self._nats[number], self.folder / f"nats-{number}"
        accounts, config = home / "accounts", home / "config"
        for each in (accounts, config, home / "data", home / "run"):
            each.mkdir(parents=True)
        [container] = workload.pod["initContainers"]
        passwords = self._mounted(workload, "passwords", home)
        paths = {"/run/secrets/plaanet": passwords, "/etc/nats/accounts": accounts}
        command = [_placed(part, paths) for part in (*container["command"], *container["args"])]
        subprocess.run([sys.executable, *command[1:]], check=True, cwd=ROOT, env=_environment({}))
        paths = {
            "/run/secrets/nats-cluster": self._mounted(workload, "cluster", home),
            "/etc/nats/config": config,
            "/run/nats": home / "run",
            "/data": home / "data",
        }
        for name, text in self.manifests.one("ConfigMap", "nats")["data"].items():
            (config / name).write_text(self._here(_placed(text, paths), ports))
        process = ChildProcess(
            [find_binary(), *(_placed(part, paths) for part in workload.main["command"][1:])],
            log=home / "log",
            environment={"PATH": "/usr/bin:/bin", "POD_NAME": f"nats-{number}"},
            cwd=home,
        )
        return Pod(workload, process, ports[8222], home / "log")

    def _here(self, text: str, ports: dict[int, int]) -> str:
        """Return NATS's configuration with this machine's addresses in the place of the cluster's."""
        for number, node in enumerate(self._nats):
            text = text.replace(f"nats-{number}.nats-nodes:6222", f"localhost:{node[6222]}")
        for port, own in ports.items():
            text = text.replace(f"0.0.0.0:{port}", f"127.0.0.1:{own}")
        return text

    def lame_duck(self, number: int) -> None:
        """Have one NATS server send its clients to the others and end, as its preStop does."""
        workload = self.manifests.workload("nats")
        command = workload.main["lifecycle"]["preStop"]["exec"]["command"]
        run = {"/run/nats": self.folder / f"nats-{number}" / "run"}
        subprocess.run([find_binary(), *(_placed(part, run) for part in command[1:])], check=True, capture_output=True)

    def _run(self, workload: Workload, container: Object, port: int) -> Pod:
        home = self.folder / f"{workload.name}-{len(self.pods)}-{port}"
        paths, told = self._placed_in(home, workload, container)
        for name in ("PLAANET_PORT", "PLAANET_HEALTH_PORT"):
            if name in told:
                told[name] = str(port)
        command = [_placed(expanded(part, told), paths) for part in container["command"][1:]]
        process = ChildProcess([sys.executable, *command], log=home / "log", environment=_environment(told))
        return Pod(workload, process, port, home / "log")

    def told(self, name: str) -> dict[str, str]:
        """What one more pod of the workload *name* would be told by its environment."""
        workload = self.manifests.workload(name)
        return self._placed_in(self.folder / f"{name}-told", workload, workload.main)[1]

    def _placed_in(self, home: Path, workload: Workload, container: Object) -> tuple[dict[str, Path], dict[str, str]]:
        """Mount what the container has, below *home*; return where each path is, and its environment."""
        home.mkdir()
        paths = {
            mount["mountPath"]: self._mounted(workload, mount["name"], home) for mount in container["volumeMounts"]
        }
        told = self.manifests.environment(container)
        return paths, {name: self._addressed(_placed(value, paths)) for name, value in told.items()}

    def database_url(self, service: str) -> str:
        """Where a service's database is, password included."""
        password = self.secret(service, "database-password")
        return self.postgres.server.url(service).replace(f"{service}@", f"{service}:{password}@", 1)

    def _addressed(self, value: str) -> str:
        """Return a variable's value with addresses of this machine."""
        if value == "nats://nats:4222":
            return f"nats://127.0.0.1:{self._nats[0][4222]}"
        if found := re.fullmatch(r"(postgresql://.+@)[^/]*(/\w+)\?.*", value):
            user = found[1].replace("<postgres/username>", self._secrets["postgres"]["username"].decode())
            return f"{user}{found[2]}?host={self.postgres.server.sockets}"
        return LOOPBACK if value == EVERYWHERE else value

    def _mounted(self, workload: Workload, name: str, home: Path) -> Path:
        """Return a folder with what the volume *name* of the workload would show."""
        [volume] = [each for each in workload.pod["volumes"] if each["name"] == name]
        if "persistentVolumeClaim" in volume:
            return self.folder / str(volume["persistentVolumeClaim"]["claimName"])
        folder = home / f"mounted-{name}"
        folder.mkdir()
        sources = volume["projected"]["sources"] if "projected" in volume else [{"secret": volume.get("secret")}]
        for source in sources:
            secret = source["secret"] or {}
            if (held := secret.get("name") or secret.get("secretName")) in self._secrets:
                data = self._secrets[held]
                items = secret.get("items") or [{"key": key, "path": key} for key in data]
                for item in items:
                    (folder / item["path"]).parent.mkdir(exist_ok=True)
                    (folder / item["path"]).write_bytes(data[item["key"]])
        return folder

    def url_of_nats(self, number: int) -> str:
        """Where clients find one of the servers."""
        return f"nats://127.0.0.1:{self._nats[number][4222]}"

    def secret(self, name: str, key: str) -> str:
        """A secret's word."""
        return self._secrets[name][key].decode()


def _placed(text: str, paths: dict[str, Path]) -> str:
    """Return *text* with each path of a container as it is here; in one pass, since ours may begin like theirs."""
    theirs = "|".join(re.escape(path) for path in sorted(paths, key=len, reverse=True))
    return re.sub(rf"(?<![\w/])({theirs})(?![\w-])", lambda found: str(paths[found[1]]), text)


def _environment(told: dict[str, str]) -> dict[str, str]:
    passed = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**passed, "PYTHONPATH": str(ROOT), **told}


@contextmanager
def loopback(
    manifests: Manifests, folder: Path, *, kept: Path | None = None, more: dict[str, dict[str, bytes]] | None = None
) -> Iterator[Loopback]:
    """A cluster, of which only PostgreSQL runs; at the end nothing does."""
    postgres = EmbeddedPostgres(folder / "postgres", is_durable=True)
    cluster = Loopback(manifests, folder, postgres, kept, more or {})
    with postgres:
        try:
            yield cluster
        finally:
            for pod in reversed(cluster.pods):
                if pod.process.exit_code is None:
                    pod.process.ask_to_stop()
            for pod in cluster.pods:
                if not pod.process.wait(20):
                    os.kill(pod.process.pid, signal.SIGKILL)
