"""
`plaanet prepare`: makes what the services find on servers that others run: streams in NATS, databases in PostgreSQL.

It is what `plaanet up` does for the servers that it starts itself, by the same code. It waits for the servers, may be
run as often as one likes, and once more at every upgrade; of two that run at once one finds the work done. It never
changes a log that is there.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from nats.errors import Error as NatsError

from libs import configuration
from libs.eventlog.jetstream import LogsNotYet
from libs.node.databases import check_is_whole, prepare_databases
from libs.node.permissions import ADMIN
from libs.node.postgres import ADMIN as DATABASE_ADMIN
from libs.node.seals import Seals
from libs.node.streams import SEALED_LOG, check_reaches, prepare_streams
from libs.node.trouble import NodeTrouble
from libs.settings import PreparationSettings

_ASK_AGAIN_S = 0.5

_AWAY = (OSError, NatsError, LogsNotYet, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)
"""What a server that is only starting answers, if it answers."""

Say = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which half is to be done."""
    parser.add_argument(
        "--only",
        choices=("logs", "databases"),
        help="prepare NATS alone (PLAANET_NATS_URL), or PostgreSQL alone (PLAANET_DATABASE_URL)",
    )
    parser.epilog = (
        "It is told by the environment: PLAANET_NATS_URL, PLAANET_DATABASE_URL (a superuser's, without a password),"
        " PLAANET_SECRETS_DIR (made by `plaanet secrets`); docs/OPERATE.md has all of them."
    )


def run(arguments: argparse.Namespace) -> int:
    """Prepare the servers that the environment names."""
    asyncio.run(prepare(_settings(), _say, only=arguments.only))
    return 0


async def prepare(settings: PreparationSettings, say: Say, *, only: str | None = None) -> None:
    """
    Make what is missing on the servers, or on one kind of them.

    Raises:
        NodeTrouble: A server did not answer within *settings.wait_s* seconds, refuses, or holds a log that must not be
            served.
    """
    deadline = time.monotonic() + settings.wait_s
    if only != "databases":
        await _prepare_logs(settings, say, deadline)
    if only != "logs":
        await _prepare_databases(settings, say, deadline)


async def _prepare_logs(settings: PreparationSettings, say: Say, deadline: float) -> None:
    url = _given(settings.nats_url, "PLAANET_NATS_URL")
    password = _secret(settings, settings.nats_password_file, f"nats-{ADMIN}.txt")

    async def work() -> None:
        await prepare_streams(url, password, replicas=settings.log_replicas)
        await check_reaches(url, password, _sealed_size(settings))

    await patiently(work, f"NATS at {url}", deadline, say)
    say(f"The logs are ready on {url}.")


async def _prepare_databases(settings: PreparationSettings, say: Say, deadline: float) -> None:
    url = _given(settings.database_url, "PLAANET_DATABASE_URL")
    server = ExternalPostgres(url, settings.secrets_dir, settings.database_password_file)

    async def work() -> None:
        await check_is_whole(server)
        await prepare_databases(server, connections_max=settings.role_connections_max)

    await patiently(work, f"PostgreSQL at {server.place}", deadline, say)
    say(f"The databases are ready on {server.place}.")


@dataclass(frozen=True)
class ExternalPostgres:
    """A PostgreSQL server that others run, at *address* (a superuser's); the services' passwords are in *secrets*."""

    address: str
    secrets: Path
    admin_password_file: Path | None = None

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return urlsplit(self.address).netloc.rpartition("@")[2]

    def url(self, database: str, *, role: str | None = None) -> str:
        """Return where *role* finds *database*; the administrator is whoever the server's address names."""
        parts = urlsplit(self.address)
        name = (parts.username or DATABASE_ADMIN) if role == DATABASE_ADMIN else quote(role or database)
        return urlunsplit(parts._replace(netloc=f"{name}@{self.place}", path=f"/{database}"))

    def password(self, role: str) -> str:
        """Return *role*'s password."""
        own = self.admin_password_file if role == DATABASE_ADMIN else None
        return read_secret(own or self.secrets / f"postgres-{role}.txt")


def _settings() -> PreparationSettings:
    try:
        return configuration.read(PreparationSettings, "prepare", os.environ)
    except configuration.BadSettings as bad:
        raise NodeTrouble("\n".join(["Some settings are wrong or missing.", *bad.mistakes])) from bad


def _given(value: str | None, name: str) -> str:
    if not value:
        raise NodeTrouble(f"{name} says which server is to be prepared, and is not set.")
    return value


def _secret(settings: PreparationSettings, own: Path | None, name: str) -> str:
    return read_secret(own or settings.secrets_dir / name)


def read_secret(file: Path) -> str:
    """
    Return the secret in *file*.

    Raises:
        NodeTrouble: It cannot be read, or is empty.
    """
    try:
        secret = file.read_text().strip()
    except OSError as fault:
        raise NodeTrouble(
            f"The secret {file} cannot be read ({fault.strerror}); `plaanet secrets` makes all that are needed."
        ) from fault
    if not secret:
        raise NodeTrouble(f"The secret {file} is empty; `plaanet secrets` makes all that are needed.")
    return secret


def _sealed_size(settings: PreparationSettings) -> int:
    if settings.tiles_dir is None or settings.sealer_dir is None:
        return 0
    origin = f"{settings.node_name}/{SEALED_LOG}"
    pem = settings.secrets_dir / "sealer" / "log.pem"
    return Seals.of(origin, tiles=settings.tiles_dir, sealer=settings.sealer_dir, pem=pem).binding_size


async def patiently(work: Callable[[], Awaitable[None]], server: str, deadline: float, say: Say) -> None:
    """
    Do *work*, again and again while the server is away, until the deadline (monotonic, s).

    Raises:
        NodeTrouble: It stayed away, or refuses.
    """
    told = False
    while True:
        try:
            return await work()
        except asyncpg.PostgresError as fault:
            if not isinstance(fault, _AWAY) or time.monotonic() > deadline:
                raise NodeTrouble(f"{server} refuses: {fault}") from fault
        except _AWAY as fault:
            if _is_refusal(fault) or time.monotonic() > deadline:
                raise NodeTrouble(f"{server} {_why_not(fault)}") from fault
            if not told:
                say(f"Waiting for {server} ...")
                told = True
        await asyncio.sleep(_ASK_AGAIN_S)


def _is_refusal(fault: BaseException) -> bool:
    return "authorization violation" in str(fault).lower()


def _why_not(fault: BaseException) -> str:
    if _is_refusal(fault):
        return "refuses the administrator's password; is its configuration made of the same secrets?"
    return f"does not answer: {str(fault) or type(fault).__name__}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
