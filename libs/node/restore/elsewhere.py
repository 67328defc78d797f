"""
What others know of the vote log, compared with what a backup brings.

A log that is shorter than a checkpoint it once signed was rolled back: whoever votes on it now takes positions that
were taken, and a seal on it would contradict an earlier one. A backup cannot tell that of itself. Newer backups can,
checkpoints and proofs that somebody kept, and witnesses, who remember how much they cosigned.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadNote, Note
from libs.audit.policy import BadPolicy, parse_policy
from libs.audit.proofs import BadProofFile, TlogProof
from libs.audit.sealer.state import SIGNED
from libs.audit.sealer.witness import Witness, WitnessIsAhead, WitnessTrouble
from libs.audit.tiles import TileFolder
from libs.node.backup import manifest as manifests
from libs.node.backup.store import Store
from libs.node.belongings import Belongings
from libs.node.seals import read_seal
from libs.node.trouble import NodeTrouble

TIMEOUT_S = 10.0
BYTES_MAX = 2_000_000

_SERVED_AT = "/log/governance/checkpoint"


class Seal(NamedTuple):
    """A checkpoint that the log has signed, and where it was found."""

    note: Note
    checkpoint: Checkpoint
    where: str


def seals(belongings: Belongings, store: Store, seen: Sequence[str]) -> list[Seal]:
    """
    Return every checkpoint of the log that a node's *belongings*, its backups in *store* and others have, by size.

    Raises:
        NodeTrouble: What was *seen* is no checkpoint, or none that the log's key has signed.
    """
    found = [*_own(belongings), *_of_backups(belongings, store), *(_seen(belongings, each) for each in seen)]
    return sorted(found, key=lambda seal: seal.checkpoint.size)


async def witnessed(policy_text: bytes, tiles: Path, last: Seal) -> tuple[int, str | None, list[str]]:
    """
    Ask the witnesses of a policy how much they cosigned; *last* is the newest seal that the log reaches.

    Return the largest size of all, the name of who knows it (None: nobody knows more than *last*), and what else they
    say.
    """
    try:
        policy = parse_policy(policy_text)
    except BadPolicy as fault:
        raise NodeTrouble(f"The policy of witnesses is none: {fault}") from fault
    size, who, sayings = 0, None, []
    hashes = TileFolder(tiles).hashes(last.checkpoint.size)
    async with httpx.AsyncClient(trust_env=False, timeout=None) as http:  # noqa: S113 - each request has its limit
        for name, party in policy.witnesses.items():
            witness = Witness(name, party, http, timeout_s=TIMEOUT_S)
            try:
                await witness.cosign(last.note, last.checkpoint, hashes)
            except WitnessIsAhead as ahead:
                if ahead.size > size:
                    size, who = ahead.size, name
            except WitnessTrouble as trouble:
                sayings.append(f"The witness {name} could not tell whether the backup is the newest: {trouble}.")
    return size, who, sayings


def _own(belongings: Belongings) -> Iterator[Seal]:
    for path in (belongings.sealer / SIGNED, belongings.tiles / "checkpoint"):
        if path.exists():
            yield _read(belongings, path.read_bytes(), "the backup")


def _of_backups(belongings: Belongings, store: Store) -> Iterator[Seal]:
    for id_, name in manifests.ids(store).items():
        try:
            signed = manifests.read(store, name).manifest.signed
        except NodeTrouble:
            continue  # another backup's damage; it is not the one that is restored
        if signed:
            yield _read(belongings, signed.encode(), f"backup {id_}")


def _seen(belongings: Belongings, where: str) -> Seal:
    data = _fetched(where) if where.startswith(("http://", "https://")) else Path(where).read_bytes()
    with suppress(BadProofFile):  # then it is the checkpoint itself
        data = TlogProof.parse(data).checkpoint
    return _read(belongings, data, where)


def _fetched(url: str) -> bytes:
    address = url if url.endswith("/checkpoint") else f"{url.rstrip('/')}{_SERVED_AT}"
    try:
        answer = httpx.get(address, timeout=TIMEOUT_S, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as fault:
        raise NodeTrouble(f"{address} does not answer ({fault}); nothing was restored.") from fault
    return answer.content[:BYTES_MAX]


def _read(belongings: Belongings, data: bytes, where: str) -> Seal:
    try:
        return Seal(*read_seal(belongings, data), where)
    except BadNote as fault:
        raise NodeTrouble(
            f"The checkpoint of {where} bears no signature of the vote log's key in this backup ({fault}). Nothing was"
            " restored: it is another log's, or the log had another key by then."
        ) from fault
