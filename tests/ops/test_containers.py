"""A node in containers, built and started as an operator would, where there is a container engine to do it with."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from libs.node.permissions import GATEWAY, SEALER, SERVICES
from tests.journeys.people import Person, audit, found_group, open_poll, outcome_of, until

ROOT = Path(__file__).parents[2]

IMAGE_BYTES_MAX = 350_000_000
BASE_IMAGES = ("python:3.11-slim-bookworm", "nats:2.15.1-alpine", "postgres:17-bookworm")
OUR_OWN = (*SERVICES, SEALER, GATEWAY)
NEEDED = ("Dockerfile", "docker-compose.yml", ".dockerignore", "LICENSE", "libs", "services", "gateway", "ops")


def run(*command: str | Path, cwd: Path = ROOT, check: bool = True, **environment: str) -> str:
    """What a command prints, errors as well."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stdout
    return done.stdout


def succeeds(*command: str) -> bool:
    """Whether a command is there and ends well."""
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, check=False).returncode


needs_compose = pytest.mark.skipif(
    not succeeds("docker", "compose", "version"), reason="NOT RUN: there is no `docker compose` here"
)


@dataclass(frozen=True)
class Project:
    """A folder as an operator has it, and the node that is started in it."""

    folder: Path
    name: str
    port: int

    @property
    def url(self) -> str:
        """Where the gateway is published."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def image(self) -> str:
        """The image that is built for it."""
        return f"plaanet:{self.name}"

    @property
    def next_image(self) -> str:
        """What stands for the next release's."""
        return f"{self.image}-next"

    def compose(self, *command: str, check: bool = True) -> str:
        """What `docker compose` prints."""
        return run("docker", "compose", *command, cwd=self.folder, check=check, COMPOSE_PROJECT_NAME=self.name)

    def inspect(self, container: str, what: str) -> str:
        """Something about a service's container."""
        return run("docker", "inspect", "--format", what, f"{self.name}-{container}-1").strip()

    def kill(self, container: str) -> None:
        """End a container's process as the kernel does that is out of memory."""
        pid = self.inspect(container, "{{.State.Pid}}")
        end_it = f"import os; os.kill({pid}, 9)"
        run("docker", "run", "--rm", "--pid=host", "--user=0:0", self.image, "python", "-c", end_it)


def make_project(folder: Path) -> Project:
    """A copy of what a release consists of, as far as containers are made of it, with secrets."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    for name in [*NEEDED, *(path.name for path in ROOT.glob("requirements*.lock"))]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored, symlinks=True)
        else:
            shutil.copy(source, folder / name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    name = f"plaanet-test-{uuid4().hex[:8]}"
    run(sys.executable, "-m", "libs.node", "secrets", folder / "secrets", "--name", "town.example")
    with (folder / ".env").open("a") as file:
        file.write(f"PLAANET_PORT={port}\nPLAANET_VERSION={name}\nPLAANET_PROXY_NETWORK=10.203.{port % 200}\n")
        file.write("PLAANET_ATTEMPTS_PER_ADDRESS_S=1000\nPLAANET_REQUESTS_PER_MEMBER_S=1000\n")
        file.write("PLAANET_REQUEST_TIMEOUT_S=60\n")  # passwords are slow to hash where builds run, too
    return Project(folder, name, port)


@needs_compose
class TestCompose:
    @pytest.fixture
    def bare(self, tmp_path: Path) -> Project:
        """A project whose secrets were never made."""
        shutil.copy(ROOT / "docker-compose.yml", tmp_path)
        return Project(tmp_path, "bare", 0)

    def test_says_what_is_to_be_done_first(self, bare: Project) -> None:
        """Without secrets nothing starts, and the sentence names the command that makes them."""
        said = bare.compose("up", "-d", check=False)

        assert "run `plaanet secrets` first" in said
        with pytest.raises(AssertionError):
            bare.compose("config", "--quiet")

    @pytest.mark.parametrize("profile", ["tls", "observability", "*"])
    def test_understands_every_profile(self, bare: Project, profile: str) -> None:
        """What is beside the node is as well formed as the node."""
        (bare.folder / ".env").write_text("PLAANET_UID=10001\nPLAANET_GID=10001\n")

        found = json.loads(bare.compose("--profile", profile, "config", "--format", "json"))
        assert {*OUR_OWN, "nats", "postgres"} < set(found["services"])
        published = [port for each in found["services"].values() for port in each.get("ports", ())]
        assert {port["host_ip"] for port in published} == {"127.0.0.1"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A node that was started with one command."""
    if not succeeds("docker", "info") or not succeeds("docker", "compose", "version"):
        pytest.skip("NOT RUN: no container engine with compose can be reached")
    for image in BASE_IMAGES:
        if not (succeeds("docker", "image", "inspect", image) or succeeds("docker", "pull", "--quiet", image)):
            pytest.skip(f"NOT RUN: the image {image} cannot be had")
    made = make_project(tmp_path_factory.mktemp("compose"))
    try:
        made.compose("up", "--detach", "--wait", "--quiet-pull")
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "20", check=False)
        run("docker", "image", "rm", made.image, made.next_image, check=False)


