"""A witness cosigns what extends what it saw, and nothing else, whoever asks and however many at once."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.notes import BadKey, BadNote, Note, Signer, open_note
from libs.audit.witness import Witness
from libs.audit.witness.requests import (
    Malformed,
    NotConsistent,
    NotFromTheLog,
    NotTheLatest,
    Refused,
    UnknownLog,
)
from libs.audit.witness.store import Store, name_of
from libs.node.process import ROOT
from tests.libs.audit.witness.conftest import LOG, ORIGIN, W1, Keeper


def size_of(store: Store) -> int:
    """The size that the witness cosigned last."""
    latest = store.latest(name_of(ORIGIN))
    return latest.size if latest else 0


class TestCosigning:
    def test_the_first(self, witness: Witness, keeper: Keeper) -> None:
        """The first checkpoint of a log is believed as it is; its line verifies below the log's text."""
        request = keeper.request(0, 5)

        line = witness.add(request.encode())

        [signed] = open_note(request.note.with_lines([line]), [W1.verifier])
        assert signed.time_s == 1_700_000_000

    @pytest.mark.parametrize("sizes", [(0, 1, 2, 3, 8, 9, 300), (0, 0, 7), (4, 4)])
    def test_what_extends_the_last(self, witness: Witness, keeper: Keeper, sizes: tuple[int, ...]) -> None:
        """Larger trees with their proofs are, and the same tree again; also that of nothing."""
        for old_size, size in pairwise((0, *sizes)):
            witness.add(keeper.request(old_size, size).encode())

        assert size_of(witness.store) == sizes[-1]

    def test_keeps_the_lines_of_the_log_and_its_own_alone(self, witness: Witness, keeper: Keeper) -> None:
        """What monitors read bears nobody's line that the witness did not check."""
        stranger = replace(W1, name="stranger.example")
        request = keeper.request(0, 5)
        note = request.note.with_lines([stranger.sign(request.note.text)])

        witness.add(replace(request, note=note).encode())

        latest = witness.store.latest(name_of(ORIGIN))
        assert latest is not None
        assert [line.name for line in Note.parse(latest.note).lines] == [ORIGIN, "w1.example"]

    def test_its_time_never_goes_backwards(self, store: Store, keeper: Keeper) -> None:
        """A clock that was set back makes no older cosignature: the last time stands until it is passed."""
        times = iter((1000.9, 400.0, 1001.0))
        witness = Witness([LOG.verifier], replace(W1, clock=lambda: next(times)), store)

        lines = [witness.add(keeper.request(old, size).encode()) for old, size in pairwise((0, 3, 4, 5))]

        notes = [keeper.note(size).with_lines([line]) for size, line in zip((3, 4, 5), lines, strict=True)]
        assert [open_note(note, [W1.verifier])[0].time_s for note in notes] == [1000, 1000, 1001]

    def test_of_several_keys_of_a_log_each_may_sign(self, store: Store, keeper: Keeper) -> None:
        """While a log changes its key both are known, and the tree goes on."""
        new = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"n" * 32))
        witness = Witness([LOG.verifier, new.verifier], W1, store)

        witness.add(keeper.request(0, 3).encode())
        witness.add(Keeper(signer=new).request(3, 5).encode())

        assert size_of(store) == 5

    def test_logs_do_not_meet(self, store: Store, keeper: Keeper) -> None:
        """Each log has a last checkpoint of its own."""
        other = Signer("other.example/governance", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
        witness = Witness([LOG.verifier, other.verifier], W1, store)

        witness.add(keeper.request(0, 9).encode())
        witness.add(Keeper("other", other).request(0, 2).encode())

        assert [(each.origin, each.size) for each in store.all()] == [(other.name, 2), (ORIGIN, 9)]


class TestRefusing:
    def refuses(self, witness: Witness, request: bytes, kind: type[Refused]) -> None:
        """The request is refused so, and what was cosigned last stands."""
        before = size_of(witness.store)

        with pytest.raises(kind):
            witness.add(request)

        assert size_of(witness.store) == before

    def test_an_unknown_log(self, witness: Witness) -> None:
        """404: nobody asked this witness to watch it."""
        other = Signer("other.example/governance", LOG.private_key)

        self.refuses(witness, Keeper(signer=other).request(0, 5).encode(), UnknownLog)

    def test_a_checkpoint_that_the_log_did_not_sign(self, witness: Witness) -> None:
        """403: under the log's name, with another key."""
        forger = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"f" * 32))

        self.refuses(witness, Keeper(signer=forger).request(0, 5).encode(), NotFromTheLog)

    def test_a_forged_line_of_the_log(self, witness: Witness, keeper: Keeper) -> None:
        """403: the line names the log's key and is not right."""
        request = keeper.request(0, 5)
        [line] = request.note.lines
        forged = line._replace(signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))

        self.refuses(witness, replace(request, note=Note(request.note.text, (forged,))).encode(), NotFromTheLog)

    def test_another_old_size(self, witness: Witness, keeper: Keeper) -> None:
        """409 with the size that the log has to prove from; so a log that lost its memory goes on."""
        witness.add(keeper.request(0, 5).encode())

        with pytest.raises(NotTheLatest) as refusal:
            witness.add(keeper.request(0, 9).encode())
        witness.add(keeper.request(refusal.value.size, 9).encode())

        assert size_of(witness.store) == 9

    def test_a_log_that_was_rolled_back(self, witness: Witness, keeper: Keeper) -> None:
        """400 or 409: no smaller tree is cosigned after a larger one."""
        witness.add(keeper.request(0, 9).encode())

        self.refuses(witness, keeper.request(9, 5).encode(), Malformed)
        self.refuses(witness, keeper.request(5, 5).encode(), NotTheLatest)
        self.refuses(witness, keeper.request(0, 5).encode(), NotTheLatest)
        self.refuses(witness, keeper.request(5, 7).encode(), NotTheLatest)

    @pytest.mark.parametrize("size", [6, 8, 300])
    def test_another_history(self, witness: Witness, keeper: Keeper, size: int) -> None:
        """422: a larger tree that does not begin with the one that was cosigned."""
        witness.add(keeper.request(0, 5).encode())

        self.refuses(witness, Keeper("another").request(5, size).encode(), NotConsistent)

    def test_a_proof_where_nothing_is_to_be_proved(self, witness: Witness, keeper: Keeper) -> None:
        """422: hashes from nothing on, or from a tree to itself."""
        hashes = (bytes(32),)

        self.refuses(witness, replace(keeper.request(0, 5), proof=hashes).encode(), NotConsistent)
        witness.add(keeper.request(0, 5).encode())
        self.refuses(witness, replace(keeper.request(5, 5), proof=hashes).encode(), NotConsistent)

    def test_keys_that_lines_cannot_tell_apart(self, store: Store) -> None:
        """Two keys of one name and key id are refused at the start."""
        with pytest.raises(BadKey):
            Witness([LOG.verifier, LOG.verifier], W1, store)


