"""
`plaanet manifesto`: show the manifesto that stands on a running node, or publish the next version.

Publishing is the operator's alone, and the operator is whoever can read the node's folder: the command speaks to
identity over NATS as the user `operator`, whose password stands there and who may do this and nothing else.
"""

import argparse
import asyncio
import hashlib
import os
from pathlib import Path
from uuid import uuid4

import nats
import orjson
from nats.errors import Error as NatsError
from pydantic import ValidationError

from libs.contracts.base import Contract, Receipt, Refusal
from libs.contracts.identity import CurrentManifesto, Manifesto, PublishManifesto
from libs.node.folder import NodeFolder
from libs.node.passwords import password
from libs.node.permissions import OPERATOR
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA

_TIMEOUT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be done, and to which node."""
    parser.add_argument("action", choices=("show", "publish"), help="what to do")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the text to publish: Markdown in UTF-8")
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the node's folder (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the manifesto, or publish a new one."""
    folder = NodeFolder(arguments.data)
    if arguments.action == "show":
        manifesto = Manifesto.model_validate_json(_ask(folder, "ask.identity.CurrentManifesto", CurrentManifesto()))
        print(
            f"Version {manifesto.version}, published {manifesto.published_at:%Y-%m-%d %H:%M} UTC, {manifesto.sha256}\n"
        )
        print(manifesto.text, end="")
        return 0
    command = _read(arguments.file)
    receipt = Receipt.model_validate_json(_ask(folder, "do.identity.PublishManifesto", command))
    print(f"Published as {receipt.log}:{receipt.position}, {_sha256(command.text)}.")
    print("Members are asked to approve it before they do anything else.")
    return 0


def _read(file: Path | None) -> PublishManifesto:
    if file is None:
        raise NodeTrouble("Name the file to publish: plaanet manifesto publish FILE.")
    try:
        return PublishManifesto(text=file.read_bytes().decode())
    except OSError as fault:
        raise NodeTrouble(f"{file} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise NodeTrouble(f"{file} is not UTF-8: byte {fault.start} is not part of any character.") from fault
    except ValidationError as fault:
        raise NodeTrouble(
            f"{file} cannot be a manifesto: {fault.errors()[0]['msg'].removeprefix('Value error, ')}."
        ) from fault


def _ask(folder: NodeFolder, subject: str, contract: Contract) -> bytes:
    try:
        url, secret = _told() or _found(folder)
    except OSError as fault:
        raise NodeTrouble(f"Only the operator may do this: {fault.filename} cannot be read by you.") from fault
    return asyncio.run(_request(url, secret, subject, contract))


def _told() -> tuple[str, str] | None:
    """Return where NATS is and the operator's password, as the environment says where others start a node's parts."""
    url, file = os.environ.get("PLAANET_NATS_URL"), os.environ.get("PLAANET_NATS_PASSWORD_FILE")
    return (url, Path(file).read_text().strip()) if url and file else None


def _found(folder: NodeFolder) -> tuple[str, str]:
    status = folder.status()
    if status is None:
        raise NodeTrouble(f"No node runs in {folder.path}; start it with `plaanet up`, or name its folder with --data.")
    return status["nats_url"], password(folder.secrets, f"nats-{OPERATOR}")


async def _request(url: str, secret: str, subject: str, contract: Contract) -> bytes:
    body = contract.model_dump_json().encode()
    headers = {"Plaanet-Actor": OPERATOR, "Plaanet-Command-Id": str(uuid4())}
    try:
        client = await nats.connect(
            url,
            user=OPERATOR,
            password=secret,
            inbox_prefix=f"_INBOX.{OPERATOR}".encode(),
            allow_reconnect=False,
            connect_timeout=5,
        )
        try:
            reply = await client.request(subject, body, timeout=_TIMEOUT_S, headers=headers)
        finally:
            await client.close()
    except (NatsError, OSError, TimeoutError) as fault:
        raise NodeTrouble("The node's service identity does not answer; `plaanet doctor` says more.") from fault
    if (reply.headers or {}).get("Plaanet-Answer") == "Refusal":
        raise NodeTrouble(Refusal.model_validate(orjson.loads(reply.data)).detail)
    return reply.data


def _sha256(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
