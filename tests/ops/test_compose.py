"""What docker-compose.yml and the Dockerfile promise, read from them without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs import configuration
from libs.node.nats_config import MONITORING, PORT
from libs.node.permissions import ADMIN, GATEWAY, SEALER, SERVICES, USERS
from libs.node.secret_files import KEYS, PASSWORDS
from libs.node.version import VERSION
from libs.settings import BackupSettings, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()

JOBS = {"setup", "prepare"}
TOOLS = {"operator", "key", "backup", "restore"}
"""What an operator runs by hand, and nothing waits for."""

WITH_ALL_SECRETS = {"backup", "restore"}
"""Those that copy the keys with all else, or compare them with the copy."""

WITHOUT_A_SHELL = {"otel-collector", "tempo"}
"""Images in which there is nothing that could be asked with."""

OUR_OWN = {*SERVICES, GATEWAY, SEALER}

every_container = pytest.mark.parametrize("name, container", COMPOSE["services"].items(), ids=list(COMPOSE["services"]))
Container = dict[str, Any]


def secrets_of(container: Container) -> set[str]:
    """The names of the secrets that a container is handed."""
    return {each if isinstance(each, str) else each["source"] for each in container.get("secrets", ())}


def networks_of(container: Container) -> set[str]:
    """The names of the networks that a container is in."""
    return set(container.get("networks", ()))


@every_container
class TestEveryContainer:
    def test_runs_as_the_owner_of_the_secrets(self, name: str, container: Container) -> None:
        """Nobody is root, and compose says what is to be done where it is not known who is whom."""
        assert re.fullmatch(
            r"\$\{PLAANET_UID:\?run `plaanet secrets` first.*\}:\$\{PLAANET_GID:\?.*\}", container["user"]
        )

    def test_can_do_nothing_but_its_work(self, name: str, container: Container) -> None:
        """No capabilities, no new privileges, nothing to write to but what is mounted, no more than its share."""
        assert container["cap_drop"] == ["ALL"]
        assert container.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert container["read_only"] is True
        assert "privileged" not in container
        assert 0 < container["pids_limit"] <= 128
        assert re.fullmatch(r"\d+[mg]", container["mem_limit"])
        assert container["logging"]["options"]["max-size"]

    def test_has_an_image_of_one_version(self, name: str, container: Container) -> None:
        """What runs tomorrow is what runs today: no image without a version, and none called latest."""
        _, _, version = container["image"].rpartition(":")

        assert re.search(r"\d", version)
        assert "latest" not in version

    def test_is_reached_from_this_machine_alone(self, name: str, container: Container) -> None:
        """Every published port is bound to 127.0.0.1 unless an operator says otherwise."""
        for port in container.get("ports", ()):
            assert re.match(r"\$\{PLAANET_(TLS_)?ADDRESS:-127\.0\.0\.1\}:", port), port

    def test_is_told_no_secret(self, name: str, container: Container) -> None:
        """Secrets are files: the environment holds their paths."""
        for variable, value in (container.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|KEY", variable):
                assert str(value).startswith("/run/secrets"), variable
        assert not re.search(r"://[^/@]*:[^/@]*@", str(container.get("environment"))), "a password in an address"

    def test_says_whether_it_is_well(self, name: str, container: Container) -> None:
        """Whoever waits for it learns when it is ready; jobs are waited for until they end."""
        if name in JOBS | TOOLS | WITHOUT_A_SHELL:
            assert container["healthcheck"] == {"disable": True}
        else:
            assert container["healthcheck"]["test"][0] == "CMD"
        assert container["restart"] == ("no" if name in JOBS | TOOLS else "unless-stopped")

    def test_waits_for_what_it_needs(self, name: str, container: Container) -> None:
        """Nothing is started because something else was only started: it is well, or has done its work."""
        for needed, how in container.get("depends_on", {}).items():
            assert how["condition"] == ("service_completed_successfully" if needed in JOBS else "service_healthy")

    def test_keeps_what_it_keeps_in_volumes_that_are_its_user_s(self, name: str, container: Container) -> None:
        """A volume is first mounted by the set-up, from whose image it takes its rights; nobody else's change them."""
        for mount in container.get("volumes", ()):
            if name == "setup":
                volume, _, place = mount.partition(":")
                assert place == f"/volumes/{volume}"
                assert re.search(rf"mkdir -m 1777 .*\b{volume}\b", DOCKERFILE)
            elif isinstance(mount, str):
                assert re.match(r"\./|\$\{PLAANET_BACKUP(S|_KEY):-\./", mount)
                # The one gives the log a new key, the other writes backups.
                assert mount.endswith(":ro") or (name, mount.rpartition(":")[2]) in {
                    ("key", "/var/lib/plaanet/secrets/sealer"),
                    ("backup", "/backups"),
                }
            else:
                assert mount["volume"] == {"nocopy": True}