class TestSplitView:
    def test_is_refused_and_kept(self, witness: Witness, keeper: Keeper) -> None:
        """422: two trees of one size, both signed; what the log cannot deny is kept, once."""
        witness.add(keeper.request(0, 5).encode())
        liar = Keeper("another")

        for _ in range(2):
            with pytest.raises(NotConsistent):
                witness.add(liar.request(5, 5).encode())

        [evidence] = witness.store.evidence()
        texts = [Note.parse(note).text for note in (evidence.cosigned, evidence.other)]
        assert texts == [keeper.note(5).text, liar.note(5).text]
        for note in (evidence.cosigned, evidence.other):
            assert open_note(Note.parse(note), [LOG.verifier])
        assert size_of(witness.store) == 5

    def test_is_seen_also_from_a_log_without_memory(self, witness: Witness, keeper: Keeper) -> None:
        """The liar need not know what was cosigned last to give itself away."""
        witness.add(keeper.request(0, 5).encode())

        with pytest.raises(NotTheLatest):
            witness.add(Keeper("another").request(0, 5).encode())

        assert [each.size for each in witness.store.evidence()] == [5]

    def test_the_same_tree_is_no_evidence(self, witness: Witness, keeper: Keeper) -> None:
        """An honest log that asks twice, or with an old size that is not right, is not accused."""
        witness.add(keeper.request(0, 5).encode())

        witness.add(keeper.request(5, 5).encode())
        with pytest.raises(NotTheLatest):
            witness.add(keeper.request(0, 5).encode())

        assert not witness.store.evidence()


