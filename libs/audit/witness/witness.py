"""
Whom a witness knows, and what it cosigns.

It follows the order of https://c2sp.org/tlog-witness: who asks, whether the log has signed, whether the log knows what
was cosigned last, and whether the new tree extends that. The time of a cosignature never goes backwards: when the
clock does, the last time stands.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace

from libs.audit.merkle import EMPTY_ROOT, InvalidProof, verify_consistency
from libs.audit.notes import BadKey, BadNote, Line, Note, Signer, Verifier, open_note
from libs.audit.witness.requests import (
    AddCheckpoint,
    Malformed,
    NotConsistent,
    NotFromTheLog,
    NotTheLatest,
    Refused,
    UnknownLog,
)
from libs.audit.witness.store import Latest, Step, Store

logger = logging.getLogger(__name__)


class Witness:
    """Cosigns with *signer* for the *logs* whose keys it knows; a log may have several keys under one name."""

    def __init__(self, logs: Iterable[Verifier], signer: Signer, store: Store) -> None:
        """
        Raises:
            BadKey: Two keys of one log cannot be told apart by their key ids.
        """
        self._logs: dict[str, list[Verifier]] = {}
        for key in logs:
            keys = self._logs.setdefault(key.name, [])
            if any(other.key_id == key.key_id for other in keys):
                raise BadKey(f"Two keys of {key.name} have the key id {key.key_id.hex()}.")
            keys.append(key)
        self._signer = signer
        self.store = store

    def add(self, body: bytes) -> Line:
        """
        Cosign the checkpoint that *body*, a request of a log, has; when this returns it is remembered for good.

        Raises:
            Refused: It is not cosigned.
        """
        request = AddCheckpoint.parse(body)
        origin = request.checkpoint.origin
        if origin not in self._logs:
            raise UnknownLog(f"The log {origin!r} is not witnessed here.")
        note = self._signed(request)
        if request.old_size > request.checkpoint.size:
            raise Malformed(f"A log of {request.checkpoint.size} entries cannot extend one of {request.old_size}.")
        with self.store.step(origin) as step:
            latest = step.latest()
            refusal = _refusal(request, latest)
            if refusal is None:
                return self._cosign(request, note, latest, step)
            if latest and _contradicts(request, latest):
                logger.warning("split view", extra={"origin": origin, "size": latest.size})
                step.accuse(latest, request.checkpoint.root, note)
        raise refusal

    def _signed(self, request: AddCheckpoint) -> Note:
        """Return the checkpoint with the lines of the log alone: nobody else's is known to be right."""
        try:
            signed = open_note(request.note, self._logs[request.checkpoint.origin])
        except BadNote as fault:
            raise NotFromTheLog(str(fault)) from fault
        return Note(request.note.text, tuple(each.line for each in signed))

    def _cosign(self, request: AddCheckpoint, note: Note, latest: Latest | None, step: Step) -> Line:
        time_s = max(int(self._signer.clock()), latest.time_s if latest else 0)
        line = replace(self._signer, clock=lambda: time_s).sign(note.text)
        step.keep(request.checkpoint.size, request.checkpoint.root, time_s, note.with_lines([line]))
        return line


def _refusal(request: AddCheckpoint, latest: Latest | None) -> Refused | None:
    size, root = (latest.size, latest.root) if latest else (0, EMPTY_ROOT)
    if request.old_size != size:
        return NotTheLatest(size)
    try:
        verify_consistency(
            request.proof,
            old_size=size,
            old_root=root,
            size=request.checkpoint.size,
            root=request.checkpoint.root,
        )
    except InvalidProof as fault:
        return NotConsistent(str(fault))
    return None


def _contradicts(request: AddCheckpoint, latest: Latest) -> bool:
    return request.checkpoint.size == latest.size and request.checkpoint.root != latest.root
