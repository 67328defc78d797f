"""Settings come from the environment and a file, and every mistake in them is told at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from libs.configuration import KINDS, BadSettings, read, variable
from libs.settings import GatewaySettings, PreparationSettings, ServiceSettings


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What every process needs, and nothing else."""
    secret = tmp_path / "nats.txt"
    secret.write_text("secret\n")
    return {
        "PLAANET_NATS_URL": "nats://127.0.0.1:4222",
        "PLAANET_NATS_USER": "gateway",
        "PLAANET_NATS_PASSWORD_FILE": str(secret),
    }


@pytest.fixture
def file(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A file of settings that the environment names."""
    path = tmp_path / "plaanet.toml"
    environment["PLAANET_CONFIG_FILE"] = str(path)
    return path


def mistakes(environment: dict[str, str], process: str = "gateway") -> list[str]:
    """What is wrong with the settings of *process*."""
    with pytest.raises(BadSettings) as bad:
        read(KINDS[process], process, environment)
    return bad.value.mistakes


class TestSources:
    def test_the_environment(self, environment: dict[str, str]) -> None:
        """A variable is the setting in capitals; a list is JSON."""
        environment |= {"PLAANET_PORT": "9000", "PLAANET_TRUSTED_PROXIES": '["10.42.0.0/16"]'}
        found = read(GatewaySettings, "gateway", environment)

        assert found.port == 9000
        assert [str(each) for each in found.trusted_proxies] == ["10.42.0.0/16"]

    def test_the_file(self, environment: dict[str, str], file: Path) -> None:
        """What stands above is everybody's, what stands in a table is one process's and goes before it."""
        file.write_text('log_level = "warning"\nmetrics_port = 9464\n[gateway]\nlog_level = "debug"\nport = 9000\n')
        gateway = read(GatewaySettings, "gateway", environment)
        service = read(ServiceSettings, "geo", {**environment, "PLAANET_DATABASE_URL": "postgresql://geo@/geo"})

        assert (gateway.log_level, gateway.metrics_port, gateway.port) == ("debug", 9464, 9000)
        assert (service.log_level, service.metrics_port) == ("warning", 9464)

    def test_the_environment_goes_before_the_file(self, environment: dict[str, str], file: Path) -> None:
        """Whoever starts a process has the last word."""
        file.write_text("[gateway]\nport = 9000\n")

        assert read(GatewaySettings, "gateway", {**environment, "PLAANET_PORT": "9001"}).port == 9001

    def test_a_list_in_the_file(self, environment: dict[str, str], file: Path) -> None:
        """There a list is a list."""
        file.write_text('[gateway]\ntrusted_proxies = ["127.0.0.1"]\n')

        assert len(read(GatewaySettings, "gateway", environment).trusted_proxies) == 1


class TestMistakes:
    def test_all_are_told_at_once(self, environment: dict[str, str]) -> None:
        """One line for each: what it is called, what it has to be, what it is."""
        del environment["PLAANET_NATS_USER"]
        environment |= {
            "PLAANET_PORT": "70000",
            "PLAANET_LOG_LEVEL": "loud",
            "PLAANET_TRUSTED_PROXIES": "127.0.0.1",
            "PLAANET_REQUEST_TIMEOUT_S": "soon",
        }

        assert sorted(mistakes(environment)) == [
            "PLAANET_LOG_LEVEL string should match pattern '^(debug|info|warning|error)$', and is 'loud'.",
            "PLAANET_NATS_USER is missing.",
            "PLAANET_PORT should be less than or equal to 65535, and is '70000'.",
            "PLAANET_REQUEST_TIMEOUT_S should be a valid number, unable to parse string as a number, and is 'soon'.",
            'PLAANET_TRUSTED_PROXIES is to be a JSON list, ["…", "…"], and is \'127.0.0.1\'.',
        ]

    def test_a_name_that_is_nearly_one(self, environment: dict[str, str]) -> None:
        """A slip of the pen would leave a default in place; others' variables with the prefix are theirs."""
        environment |= {"PLAANET_LOG_LEVAL": "5", "PLAANET_GATEWAY_SERVICE_HOST": "10.0.0.1"}

        assert mistakes(environment) == ["PLAANET_LOG_LEVAL is no setting; PLAANET_LOG_LEVEL is."]

    def test_names_in_the_file(self, environment: dict[str, str], file: Path) -> None:
        """The file is ours alone: nothing in it is passed over."""
        file.write_text('log_leval = "info"\n[gatewy]\nport = 1\n[geo]\nport = 1\n')

        assert mistakes(environment) == [
            f"{file}: log_leval is no setting; log_level is.",
            f"{file}: [gatewy] is no process; gateway is.",
            f"{file}: [geo] has no setting port; port is.",
        ]

    @pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe"])
    def test_a_file_that_is_none(self, environment: dict[str, str], file: Path, content: bytes) -> None:
        """A file that cannot be understood is named."""
        file.write_bytes(content)

        [mistake] = mistakes(environment)
        assert mistake.startswith(f"{file} is no TOML: ")

    def test_a_file_that_is_not_there(self, environment: dict[str, str], file: Path) -> None:
        """Whoever names a file means it."""
        assert mistakes(environment) == [
            f"PLAANET_CONFIG_FILE names {file}, which cannot be read (No such file or directory)."
        ]

    def test_secrets_that_cannot_be_read(self, environment: dict[str, str], tmp_path: Path) -> None:
        """A password's file is looked at before anything is started with it."""
        empty = tmp_path / "empty"
        empty.touch()
        environment |= {
            "PLAANET_DATABASE_URL": "postgresql://geo@/geo",
            "PLAANET_DATABASE_PASSWORD_FILE": str(empty),
            "PLAANET_NATS_PASSWORD_FILE": str(tmp_path / "gone"),
        }

        assert mistakes(environment, "geo") == [
            f"PLAANET_NATS_PASSWORD_FILE names {tmp_path / 'gone'}, which cannot be read (No such file or directory).",
            f"PLAANET_DATABASE_PASSWORD_FILE names {empty}, which is empty.",
        ]

    def test_no_secret_is_repeated(self, environment: dict[str, str]) -> None:
        """An address may hold a password that should not be there: a mistake does not quote it."""
        environment["PLAANET_OTLP_ENDPOINT"] = "ana:secret@collector"

        [mistake] = mistakes(environment)
        assert mistake.startswith("PLAANET_OTLP_ENDPOINT")
        assert "secret" not in mistake


@pytest.mark.parametrize("module", ["gateway.app", "services.geo.app", "libs.audit.sealer"])
def test_a_process_says_all_and_ends(module: str) -> None:
    """Each mistake is a line of the process's log, and it ends with 2: nobody starts it again in vain."""
    ended = subprocess.run(
        [sys.executable, "-m", module],
        env={"PATH": "/usr/bin:/bin", "PLAANET_LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 2
    assert {line["event"] for line in lines} == {"bad setting"}
    assert {line["reason"].split(" ")[0] for line in lines} >= {"PLAANET_LOG_LEVEL", "PLAANET_NATS_URL"}


def test_every_setting_is_explained() -> None:
    """A setting without a sentence is a riddle in the table."""
    kinds: list[type[BaseSettings]] = [*KINDS.values(), PreparationSettings]
    for kind in kinds:
        for name, field in kind.model_fields.items():
            assert field.description, variable(name)