class TestForgedWitness:
    def test_a_key_with_the_same_key_id_does_not_pass(self, keeper: Keeper) -> None:
        """Four bytes of a key id can be met by trying; the line of such a key below the log's text is refused."""
        forger = replace(W1, private_key=Ed25519PrivateKey.from_private_bytes(b"f" * 32))
        note = keeper.note(5)
        line = forger.sign(note.text)._replace(key_id=W1.verifier.key_id)

        with pytest.raises(BadNote, match="is not right"):
            open_note(note.with_lines([line]), [W1.verifier])


class TestAtOnce:
    def test_of_two_one_wins(self, witness: Witness, keeper: Keeper) -> None:
        """Two worlds ask for the next checkpoint at the same moment: one is cosigned, the other is refused."""
        witness.add(keeper.request(0, 5).encode())
        requests = [Keeper(world).request(5, 5 + (world == "")) for world in ("", "another")] * 8

        def add(body: bytes) -> bool:
            try:
                witness.add(body)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            done = list(pool.map(add, [request.encode() for request in requests]))

        assert sum(done) == 1
        assert size_of(witness.store) == 6

    def test_a_thousand_only_go_on(self, tmp_path: Path, keeper: Keeper) -> None:
        """However requests cross, through two doors to one file, each cosigned tree is at least the one before it."""
        stores = [Store(tmp_path / "shared.sqlite") for _ in range(2)]
        turns = count(1)  # the time is asked for while no other request can be decided: it numbers them
        witnesses = [Witness([LOG.verifier], replace(W1, clock=lambda: next(turns)), store) for store in stores]
        cosigned: list[tuple[int, int]] = []

        def add(number: int) -> None:
            chance, old_size = random.Random(number), 0
            for _ in range(3):
                request = keeper.request(old_size, old_size + (chance.random() < 0.2))
                try:
                    line = witnesses[number % 2].add(request.encode())
                except NotTheLatest as refusal:
                    old_size = refusal.size
                    continue
                [signed] = open_note(request.note.with_lines([line]), [W1.verifier])
                cosigned.append((signed.time_s or 0, request.checkpoint.size))
                return

        with ThreadPoolExecutor(32) as pool:
            list(pool.map(add, range(1000)))

        sizes = [size for _, size in sorted(cosigned)]
        assert len(set(sizes)) > 20
        assert sizes == sorted(sizes)
        assert size_of(stores[0]) == size_of(stores[1]) == sizes[-1]
        for store in stores:
            store.close()


_KILLED_WHILE_IT_DECIDES = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from libs.audit.witness import Witness
from libs.audit.witness.store import Store
from tests.libs.audit.witness.conftest import LOG, W1, Keeper

def die():
    # The time is asked for between the check and the change.
    os.kill(os.getpid(), signal.SIGKILL)

store = Store(Path(sys.argv[1]))
witness = Witness([LOG.verifier], W1, store)
witness.add(Keeper().request(0, 5).encode())
print("5", flush=True)
Witness([LOG.verifier], replace(W1, clock=die), store).add(Keeper().request(5, 9).encode())
"""


def test_killed_between_the_check_and_the_answer(tmp_path: Path, keeper: Keeper) -> None:
    """kill -9 in the middle: the next start knows what was answered, and takes the same request again."""
    file = tmp_path / "witness.sqlite"
    command = [sys.executable, "-c", _KILLED_WHILE_IT_DECIDES, str(file)]
    killed = subprocess.run(command, check=False, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True)
    assert (killed.returncode, killed.stdout) == (-9, b"5\n"), killed.stderr

    store = Store(file)
    witness = Witness([LOG.verifier], W1, store)

    assert size_of(store) == 5
    with pytest.raises(NotConsistent):
        witness.add(Keeper("another").request(5, 9).encode())
    witness.add(keeper.request(5, 9).encode())
    store.close()
