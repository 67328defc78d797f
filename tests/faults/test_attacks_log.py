"""
Attacks on the vote log itself, each by its name: whoever runs the node tries them, and holds the log's key.

Each says whether it is *refused*, and by whom, or *found*, and by whom. What is found is found in the files that
everybody can read, with a key and a policy that came from elsewhere; the node's word is not asked. What single ballots
could be made to say is tried in `tests/libs/audit`; damage that nobody meant, on whole nodes, in `test_repair.py`.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import InvalidProof, consistency_proof, leaf_hash, verify_inclusion
from libs.audit.notes import COSIGNATURE, BadKey, BadNote, Note, Signer, Verifier, open_note
from libs.audit.policy import BadPolicy, NoQuorum, parse_policy
from libs.audit.proofs import TlogProof
from libs.audit.tiles import TileFolder
from libs.audit.witness import Witness
from libs.audit.witness.requests import AddCheckpoint, NotConsistent, NotTheLatest
from libs.audit.witness.store import Store
from libs.errors import LogHasGap
from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.memory import MemoryLog
from libs.eventlog.register import MemoryRegister
from libs.node.bench.votes import vote_log
from libs.node.cli import main
from libs.node.embedded import EmbeddedNats
from libs.node.permissions import ADMIN
from libs.node.streams import prepare_streams
from libs.node.trouble import NodeTrouble
from tests.libs.audit.conftest import audited, place, rewritten, rules
from tests.libs.audit.sealer.conftest import House, entries_of, grow
from tests.libs.audit.test_seal import POLICY
from tests.libs.audit.tiled import LOG, ORIGIN, WITNESSES, publish

BALLOTS_COUNT = 300

Audit = Callable[..., set[str]]


@pytest.fixture(scope="module")
def honest() -> list[bytes]:
    """The log of one poll, from its group's beginning to its result."""
    return list(vote_log(BALLOTS_COUNT, polls_count=1))


@pytest.fixture
def served(tmp_path: Path, honest: list[bytes]) -> Path:
    """What everybody sees of it: sealed, and cosigned by both witnesses."""
    folder = tmp_path / "served"
    publish(folder, honest)
    return folder


@pytest.fixture
def audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """
    What `plaanet audit` says of a folder, as the names of the rules that were broken.

    The auditor comes back: what was seen the last time is remembered.
    """
    policy = tmp_path / "auditor.policy"
    policy.write_bytes(POLICY)

    def run(folder: Path) -> set[str]:
        main(["audit", str(folder), "--policy", str(policy), "--state", str(tmp_path / "auditor"), "--json"])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return {difference["rule"] for difference in report["differences"]}

    return run


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """One of the two witnesses, as it runs elsewhere."""
    store = Store(tmp_path / "witness.sqlite")
    yield Witness([LOG.verifier], WITNESSES[0], store)
    store.close()


def serve(folder: Path, entries: list[bytes], *signers: Signer) -> None:
    """Have everybody see these entries from now on, signed."""
    shutil.rmtree(folder, ignore_errors=True)
    publish(folder, entries, signers=signers or (LOG, *WITNESSES))


def asked(folder: Path, old_size: int) -> bytes:
    """What a keeper sends to a witness to have the log in *folder* cosigned."""
    note = Note.parse((folder / "checkpoint").read_bytes())
    note = Note(note.text, note.lines[:1])
    checkpoint = Checkpoint.parse(note.text)
    proof = consistency_proof(old_size, checkpoint.size, TileFolder(folder).hashes(checkpoint.size))
    return AddCheckpoint(old_size, tuple(proof), note, checkpoint).encode()


def without(entries: list[bytes], index: int) -> list[bytes]:
    """The log as if the entry had never been."""
    return [*entries[:index], *entries[index + 1 :]]


def test_the_honest_log_is_found_so(served: Path, audit: Audit) -> None:
    """Nothing that is found below is found of the log that was left alone; twice is once."""
    assert audit(served) == set()
    assert audit(served) == set()


class TestTwoVotersGivenOneReceipt:
    """Ana's ballot is kept, Bo's is not, and both are told the same position."""

    def test_is_found_by_the_second(self, served: Path, honest: list[bytes]) -> None:
        """Found by Bo: no proof of that position holds for Bo's ballot, and the entry there bears Ana's pseudonym."""
        ana, bo = place(honest, "BallotCast"), place(honest, "BallotCast", 1)
        serve(served, without(honest, bo))
        note = (served / "checkpoint").read_bytes()
        proof = TlogProof.make(ana, note, TileFolder(served).hashes(len(honest) - 1))

        proof.verify(honest[ana], parse_policy(POLICY))

        with pytest.raises(InvalidProof):
            proof.verify(honest[bo], parse_policy(POLICY))
        assert orjson.loads(honest[ana])["actor"] != orjson.loads(honest[bo])["actor"]


