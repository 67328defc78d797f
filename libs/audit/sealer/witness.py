"""
One witness, as the sealer asks it: https://c2sp.org/tlog-witness.

It is sent a checkpoint with the proof that this extends the last one it cosigned, and answers with its signature line.
It is believed in nothing: what it sends is short, comes in time, and is verified with the key of the policy, or it is
trouble that the operator is told of.
"""

import asyncio
import base64

import httpx

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import ReadHashes, consistency_proof
from libs.audit.notes import BadNote, Note, Signed, open_note, parse_lines
from libs.audit.policy import Party

ATTEMPTS_MAX = 3
ANSWER_BYTES_MAX = 100_000

_SIZE = "text/x.tlog.size"


class WitnessTrouble(Exception):
    """The witness has not cosigned; *args[0]* says why, for the operator."""


class WitnessIsAhead(WitnessTrouble):
    """It has cosigned *size* entries, more than the log has here."""

    def __init__(self, size: int, here: int) -> None:
        super().__init__(
            f"it has cosigned {size} entries of this log, and here it has {here}:"
            f" the log was rolled back, or somebody else seals under its name with its key"
        )
        self.size = size


class Witness:
    """The witness that the policy calls *name*."""

    def __init__(self, name: str, party: Party, http: httpx.AsyncClient, *, timeout_s: float) -> None:
        self.name = name
        self.key = party.key
        self._url = party.url
        self._http = http
        self._timeout_s = timeout_s
        self._last_size = 0
        """Of the largest tree that it cosigned, as far as is known; it tells when it is another."""

    async def cosign(self, note: Note, checkpoint: Checkpoint, read_hashes: ReadHashes) -> Signed:
        """
        Have the witness cosign *note*, the *checkpoint* as the log signed it.

        Raises:
            WitnessTrouble: It does not.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._cosign(note, checkpoint, read_hashes)
        except TimeoutError as fault:
            raise WitnessTrouble(f"it did not answer within {self._timeout_s:g} s") from fault
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise WitnessTrouble(f"it cannot be reached: {str(fault) or type(fault).__name__}") from fault

    async def _cosign(self, note: Note, checkpoint: Checkpoint, read_hashes: ReadHashes) -> Signed:
        for _ in range(ATTEMPTS_MAX):
            old_size = min(self._last_size, checkpoint.size)
            proof = consistency_proof(old_size, checkpoint.size, read_hashes)
            status, kind, body = await self._post(request(old_size, proof, note))
            if status == 200:
                signed = self._line(note, body)
                self._last_size = checkpoint.size
                return signed
            if status != 409:
                raise WitnessTrouble(_refusal(status, checkpoint))
            self._last_size = _size_in(kind, body)
            if self._last_size > checkpoint.size:
                raise WitnessIsAhead(self._last_size, checkpoint.size)
        raise WitnessTrouble(f"it named another size each time ({ATTEMPTS_MAX} times)")

    async def _post(self, body: bytes) -> tuple[int, str, bytes]:
        if self._url is None:
            raise WitnessTrouble("the policy says no address where it could be asked")
        url = f"{self._url.rstrip('/')}/add-checkpoint"
        async with self._http.stream("POST", url, content=body) as answer:
            found = b""
            async for part in answer.aiter_bytes():
                found += part
                if len(found) > ANSWER_BYTES_MAX:
                    raise WitnessTrouble(f"its answer is longer than {ANSWER_BYTES_MAX} bytes")
            return answer.status_code, answer.headers.get("content-type", ""), found

    def _line(self, note: Note, body: bytes) -> Signed:
        try:
            lines = parse_lines(body.decode())
            found = open_note(Note(note.text, lines), [self.key])
        except (BadNote, UnicodeDecodeError) as fault:
            raise WitnessTrouble(f"it answered with something else than its own signature: {fault}") from fault
        return max(found, key=lambda signed: signed.time_s or 0)


def request(old_size: int, proof: list[bytes], note: Note) -> bytes:
    """Return the body of `add-checkpoint`: the size that the witness knows, the proof from there, and the note."""
    lines = [f"old {old_size}", *(base64.b64encode(each).decode() for each in proof)]
    return "\n".join(lines).encode() + b"\n\n" + note.encode()


def _size_in(kind: str, body: bytes) -> int:
    text = body.decode(errors="replace").removesuffix("\n")
    if kind.partition(";")[0].strip() != _SIZE or not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise WitnessTrouble("it knows another size of this log and does not say which")
    return int(text)


def _refusal(status: int, checkpoint: Checkpoint) -> str:
    match status:
        case 404:
            return f"it does not know the log {checkpoint.origin}; its operator has to add it"
        case 403:
            return f"it does not trust the key of {checkpoint.origin}; its operator has to be told of it"
        case 422:
            return "it says that this checkpoint does not extend the one that it cosigned: one of the two is forged"
        case _:
            return f"it answered with status {status}"
