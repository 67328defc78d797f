"""
What a process is told by its environment: read once at its start, checked, and passed on by hand.

Every variable begins with `PLAANET_`. Secrets come as files, never as values: environments are seen by too many.
"""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, DirectoryPath, Field, IPvAnyNetwork, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

NodeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


class Settings(BaseSettings):
    """What every process needs: the log, and how to speak of itself."""

    model_config = SettingsConfigDict(env_prefix="PLAANET_", frozen=True, extra="ignore", use_attribute_docstrings=True)

    node_name: NodeName = "localhost"
    """The first half of every log's origin; set once for a node and never changed."""

    nats_url: str
    """Where NATS is, `nats://host:port`."""

    nats_user: str
    """This process's own user there."""

    nats_password_file: Path
    """The file of that user's password."""

    log_level: Annotated[str, StringConstraints(pattern="^(debug|info|warning|error)$")] = "info"
    """From which level on lines are written."""

    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """The port on which Prometheus finds this process's metrics (0: any free one); without it none are served."""

    metrics_host: str = "127.0.0.1"
    """The address of that port. Metrics name no person; still, show them to operators alone."""

    otlp_endpoint: Annotated[str | None, StringConstraints(pattern="^https?://")] = None
    """Where traces are sent (OTLP over HTTP); without it none are made."""

    otlp_metrics: bool = False
    """Whether metrics are sent there, too, for who does not fetch them."""

    traces_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Of how many requests a trace is recorded, from 0 (none) to 1 (all)."""

    health_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Where `/health/live` and `/health/ready` are answered, by a service or the sealer; without it nowhere."""

    health_host: str = "127.0.0.1"
    """The address of that port."""

    ready_behind_max: Annotated[int, Field(ge=0)] = 1000
    """So many entries behind its logs a service may be and still count as ready; the sealer the same."""

    @property
    def nats_password(self) -> str:
        """The secret in *nats_password_file*."""
        return self.nats_password_file.read_text().strip()


class ServiceSettings(Settings):
    """What a service needs besides."""

    database_url: str
    """The service's own database, without a password; no other process reads it."""

    database_password_file: Path | None = None
    """The file of the password of the service's role there."""

    database_connections_max: Annotated[int, Field(ge=2)] = 6
    """So many connections to it at most."""

    catch_up_timeout_s: Annotated[float, Field(gt=0)] = 2.0
    """How long a query waits for the read models to reach the position asked for."""

    commands_at_once_max: Annotated[int, Field(ge=1)] = 64
    """So many commands, and as many queries, are worked on at once."""

    secrets_dir: Path | None = None
    """The folder of this service's own keys; made at its first start where it is missing."""

    @property
    def database_password(self) -> str | None:
        """The secret in *database_password_file*."""
        return self.database_password_file.read_text().strip() if self.database_password_file else None


class PreparationSettings(BaseSettings):
    """What `plaanet prepare` needs: servers that others run, and the secrets that the services will come with."""

    model_config = SettingsConfigDict(env_prefix="PLAANET_", frozen=True, extra="ignore", use_attribute_docstrings=True)

    node_name: NodeName = "localhost"
    """The first half of every log's origin; set once for a node and never changed."""

    secrets_dir: DirectoryPath
    """What `plaanet secrets` made, or as much of it as is needed here."""

    nats_url: str | None = None
    """Where NATS is; without it its logs are not prepared."""

    nats_password_file: Path | None = None
    """The administrator's password, where it is not `nats-admin.txt` in *secrets_dir*."""

    log_replicas: Annotated[Literal[1, 3, 5], BeforeValidator(int)] = 1
    """On how many servers of a cluster each log stands; settled when the log is made."""

    database_url: str | None = None
    """Any database of the server, as a superuser finds it; without a password."""

    database_password_file: Path | None = None
    """The superuser's password, where it is not `postgres-postgres.txt` in *secrets_dir*."""

    role_connections_max: Annotated[int, Field(ge=2)] = 25
    """So many connections to its database all replicas of a service may have together."""

    tiles_dir: Path | None = None
    """The sealed vote log, where it is at hand."""

    sealer_dir: Path | None = None
    """What the sealer remembers. Where both are given, a vote log that is shorter than its seal is not prepared."""

    wait_s: Annotated[float, Field(gt=0)] = 120.0
    """So long it waits for the servers."""


class BackupSettings(PreparationSettings):
    """What `plaanet backup --addresses` and `plaanet restore --addresses` need: all of these, and two more."""

    nats_url: str
    """Where NATS is, with the node's logs."""

    database_url: str
    """Any database of the server, as a superuser finds it; without a password."""

    tiles_dir: Path
    """The sealed vote log."""

    sealer_dir: Path
    """What the sealer remembers."""

    witnesses_policy: Path | None = None
    """Which witnesses the sealer asks, where there is such a file; a restore asks them how much they cosigned."""

    backup_recipients: tuple[str, ...] = ()
    """The public keys of age that backups are encrypted for, unless the command says others."""


class SealerSettings(Settings):
    """What the sealer needs besides."""

    tiles_dir: Path
    """What it publishes; a web server may serve this folder as it lies."""

    sealer_dir: Path
    """What it remembers: for itself alone."""

    secrets_dir: Path
    """Where its key is; made at the first start."""

    witnesses_policy: Path | None = None
    """A tlog-policy: which witnesses it asks, and how many must agree. Where there is no such file it asks none."""

    seal_every_s: Annotated[float, Field(gt=0)] = 1.0
    """How often it signs what is new."""

    witness_timeout_s: Annotated[float, Field(gt=0)] = 5.0
    """How long it waits for a witness."""


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError) as fault:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{name} is no time zone") from fault
    except KeyError as fault:
        raise ValueError(f"{name} is no time zone of the IANA database") from fault
    return name


class GatewaySettings(Settings):
    """What the gateway needs besides."""

    host: str = "127.0.0.1"
    """The address that the public door listens on."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Its port; 0: any free one."""

    request_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    """How long it waits for a service."""

    request_bytes_max: Annotated[int, Field(gt=0)] = 1_000_000
    """The longest request."""

    requests_per_member_s: Annotated[float, Field(gt=0)] = 50.0
    """So many requests a second a signed-in member may make for long; three times as many in a burst."""

    requests_per_address_s: Annotated[float, Field(gt=0)] = 50.0
    """The same for an address whose requests bear no valid token."""

    files_per_address_s: Annotated[float, Field(gt=0)] = 1_000.0
    """The same for the files of the sealed log: an auditor reads thousands of them, and each costs little."""

    attempts_per_address_s: Annotated[float, Field(gt=0)] = 5.0
    """So many attempts to sign up or in an address may make a second for long; ten times as many in a burst."""

    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """The addresses, or networks of them (`10.42.0.0/16`), whose `X-Forwarded-For` is believed."""

    live_clients_max: Annotated[int, Field(gt=0)] = 2_000
    """Live streams at once."""

    tiles_dir: Path | None = None
    """What the sealer publishes; without it nothing sealed is served."""

    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/Paris"
    """By which clocks the pages show instants where no place says it (IANA Time Zone Database)."""

    maps_dir: Path | None = None
    """Base maps for the pages' map (`*.pmtiles`), whatever lies there; without any it shows countries and names."""