class TestSplitView:
    """Two histories of one size, each signed by the log, for two audiences."""

    @pytest.fixture
    def other(self, tmp_path: Path, honest: list[bytes]) -> Path:
        """The other history: one ballot is another."""
        at = place(honest, "BallotCast", 5)
        changed = rewritten(honest[at], lambda fields: fields["data"].update(choices=["A pond"]))
        folder = tmp_path / "other"
        serve(folder, [*honest[:at], changed, *honest[at + 1 :]], LOG)
        return folder

    def test_is_refused_by_a_witness(self, served: Path, other: Path, witness: Witness, honest: list[bytes]) -> None:
        """Refused by each witness that has seen the first, and kept: the log's own signature is under both."""
        witness.add(asked(served, 0))

        with pytest.raises(NotConsistent):
            witness.add(asked(other, len(honest)))

        [evidence] = witness.store.evidence()
        for note in (evidence.cosigned, evidence.other):
            assert open_note(Note.parse(note), [LOG.verifier])
        assert evidence.cosigned != evidence.other

    def test_is_refused_by_who_asks_for_a_quorum(self, other: Path, audit: Audit) -> None:
        """Refused by whoever trusts the witnesses: the second history has not their lines."""
        with pytest.raises(NoQuorum):
            parse_policy(POLICY).open((other / "checkpoint").read_bytes())

        assert "witness" in audit(other)

    def test_is_found_by_an_auditor_who_saw_both(self, served: Path, other: Path, audit: Audit) -> None:
        """Found by an audit that remembers, also where all witnesses lie."""
        assert audit(served) == set()
        entries = list(TileFolder(other).entries(0, Checkpoint.parse(_text(other)).size))
        serve(other, entries)

        assert "fork" in audit(other)


def copied(house: House) -> "House":
    """Return a copy of the house's log and folders as they are now."""
    copy = House(house.folder.with_name("older"))
    shutil.copytree(house.folder, copy.folder)
    copy.log = deepcopy(house.log)
    return copy


def put_back(house: House, older: House) -> None:
    """Put log, tiles, state and key back to a copy."""
    for name in ("tiles", "sealer", "secrets"):
        shutil.rmtree(house.folder / name)
        shutil.copytree(older.folder / name, house.folder / name)
    house.log = older.log


class TestRolledBack:
    """The whole node is put back to an older copy, and goes on from there."""

    def test_is_refused_by_a_witness(self, served: Path, witness: Witness, honest: list[bytes]) -> None:
        """Refused: a witness cosigns no smaller tree, and no larger one that does not begin with what it saw."""
        witness.add(asked(served, 0))
        size = len(honest)

        serve(served, honest[: size - 9], LOG)
        with pytest.raises(NotTheLatest):
            witness.add(asked(served, 0))
        serve(served, [*honest[: size - 9], *honest[:20]], LOG)
        with pytest.raises(NotConsistent):
            witness.add(asked(served, size))

    def test_is_found_by_the_audit(self, served: Path, audit: Audit, honest: list[bytes]) -> None:
        """Found by an audit that remembers a longer log."""
        assert audit(served) == set()

        serve(served, honest[:-9])

        assert "rollback" in audit(served)

    async def test_of_the_stream_alone_is_refused_by_the_sealer(self, tmp_path: Path) -> None:
        """Refused: a log that is shorter than its tiles is not sealed on."""
        house = House(tmp_path / "house")
        await house.seal(20)
        house.log = MemoryLog("governance")
        await grow(house.log, 12)

        assert "ends at 12, and 20 entries of it are sealed" in await house.fault()

    async def test_of_log_and_folders_is_refused_by_the_sealer(self, tmp_path: Path) -> None:
        """Refused: what the sealers agreed on (their lease's record) is newer, and another log does not lead there."""
        house = House(tmp_path / "house")
        await house.seal(12)
        older = copied(house)
        await house.seal(20)

        put_back(house, older)
        await grow(house.log, 30, salt="another ")

        assert "another root for 20 entries than was signed" in await house.fault()

    async def test_of_everything_is_not_published(self, tmp_path: Path) -> None:
        """Refused by the quorum: what is signed anew after an older copy of all there is, is shown to nobody."""
        house = House(tmp_path / "house")
        witness = house.witnessed("w1", quorum="w1")["w1"]
        await house.seal(12)
        older, record = copied(house), await house.register.read()
        await house.seal(20)

        put_back(house, older)
        house.register = MemoryRegister()
        await house.register.write(record.data if record else b"", after=0)
        await grow(house.log, 30, salt="another ")
        async with house.running() as task:
            await house.until(lambda: 30 in witness.asked_sizes, task)

        assert house.published == 12
        assert witness.size == 20


