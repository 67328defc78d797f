"""
`plaanet witness`: cosigns the checkpoints of other people's logs, so that none of them can show two truths.

Give it the logs that it is to watch in a policy file, one line each: `log <verifier key>`. It says its own verifier
key at the start; whoever runs a log puts that, and the witness's address, into the log's policy. It has to be reached
by the logs that it watches, and may be read by anyone:

    POST /add-checkpoint                    https://c2sp.org/tlog-witness
    GET  /<sha256 of the origin>/checkpoint the last checkpoint that it cosigned
    GET  /evidence                          pairs of checkpoints of one size that a log has signed, as JSON
    GET  /                                  all of that in words
"""

import argparse
import base64
import socket
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from libs.audit.notes import COSIGNATURE, BadKey, Signer, new_pem
from libs.audit.policy import BadPolicy, Policy, parse_policy
from libs.audit.witness import Witness
from libs.audit.witness.requests import REQUEST_BYTES_MAX, NotTheLatest, Refused, TooLong
from libs.audit.witness.store import Store
from libs.node.door import Door
from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble
from libs.service.keys import kept_key
from libs.telemetry import logs

DEFAULT_DATA = ROOT / "witness"
DEFAULT_PORT = 8090

_TEXT = "text/plain; charset=utf-8"
_SIZE = "text/x.tlog.size"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom it watches, where it keeps what it saw, and where it is reached."""
    parser.add_argument(
        "--policy", type=Path, required=True, metavar="FILE", help="the logs that it watches: `log` lines of a policy"
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="its folder (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N", help="0: any free one (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="the address to listen on (%(default)s)")
    parser.add_argument(
        "--name", metavar="NAME", help="what its key is called, for ever; at the first start (default: this machine's)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the witness until it is told to stop."""
    policy = _policy(arguments.policy)
    door = Door(arguments.host, arguments.port)
    arguments.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer, store = _open(arguments.data, arguments.name)
    try:
        witness = Witness((log.key for log in policy.logs), signer, store)
        _introduce(witness, policy, signer, door)
        logs.set_up("warning")
        config = uvicorn.Config(
            create_app(witness, signer),
            host=door.host,
            port=door.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        uvicorn.Server(config).run()
    except BadKey as fault:
        raise NodeTrouble(f"{arguments.policy}: {fault}") from fault
    finally:
        store.close()
    return 0


def _policy(path: Path) -> Policy:
    try:
        policy = parse_policy(path.read_bytes())
    except BadPolicy as fault:
        raise NodeTrouble(f"{path}: {fault}") from fault
    if not policy.logs:
        raise NodeTrouble(f"{path} names no log to watch; add a line `log <verifier key>` for each.")
    return policy


def _open(folder: Path, wanted: str | None) -> tuple[Signer, Store]:
    """
    Return the witness's key and its memory, which are made at the first start.

    A key without its memory would cosign what contradicts it, so the name, which is written last, stands for both.
    """
    pem, memory, name_file = folder / "witness.pem", folder / "witness.sqlite", folder / "name"
    try:
        if not name_file.exists():
            name = socket.gethostname() if wanted is None else wanted
            kept_key(pem, new_pem)
            Signer.load(name, pem, COSIGNATURE).verifier  # noqa: B018  # whether it is a name is found out here
            Store(memory).close()
            kept_key(name_file, name.encode)
        name = name_file.read_text().strip()
        signer = Signer.load(name, pem, COSIGNATURE)
    except BadKey as fault:
        raise NodeTrouble(str(fault)) from fault
    except FileNotFoundError as fault:
        raise NodeTrouble(f"The witness's key, {pem}, is missing; restore it from a backup.") from fault
    if wanted not in (None, name):
        raise NodeTrouble(
            f"The witness in {folder} is called {name}, as logs and auditors know it, and cannot be renamed to"
            f" {wanted}; leave --name out, or give the new one a folder of its own with --data."
        )
    if not memory.exists():
        raise NodeTrouble(
            f"What the witness {name} saw, {memory}, is missing; without it its key must not sign again. Restore that"
            f" file as it was last, or begin with a new key in another folder (--data)."
        )
    return signer, Store(memory)


def _introduce(witness: Witness, policy: Policy, signer: Signer, door: Door) -> None:
    for log in policy.logs:
        print(f"Watching {log.key.name}")
    for each in witness.store.evidence():
        print(f"EVIDENCE: {each.origin} has signed two trees of {each.size} entries; {door.url}/evidence shows both.")
    print("A log that is to be cosigned here has this line in its policy, with the address that it reaches you at:")
    print(f"witness {signer.name} {signer.verifier.vkey} {door.url}", flush=True)


def create_app(witness: Witness, signer: Signer) -> FastAPI:
    """Return the witness's HTTP door."""
    app = FastAPI(openapi_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        """Cosign a checkpoint."""
        try:
            line = await run_in_threadpool(witness.add, await _body(request))
        except NotTheLatest as refusal:
            return Response(f"{refusal.size}\n", refusal.status, {"Content-Type": _SIZE})
        except Refused as refusal:
            return Response(f"{refusal}\n", refusal.status, media_type=_TEXT)
        return Response(str(line), media_type=_TEXT)

    @app.get("/evidence")
    def evidence() -> Response:
        """Show what logs cannot deny."""
        found = [
            {"origin": each.origin, "size": each.size, "seen_at": _when(each.seen_s)}
            | {"cosigned": each.cosigned.decode(), "other": each.other.decode()}
            for each in witness.store.evidence()
        ]
        return JSONResponse(found)

    @app.get("/{origin_sha256}/checkpoint")
    def checkpoint(origin_sha256: str) -> Response:
        """Show what was cosigned last, for monitors."""
        latest = witness.store.latest(origin_sha256)
        if latest is None:
            return Response("No log of that name was cosigned here.\n", 404, media_type=_TEXT)
        return Response(latest.note, media_type=_TEXT, headers={"Cache-Control": "no-cache"})

    @app.get("/")
    def in_words() -> Response:
        """Say who this is and what it saw."""
        return PlainTextResponse("".join(f"{line}\n" for line in _words(witness, signer)))

    return app


def _words(witness: Witness, signer: Signer) -> list[str]:
    lines = [f"Witness {signer.name}", f"Key     {signer.verifier.vkey}", ""]
    lines += (
        f"{each.origin}: {each.size} entries, root {base64.b64encode(each.root).decode()}, {_when(each.time_s)}"
        for each in witness.store.all()
    )
    lines += (
        f"EVIDENCE: {each.origin} has signed two trees of {each.size} entries, seen {_when(each.seen_s)} (/evidence)"
        for each in witness.store.evidence()
    )
    return lines


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > REQUEST_BYTES_MAX:
            raise TooLong(f"A request has at most {REQUEST_BYTES_MAX} bytes.")
    return bytes(body)


def _when(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