class TestTheNode:
    def test_is_all_there(self) -> None:
        """Every process of a node has its container, and all of them are one image."""
        ours = {name for name, each in COMPOSE["services"].items() if each["image"].startswith("plaanet:")}

        assert ours == OUR_OWN | JOBS | TOOLS
        assert {COMPOSE["services"][name]["image"] for name in ours} == {f"plaanet:${{PLAANET_VERSION:-{VERSION}}}"}
        assert [name for name in ours if "build" in COMPOSE["services"][name]] == ["setup"]

    def test_starts_without_a_profile(self) -> None:
        """The node itself is started by `docker compose up` alone; what is beside it is asked for."""
        beside = {name: each["profiles"] for name, each in COMPOSE["services"].items() if "profiles" in each}

        assert beside == {
            "operator": ["tools"],
            "key": ["tools"],
            "backup": ["tools"],
            "restore": ["tools"],
            "caddy": ["tls"],
            "otel-collector": ["observability"],
            "tempo": ["observability"],
            "prometheus": ["observability"],
            "grafana": ["observability"],
        }

    @pytest.mark.parametrize("name", sorted(OUR_OWN))
    def test_gives_each_process_its_own_secrets(self, name: str) -> None:
        """A process that is broken into knows its own passwords and keys, and nobody else's."""
        keys = {Path(key).name for key in KEYS if key.startswith(f"{name}/")}
        database = {f"postgres-{name}.txt"} if name in SERVICES else set()

        assert secrets_of(COMPOSE["services"][name]) == {f"nats-{name}.txt"} | database | keys

    def test_gives_administrators_passwords_to_jobs_alone(self) -> None:
        """Only what prepares the servers, and they themselves, can do everything on them."""
        holders = {
            secret: {name for name, each in COMPOSE["services"].items() if secret in secrets_of(each)}
            for secret in (f"nats-{ADMIN}.txt", "postgres-postgres.txt")
        }

        assert holders == {f"nats-{ADMIN}.txt": {"setup", "prepare"}, "postgres-postgres.txt": {"postgres", "prepare"}}
        mounts = {name: each.get("volumes", ()) for name, each in COMPOSE["services"].items()}
        with_all = {name for name, each in mounts.items() if "./secrets:/run/secrets/plaanet:ro" in each}
        assert with_all == WITH_ALL_SECRETS
        assert not any("./secrets:" in str(each) for name, each in mounts.items() if name not in WITH_ALL_SECRETS)

    def test_tells_who_copies_the_node_what_prepares_it(self) -> None:
        """A backup and a restore find servers and folders where that does, by settings that they know."""
        backup, restore, prepare = (
            COMPOSE["services"][name]["environment"] for name in ("backup", "restore", "prepare")
        )
        own = {name for name in backup if name.startswith("PLAANET_")}

        assert backup == restore
        for name in ("PLAANET_DATABASE_URL", "PLAANET_TILES_DIR", "PLAANET_SEALER_DIR", "PLAANET_NATS_URL"):
            assert backup[name] == prepare[name]
        known = {configuration.variable(name) for kind in (BackupSettings, Settings) for name in kind.model_fields}
        assert own <= known

    def test_configures_nats_for_every_user(self) -> None:
        """Whoever is in the table of permissions is in the configuration that the set-up writes."""
        assert secrets_of(COMPOSE["services"]["setup"]) == {f"nats-{user}.txt" for user in USERS}

    def test_has_nats_read_what_an_upgrade_wrote(self) -> None:
        """A release that gives a process another right is heard by the server, which is made anew with each version."""
        version = COMPOSE["services"]["setup"]["image"].removeprefix("plaanet:")

        assert version in COMPOSE["services"]["nats"]["labels"].values()

    def test_has_a_file_for_every_secret_and_a_secret_for_every_file(self) -> None:
        """`plaanet secrets` makes what compose mounts, and nothing that it does not."""
        made = {f"./secrets/{name}.txt" for name in PASSWORDS} | {f"./secrets/{key}" for key in KEYS}

        in_the_folder = {"./secrets/backup-marks.txt"}  # for who mounts all of it
        assert {each["file"] for each in COMPOSE["secrets"].values()} == (made | {"./secrets/passwd"}) - in_the_folder

    def test_uses_the_ports_that_the_code_writes(self) -> None:
        """NATS is where the processes look for it, and is asked where it answers."""
        nats = COMPOSE["services"]["nats"]

        assert COMPOSE["x-environment"]["PLAANET_NATS_URL"] == f"nats://nats:{PORT}"
        assert f"http://{MONITORING}/healthz" in nats["healthcheck"]["test"]
        for name in OUR_OWN:
            told = COMPOSE["services"][name]["environment"]
            assert told["PLAANET_NATS_USER"] == name
            assert told["PLAANET_NATS_PASSWORD_FILE"] == f"/run/secrets/nats-{name}.txt"

    def test_lets_each_reach_what_it_needs(self) -> None:
        """NATS and PostgreSQL have no way out and no way in; the gateway and the sealer have no database."""
        services, networks = COMPOSE["services"], COMPOSE["networks"]
        inside = {name for name, each in networks.items() if each.get("internal")}

        assert inside == {"log", "data", "watch", "proxy"}
        assert networks_of(services["nats"]) == {"log"}
        assert networks_of(services["postgres"]) == {"data"}
        assert {name for name, each in services.items() if "data" in networks_of(each)} == {
            *SERVICES,
            "postgres",
            "prepare",
            "backup",
            "restore",
        }
        assert {name for name, each in services.items() if "outside" in networks_of(each)} == {
            "gateway",
            "sealer",
            "caddy",
            "grafana",
            "backup",
            "restore",
        }