class TestForgedWitness:
    """A line in the name of a witness who has not signed."""

    @pytest.fixture
    def forger(self) -> Signer:
        """Somebody else's key under the witness's name."""
        return replace(WITNESSES[0], private_key=Ed25519PrivateKey.from_private_bytes(b"f" * 32))

    def test_with_another_key_is_passed_over(
        self, served: Path, honest: list[bytes], forger: Signer, audit: Audit
    ) -> None:
        """Refused: the line of an unknown key counts for nothing, so the quorum is not met."""
        serve(served, honest, LOG, forger, WITNESSES[1])

        with pytest.raises(NoQuorum):
            parse_policy(POLICY).open((served / "checkpoint").read_bytes())
        assert "witness" in audit(served)

    def test_with_the_same_key_id_and_another_key(
        self, served: Path, honest: list[bytes], forger: Signer, audit: Audit
    ) -> None:
        """Refused: a key id can be met by trying, so the key itself must have signed, or nothing counts."""
        serve(served, honest, LOG, WITNESSES[1])
        note = Note.parse((served / "checkpoint").read_bytes())
        line = forger.sign(note.text)._replace(key_id=WITNESSES[0].verifier.key_id)
        (served / "checkpoint").write_bytes(note.with_lines([line]).encode())

        with pytest.raises(BadNote, match="is not right"):
            parse_policy(POLICY).open((served / "checkpoint").read_bytes())
        assert audit(served) == {"checkpoint"}

    def test_two_keys_that_lines_cannot_tell_apart(self, served: Path) -> None:
        """Refused: whoever trusts two keys of one name and key id trusts neither."""
        one = Verifier("w1.example", bytes(32), COSIGNATURE)
        other = Verifier("w1.example", bytes([1]) * 32, COSIGNATURE)
        other.__dict__["key_id"] = one.key_id  # what a forger finds after some four billion keys

        with pytest.raises(BadKey):
            open_note(Note.parse((served / "checkpoint").read_bytes()), [one, other])

    def test_one_key_for_two_witnesses(self) -> None:
        """Refused: a policy does not count one key twice."""
        key = WITNESSES[0].verifier
        twice = (
            f"witness a {key.vkey}\nwitness b {Verifier('b.example', key.public_key, COSIGNATURE).vkey}\nquorum none\n"
        )

        with pytest.raises(BadPolicy, match="stands in the policy already"):
            parse_policy(twice.encode())


class TestOneTileByte:
    @pytest.mark.parametrize("file", ["tile/0/000", "tile/entries/000", "tile/1/000.p/3"])
    def test_where_no_proof_looks(self, tmp_path: Path, audit: Audit, file: str) -> None:
        """Found by the audit, which makes every tile again; a proof that does not touch the byte goes on to hold."""
        entries = list(vote_log(500, polls_count=1))
        publish(tmp_path / "log", entries)
        path = tmp_path / "log" / file
        data = bytearray(path.read_bytes())
        data[40] ^= 1
        path.write_bytes(data)
        tree = Checkpoint.parse(_text(tmp_path / "log"))
        if file != "tile/1/000.p/3":
            proof = TlogProof.make(
                len(entries) - 1, (tmp_path / "log/checkpoint").read_bytes(), _hashes(tmp_path / "log")
            )
            leaf = leaf_hash(entries[-1])
            verify_inclusion(proof.hashes, leaf=leaf, index=len(entries) - 1, size=tree.size, root=tree.root)

        assert "tile" in audit(tmp_path / "log")


class TestBallotDropped:
    """A ballot disappears after its voter has the receipt."""

    def test_before_it_is_sealed(self, served: Path, honest: list[bytes]) -> None:
        """Found by the voter: the receipt's position holds somebody else's entry, and no proof comes."""
        at = place(honest, "BallotCast", 7)

        serve(served, without(honest, at))

        found = next(TileFolder(served).entries(at, len(honest) - 1))
        assert orjson.loads(found)["actor"] != orjson.loads(honest[at])["actor"]

    def test_after_it_is_sealed(self, served: Path, honest: list[bytes], witness: Witness, audit: Audit) -> None:
        """Refused by a witness, and found by an audit that remembers; the voter's own proof shows it to anybody."""
        at, size = place(honest, "BallotCast", 7), len(honest)
        kept = TlogProof.make(at, (served / "checkpoint").read_bytes(), TileFolder(served).hashes(size))
        witness.add(asked(served, 0))
        assert audit(served) == set()

        dropped = [*without(honest, at), *honest[-3:]]
        serve(served, dropped)

        with pytest.raises(NotConsistent):
            witness.add(asked(served, size))
        assert "fork" in audit(served)
        kept.verify(honest[at], parse_policy(POLICY))
        assert honest[at] not in dropped