@pytest.mark.slow
class TestANodeInContainers:
    async def test_holds_a_vote_that_anybody_can_audit(self, project: Project) -> None:
        """From sign-up to a result that follows from the log, with governance killed under way."""
        async with Person(project.url) as ana, Person(project.url) as bo:
            ana.http.timeout = bo.http.timeout = httpx.Timeout(60)
            await ana.sign_up()
            await bo.sign_up()
            group_id = await found_group(ana)
            await bo.put(f"/groups/{group_id}/members/me", expect=None)
            poll_id = await open_poll(ana, group_id)
            await ana.put(f"/polls/{poll_id}/ballot", {"choices": ["Figuier", "Tilleul"]})

            project.kill("governance")

            async def votes() -> int:
                response = await bo.http.put(f"/polls/{poll_id}/ballot", json={"choices": ["Figuier"]})
                return response.status_code

            await until(votes, 200, timeout_s=120)
            assert int(project.inspect("governance", "{{.RestartCount}}")) == 1
            await ana.put(f"/polls/{poll_id}/closing")
            result = await outcome_of(ana, poll_id, timeout_s=60)
            assert (result["winners"], result["ballots_count"]) == (["Figuier"], 2)

            async def is_sealed() -> bool:
                return (
                    "town.example/governance" in (await ana.http.get(f"{project.url}/log/governance/checkpoint")).text
                )

            await until(is_sealed, True, timeout_s=60)
        assert await asyncio.to_thread(audit, project.url) == 0

    async def test_keeps_everything_at_an_upgrade(self, project: Project) -> None:
        """Another version finds the same log, keys and members; NATS is made anew, to read its new rights."""
        async with Person(project.url) as ana:
            ana.http.timeout = httpx.Timeout(60)
            await ana.sign_up()
            key = (await ana.http.get(f"{project.url}/log/governance/key")).text
            nats = project.inspect("nats", "{{.Id}}")
            run("docker", "tag", project.image, project.next_image)
            settings = project.folder / ".env"
            settings.write_text(
                settings.read_text().replace(f"PLAANET_VERSION={project.name}", f"PLAANET_VERSION={project.name}-next")
            )
            await asyncio.to_thread(project.compose, "up", "--detach", "--wait")

            assert project.inspect("nats", "{{.Id}}") != nats
            await ana.sign_in()
            assert (await ana.http.get(f"{project.url}/log/governance/key")).text == key

    async def test_shows_the_pages(self, project: Project) -> None:
        """The image has the pages' styles and programs, built, with their names by content."""
        async with httpx.AsyncClient(base_url=project.url, timeout=20) as visitor:
            page = await visitor.get("/", headers={"Accept": "text/html"})
            assert page.status_code == 200
            [style, *_] = [part.split('"')[0] for part in page.text.split('href="')[1:] if ".css" in part]
            assert (await visitor.get(style)).status_code == 200

    def test_is_small(self, project: Project) -> None:
        """The image of every process has less than 350 MB, unpacked."""
        assert int(run("docker", "image", "inspect", "--format", "{{.Size}}", project.image)) < IMAGE_BYTES_MAX

    @pytest.mark.parametrize("container", [*OUR_OWN, "nats", "postgres"])
    def test_can_write_nowhere_but_where_it_keeps_its_data(self, project: Project, container: str) -> None:
        """No process is root, and none can change its own program."""
        user, is_read_only = project.inspect(container, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}").split()
        assert not user.startswith("0:")
        assert is_read_only == "true"
        tried = project.compose("exec", container, "sh", "-c", "touch /bin/x /usr/x", check=False)
        assert "Read-only file system" in tried

    def test_has_nothing_to_build_with(self, project: Project) -> None:
        """Neither a compiler nor an installer is in the image."""
        look = "for each in gcc cc make pip npm node; do command -v $each; done; python -c 'import pip'"
        found = run("docker", "run", "--rm", project.image, "sh", "-c", look, check=False)

        assert "No module named 'pip'" in found
        assert "/" not in found.partition("Traceback")[0]

    def test_opens_no_port_to_other_machines(self, project: Project) -> None:
        """The gateway alone is published, on 127.0.0.1."""
        ports = run("docker", "ps", "--filter", f"name={project.name}-", "--format", "{{.Ports}}").split()

        assert [port for port in ports if "->" in port] == [f"127.0.0.1:{project.port}->8080/tcp"]
