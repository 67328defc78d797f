"""
The public door: HTTP in front of the services.

`python -m gateway.app` runs it. It holds no data: what it needs to know at once (identity's public keys, which
sessions were ended, the newest entries of each log) it asks for and hears again at every start, so any number of
gateways may stand side by side.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import nats
import uvicorn
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from nats.aio.client import Client
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import Scope

from gateway import problems
from gateway.auth import TOKEN_LIFETIME_MAX, Standing, Tokens
from gateway.border import Border, tell_programs
from gateway.limits import Limit
from gateway.live import Live
from gateway.observed import API, UNOBSERVED
from gateway.routers import events, geo, governance, groups, identity, live, log, pages, status
from gateway.services import Services
from gateway.web.app import border_page, create_pages
from gateway.web.maps import Maps
from libs import configuration, telemetry
from libs.contracts.catalogue import SERVICES
from libs.contracts.identity import CurrentManifesto, StandingOf, TokenKeys
from libs.errors import NotYet, Problem
from libs.eventlog.codec import decode
from libs.eventlog.jetstream import PING_EVERY_S, JetStreamLog
from libs.eventlog.log import EventLog, LogUnreachable
from libs.settings import GatewaySettings
from libs.together import together

FOR_PROGRAMS = ("/api/", "/log/", "/health/")
FILES = ("/static/", "/cartes/")
ASK_AGAIN_S = 0.2

logger = logging.getLogger(__name__)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Return the application, not yet connected to anything."""
    app = FastAPI(
        title="Plaanet",
        version="1",
        description="Groups that meet and decide together. Every result of a vote can be counted again by anyone:"
        " the vote log is public. Commands answer with a receipt, the position of what they made in a log;"
        " send it back as `at_least` to read your own writes.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=UNOBSERVED,
        generate_unique_id_function=_operation_id,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.tokens = Tokens(settings.node_name)
    app.state.standing = Standing()
    app.state.attempts = Limit(settings.attempts_per_address_s, settings.attempts_per_address_s * 10)
    app.state.is_ready = False
    problems.add_to(app)
    app.router.routes.append(_Pages("", _pages(app, settings.node_name)))
    # The busiest first: addresses are tried one after another, and a vote brings the most requests.
    for room in (governance, groups, events, identity, geo, pages, live):
        app.include_router(room.router, prefix=API, responses=problems.DOCUMENTED)
    app.include_router(log.router, responses=problems.DOCUMENTED)
    app.include_router(status.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.state.maps = Maps(settings.maps_dir)
    app.mount("/cartes", app.state.maps)
    app.add_middleware(
        Border, settings=settings, tokens=app.state.tokens, standing=app.state.standing, tell=_tell_at_border
    )
    return app


async def _tell_at_border(request: Request, problem: Problem) -> Response:
    """Tell a browser that asked for a page on a page, anything else as programs read it."""
    wants_page = "text/html" in request.headers.get("accept", "")
    is_page = not request.url.path.startswith((*FOR_PROGRAMS, "/assets/", "/static/"))
    return await (border_page if is_page and wants_page else tell_programs)(request, problem)


class _Pages(Mount):
    """The pages, at every address that is nobody else's: what a program asks is answered as a program reads it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave what begins as the API, the log, the health and plain files do to them."""
        is_others = f"{scope['path']}/".startswith((*FOR_PROGRAMS, *FILES))
        return (Match.NONE, {}) if is_others else super().matches(scope)


def _pages(app: FastAPI, node_name: str) -> FastAPI:
    """Return the pages, which stand on the same services and take whatever address is no program's."""
    web = create_pages(node_name)
    renderer, web.state = web.state.renderer, app.state
    app.state.renderer, app.state.web = renderer, web
    web.dependency_overrides = app.dependency_overrides
    return web


def _operation_id(route: APIRoute) -> str:
    """Name an operation by its function: what a generated client calls it."""
    return route.name


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: GatewaySettings = app.state.settings
    client = await nats.connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password,
        inbox_prefix=f"_INBOX.{settings.nats_user}".encode(),
        max_reconnect_attempts=-1,
        ping_interval=PING_EVERY_S,
        connect_timeout=10,
    )
    app.state.client = client
    app.state.logs = {name: JetStreamLog(client, name) for name in SERVICES}
    app.state.live = Live(app.state.logs, app.state.standing)
    work = asyncio.create_task(_keep_informed(app, client))
    work.add_done_callback(_stop_when_failed)
    try:
        yield
    finally:
        app.state.is_ready = False
        work.cancel()
        await client.close()


async def _keep_informed(app: FastAPI, client: Client) -> None:
    """Learn what the gateway must know, then follow every log, for ever."""
    standing: Standing = app.state.standing
    live: Live = app.state.live
    services = Services(client, standing, timeout_s=app.state.settings.request_timeout_s)
    identity = live.tails["identity"].log

    async def approved_by(member_id: UUID) -> str | None:
        return await approved_now(member_id, services, identity)

    standing.ask_with(approved_by)
    after = await _ends_heard(live, standing)
    async with together(
        _keep_hearing(identity, standing, after["identity"]),
        *(tail.run(after[name], live.grown) for name, tail in live.tails.items()),
        live.measures().keep(),
    ) as tasks:
        await _learn(app, services)
        app.state.is_ready = True
        logger.info("ready", extra={"service": "gateway"})
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def approved_now(member_id: UUID, services: Services, identity: EventLog) -> str | None:
    """
    Return the hash of the manifesto that the member approved last, at this gateway or another, a moment ago or long.

    Raises:
        Refused: Identity's read models did not catch up with its log in time.
        NotYet: The log does not answer.
        ServiceIsAway: Identity does not.
    """
    try:
        now = await identity.last()
    except LogUnreachable as fault:
        raise NotYet(str(fault)) from fault
    return (await services.as_fresh_as([f"identity:{now}"]).ask(StandingOf(member_id=member_id))).approved_sha256


async def _learn(app: FastAPI, services: Services) -> None:
    """Ask identity for its keys and the manifesto that stands, until it answers."""
    while True:
        try:
            app.state.tokens.use_keys((await services.ask(TokenKeys())).model_dump())
            app.state.standing.manifesto_sha256 = (await services.ask(CurrentManifesto())).sha256
            return
        except Problem:
            await asyncio.sleep(ASK_AGAIN_S)


async def _ends_heard(live: Live, standing: Standing) -> dict[str, int]:
    """Return where each log ends, once identity's is heard up to there; a log that does not answer is asked again."""
    while True:
        try:
            ends = {name: await tail.log.last() for name, tail in live.tails.items()}
            await _hear_lately(live.tails["identity"].log, standing, ends["identity"])
            return ends
        except LogUnreachable as fault:
            logger.warning("log away", extra={"service": "gateway", "reason": str(fault)})
            await asyncio.sleep(ASK_AGAIN_S)


async def _hear_lately(log: EventLog, standing: Standing, last: int) -> None:
    """Hear what identity's log says since the oldest access token that may still be in use was made."""
    after = await _position_before(log, datetime.now(UTC) - TOKEN_LIFETIME_MAX, last)
    while after < last:
        for entry in await log.entries(after):
            standing.hear(decode(log.service, entry.position, entry.data))
            after = entry.position


async def _position_before(log: EventLog, moment: datetime, last: int) -> int:
    """Return the position behind which the entries since *moment* lie, by halving."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        entry = (await log.entries(middle, 1))[0]
        if decode(log.service, entry.position, entry.data).decided_at < moment:
            low = middle + 1
        else:
            high = middle
    return low


async def _keep_hearing(log: EventLog, standing: Standing, after: int) -> None:
    async for batch in log.follow(after):
        for recorded in batch:
            standing.hear(recorded)


def _stop_when_failed(work: asyncio.Task[None]) -> None:
    """End the process when the gateway no longer hears the logs: it would let ended sessions in."""
    if work.cancelled() or work.exception() is None:
        return
    logger.critical("stopped", extra={"service": "gateway"}, exc_info=work.exception())
    sys.exit(1)


class _Server(uvicorn.Server):
    """Ends the live streams first when it is told to stop; they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._plaanet = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if live := getattr(self._plaanet.state, "live", None):
            await live.close()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = configuration.read_or_end(GatewaySettings, "gateway")
    telemetry.set_up("gateway", settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        loop="uvloop",
        http="httptools",
    )
    _Server(config, app).run()


if __name__ == "__main__":
    main()