class TestTheProxy:
    def test_is_believed_where_it_comes_from(self) -> None:
        """Caddy reaches the gateway in the network of the two alone, from the one address that is believed there."""
        caddy, gateway = (COMPOSE["services"][name] for name in ("caddy", "gateway"))
        [address] = yaml.safe_load(gateway["environment"]["PLAANET_TRUSTED_PROXIES"])
        [alias] = gateway["networks"]["proxy"]["aliases"]

        assert caddy["networks"]["proxy"]["ipv4_address"] == address
        assert f"reverse_proxy {alias}:8080" in (ROOT / "ops/caddy/Caddyfile").read_text()

    def test_says_that_it_is_to_be_asked_by_tls_alone(self) -> None:
        """A browser that was here once comes by TLS from then on."""
        assert "Strict-Transport-Security" in (ROOT / "ops/caddy/Caddyfile").read_text()


class TestWhatAnOperatorSees:
    def test_is_told_by_files_that_are_there(self) -> None:
        """What is mounted from the tree is in the tree; an operator's own folder and the secrets are made later."""
        mounted = {
            mount.partition(":")[0]
            for container in COMPOSE["services"].values()
            for mount in container.get("volumes", ())
            if isinstance(mount, str) and mount.startswith("./")
        }

        missing = {path for path in mounted if not (ROOT / path).exists()}
        assert missing - {"./operator", "./secrets", "./secrets/sealer"} == set()

    def test_is_shown_on_the_dashboards_that_are_mounted(self) -> None:
        """Grafana looks for dashboards where they are."""
        provisioning = (ROOT / "ops/grafana/provisioning/dashboards").glob("*.yaml")
        [provider] = [each for file in provisioning for each in yaml.safe_load(file.read_text())["providers"]]
        places = {mount.split(":")[1] for mount in COMPOSE["services"]["grafana"]["volumes"] if isinstance(mount, str)}

        assert provider["options"]["path"] in places

    def test_is_fetched_from_every_process(self) -> None:
        """Prometheus asks each process by name at the port that each is told to answer at, in a network of both."""
        config = yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text())
        [found] = [each for job in config["scrape_configs"] for each in job["dns_sd_configs"]]

        assert set(found["names"]) == OUR_OWN
        assert str(found["port"]) == COMPOSE["x-environment"]["PLAANET_METRICS_PORT"]
        for name in (*OUR_OWN, "prometheus", "grafana", "tempo", "otel-collector"):
            assert "watch" in networks_of(COMPOSE["services"][name])


class TestTheImage:
    def test_is_made_in_stages_and_ends_without_what_built_it(self) -> None:
        """The last stage begins at the bare Python again, and takes over what was made; it installs nothing."""
        stages = DOCKERFILE.split("\nFROM ")
        last = stages[-1]

        assert len(stages) == 5
        assert last.startswith("${PYTHON_IMAGE}\n")
        assert not re.search(r"\b(apt|pip install|npm|uv)\b", last)
        assert not re.search(r"^# *syntax", DOCKERFILE, re.MULTILINE)

    def test_begins_at_one_version(self) -> None:
        """Every stage stands on the same Python, of a version."""
        assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
        assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == [
            "${PYTHON_IMAGE}",
            "packages",
            "packages",
            "${PYTHON_IMAGE}",
        ]

    def test_installs_what_the_locks_say_to_the_byte(self) -> None:
        """Every package is checked against its hash, and none brings others along."""
        installs = re.findall(r"pip install ((?:[^&\\\n]|\\\n)+)", DOCKERFILE)

        assert len(installs) == 2
        for install in installs:
            assert {"--require-hashes", "--no-deps"} <= set(install.split())
            assert re.findall(r"-r (\S+)", install)

    def test_runs_as_nobody_of_importance(self) -> None:
        """Whoever starts it without a word more is not root."""
        assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
        assert re.search(r"^HEALTHCHECK ", DOCKERFILE, re.MULTILINE)

    def test_is_given_nothing_that_is_secret(self) -> None:
        """What is sent to the builder is a list of what it needs, and everything else stays."""
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        first = next(line for line in ignored if line and not line.startswith("#"))
        sent = {line[1:] for line in ignored if line.startswith("!")}

        assert first == "*"
        assert sent.isdisjoint({"secrets", ".env", "data", ".git"})
        for path in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
            for each in path.split():
                assert any(each == name or each.startswith(f"{name}/") for name in sent), each