@pytest.mark.nats
class TestTrimmed:
    """An administrator limits the stream with `max_msgs`: its oldest entries go."""

    async def trim(self, server: EmbeddedNats, count: int, *, restore: bool) -> None:
        """Write ten entries, and leave the newest."""
        client = await server.connect(ADMIN)
        for number in range(10):
            await client.request(f"log.governance.poll.{number}", b"{}")
        config = json.loads((await client.request("$JS.API.STREAM.INFO.governance", b"")).data)["config"]
        changes: list[dict[str, object]] = [{"max_msgs": count, "discard": "old"}]
        if restore:
            changes.append({"max_msgs": -1, "discard": "new"})
        for change in changes:
            await client.request("$JS.API.STREAM.UPDATE.governance", json.dumps(config | change).encode())
        await client.close()

    async def test_is_refused_at_the_next_start(self, nats_server: EmbeddedNats) -> None:
        """Refused by the node: a stream that forgets is not served as a log."""
        await self.trim(nats_server, 4, restore=False)

        with pytest.raises(NodeTrouble, match="it differs in discard, max_msgs"):
            await prepare_streams(nats_server.url, nats_server.password_file(ADMIN).read_text())

    async def test_is_found_by_every_reader(self, nats_server: EmbeddedNats) -> None:
        """Found by whoever reads, also when the limit is lifted again; the sentence says how it is repaired."""
        await self.trim(nats_server, 4, restore=True)
        client = await nats_server.connect("auditor")

        with pytest.raises(LogHasGap, match=r"position 1 to 6 is missing before 7.*plaanet log repair"):
            await JetStreamLog(client, "governance").entries(0)

        await client.close()


class TestAppendedAgain:
    """The log lost its newest entries, and somebody writes them, or others, again."""

    async def test_at_another_position_is_refused_by_the_sealer(self, tmp_path: Path) -> None:
        """Refused: what the tiles hold at a position is not replaced; a repair puts back what was sealed."""
        house = House(tmp_path / "house")
        await house.seal(20)
        entries = await entries_of(house.log)
        house.log = MemoryLog("governance")
        await grow(house.log, 17)
        house.log._entries += [
            house.log._entries[0]._replace(position=18 + n, data=data) for n, data in enumerate(entries[:16:-1])
        ]

        assert "is not what its tiles hold" in await house.fault()
        assert house.published == 20

    def test_twice_is_found_by_the_audit(self, honest: list[bytes]) -> None:
        """Found: an entry that stands in the log a second time bears an id, and a version, that was there before."""
        at = place(honest, "BallotCast", 7)

        broken = rules(audited([*honest[: at + 5], honest[at], *honest[at + 5 :]]))

        assert "id-twice" in broken


class TestStuffing:
    """Somebody with write access to the stream puts ballots into it that no member cast."""

    def stuffed(self, honest: list[bytes], voter: UUID, address: UUID | None = None) -> list[bytes]:
        """The log with one more ballot, well formed, before the close."""
        at, close = place(honest, "BallotCast"), place(honest, "PollClosed")
        poll_id = UUID(orjson.loads(honest[at])["data"]["poll_id"])

        def change(fields: dict[str, Any]) -> None:
            fields["data"].update(voter=str(voter))
            fields.update(actor=str(voter), id=str(uuid4()), aggregate_id=str(address or uuid5(poll_id, str(voter))))

        return [*honest[:close], rewritten(honest[at], change), *honest[close:]]

    def test_of_somebody_who_is_not_on_the_roll(self, honest: list[bytes]) -> None:
        """Found by the audit, and not counted: the roll was frozen at the opening."""
        assert "not-on-the-roll" in rules(audited(self.stuffed(honest, uuid4())))

    def test_of_a_voter_who_has_voted(self, honest: list[bytes]) -> None:
        """Found by the audit, and not counted: a voter has one ballot, at one address."""
        voter = UUID(orjson.loads(honest[place(honest, "BallotCast", 3)])["actor"])

        assert {"second-ballot", "address", "version"} & set(rules(audited(self.stuffed(honest, voter))))
        assert "address" in rules(audited(self.stuffed(honest, voter, uuid4())))

    def test_after_the_close(self, honest: list[bytes]) -> None:
        """Found by the audit: it is late, and named as late; the result stands."""
        stuffed = self.stuffed(honest, uuid4())
        close = place(stuffed, "PollClosed")
        late = [*stuffed[: close - 1], *stuffed[close:], stuffed[close - 1]]

        [poll] = audited(late).polls

        assert poll.late_positions == (len(late),)


def _text(folder: Path) -> str:
    return Note.parse((folder / "checkpoint").read_bytes()).text


def _hashes(folder: Path) -> Any:
    return TileFolder(folder).hashes(Checkpoint.parse(_text(folder)).size)


def test_the_log_is_the_one_that_is_meant() -> None:
    """The attacks above are on the log that the policy names."""
    [party] = parse_policy(POLICY).logs

    assert party.key.name == ORIGIN
