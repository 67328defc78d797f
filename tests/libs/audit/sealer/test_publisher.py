"""A checkpoint is published when enough witnesses have cosigned it; who is late is named, and waited for if needed."""

import asyncio
import time

import httpx
import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Line, Note
from libs.audit.policy import Group, Party, Policy, parse_policy
from libs.audit.sealer import publisher
from tests.libs.audit.sealer.conftest import House, entries_of, grow


def cosigners(house: House) -> set[str]:
    """Who has cosigned what everybody sees."""
    note = Note.parse((house.tiles / "checkpoint").read_bytes())
    return set(house.policy.cosigned(note))


def status_of(house: House, name: str) -> dict[str, object]:
    """What the sealer says of a witness."""
    witnesses = house.status["witnesses"]
    assert isinstance(witnesses, list)
    return next((each for each in witnesses if each["name"] == name), {"trouble": None})


async def test_a_quorum_of_all(house: House) -> None:
    """Every published checkpoint bears the lines of both witnesses, and the policy accepts it."""
    colleagues = house.witnessed("w1", "w2", quorum="both")
    house.policy = Policy(house.policy.logs, house.policy.witnesses, {"both": Group(2, ("w1", "w2"))}, "both")
    for size in (0, 3, 300, 301):
        await house.seal(size)
        assert cosigners(house) == {"w1", "w2"}
        opened = Policy((Party(house.key),), house.policy.witnesses, house.policy.groups, "both")
        assert opened.open((house.tiles / "checkpoint").read_bytes()).checkpoint.size == size

    house.check(await entries_of(house.log))
    assert {each.size for each in colleagues.values()} == {301}


async def test_the_keys_of_all_are_published(house: House) -> None:
    """The file of keys has the log's and the witnesses' verifier keys, one a line."""
    house.witnessed("w1", "w2", quorum="none")
    await house.seal(1)

    vkeys = [house.key.vkey, *(party.key.vkey for party in house.policy.witnesses.values())]
    assert (house.tiles / "key").read_text() == "".join(f"{vkey}\n" for vkey in vkeys)


async def test_an_open_quorum_delays_only_the_publication(house: House) -> None:
    """While the quorum fails the sealing goes on; when the witness is back, all is published at once."""
    [witness] = house.witnessed("w1", quorum="w1").values()
    await house.seal(1)
    witness.is_away = True
    async with house.running() as task:
        for size in (2, 300):
            await grow(house.log, size)
            await house.until(lambda size=size: house.status["size"] == size, task)  # type: ignore[misc]
        assert house.published == 1
        await house.until(lambda: status_of(house, "w1")["trouble"] is not None, task)
        assert "cannot be reached" in str(status_of(house, "w1")["trouble"])

        witness.is_away = False
        await house.until(lambda: house.published == 300, task)
    assert status_of(house, "w1")["trouble"] is None
    assert status_of(house, "w1")["size"] == 300
    house.check(await entries_of(house.log))


async def test_a_slow_witness_holds_up_nobody_who_does_not_need_it(house: House) -> None:
    """One of two is enough: what the quick one cosigned is published, and the slow one's line is added later."""
    house.witnessed("quick", "slow", quorum="any")
    house.policy = Policy((), house.policy.witnesses, {"any": Group(1, ("quick", "slow"))}, "any")
    house.colleagues[1].delay_s = 0.3
    await grow(house.log, 1)
    async with house.running() as task:
        await house.until(lambda: house.published == 1, task)
        assert cosigners(house) == {"quick"}
        await grow(house.log, 2)
        await house.until(lambda: house.published == 2, task)
        assert not house.colleagues[1].size
        await house.until(lambda: cosigners(house) == {"quick", "slow"}, task)


async def test_what_the_quorum_needs_is_waited_for(house: House) -> None:
    """Of a log that grows all the time each candidate stays before a slow witness until that has answered."""
    house.witnessed("slow", quorum="slow")["slow"].delay_s = 0.05
    async with house.running() as task:
        for size in range(1, 60):
            await grow(house.log, size)
            await asyncio.sleep(0.005)
        await house.until(lambda: house.published == 59, task)

    assert len(house.colleagues[0].asked_sizes) < 30


async def test_a_witness_that_hangs_is_late(house: House) -> None:
    """A request that takes too long is given up, and the witness asked again."""
    [witness] = house.witnessed("w1", quorum="w1").values()
    witness.delay_s = 60
    await grow(house.log, 1)
    async with house.running(timeout_s=0.05) as task:
        await house.until(lambda: status_of(house, "w1")["trouble"] is not None, task)
        assert status_of(house, "w1")["trouble"] == "it did not answer within 0.05 s"
        assert status_of(house, "w1")["late_since"]
        witness.delay_s = 0
        await house.until(lambda: house.published == 1, task)


async def test_a_witness_without_address_is_named(house: House) -> None:
    """A policy may name a witness that cannot be asked; that is said."""
    [witness] = house.witnessed("w1", quorum="none").values()
    house.policy = Policy(witnesses={"w1": Party(witness.signer.verifier)})
    await house.seal(1)
    async with house.running() as task:
        await house.until(lambda: "no address" in str(status_of(house, "w1")["trouble"]), task)


async def test_a_witness_is_asked_for_its_word_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is new a witness says from time to time that it saw no larger tree."""
    monkeypatch.setattr(publisher, "REFRESH_S", 0.01)
    [witness] = house.witnessed("w1", quorum="w1").values()
    witness.signer = type(witness.signer)(
        witness.signer.name, witness.signer.private_key, witness.signer.kind, clock=lambda: time.monotonic() * 1000
    )
    await grow(house.log, 1)
    async with house.running() as task:
        await house.until(lambda: house.published == 1, task)
        first = (house.tiles / "checkpoint").read_bytes()
        await house.until(lambda: (house.tiles / "checkpoint").read_bytes() != first, task)
        assert house.published == 1
        assert len(Note.parse((house.tiles / "checkpoint").read_bytes()).lines) == 2


async def test_lines_are_kept_over_a_restart(house: House) -> None:
    """A sealer that starts where nothing is new does not publish less than there was."""
    [witness] = house.witnessed("w1", quorum="none").values()
    await grow(house.log, 1)
    async with house.running() as task:
        await house.until(lambda: house.published == 1 and bool(cosigners(house)), task)
    witness.is_away = True
    async with house.running() as task:
        await house.until(lambda: status_of(house, "w1")["trouble"] is not None, task)

    assert cosigners(house) == {"w1"}


class TestWitnessesThatLie:
    """What a witness answers is verified, or not used."""

    @pytest.mark.parametrize(
        "answer, words",
        [
            (lambda _: httpx.Response(200, content=b""), "something else than its own signature"),
            (lambda _: httpx.Response(200, content=b"x" * 200_000), "longer than 100000 bytes"),
            (lambda _: httpx.Response(200, content=b"\xff\n"), "something else than its own signature"),
            (lambda _: httpx.Response(409, content=b"7\n"), "does not say which"),
            (
                lambda _: httpx.Response(409, content=b"-7\n", headers={"Content-Type": "text/x.tlog.size"}),
                "does not say",
            ),
            (
                lambda _: httpx.Response(409, content=b"1000\n", headers={"Content-Type": "text/x.tlog.size"}),
                "it has cosigned 1000 entries of this log, and here it has 5",
            ),
            (
                lambda _: httpx.Response(409, content=b"2\n", headers={"Content-Type": "text/x.tlog.size"}),
                "another size each time",
            ),
            (lambda _: httpx.Response(404), "does not know the log node.example/governance"),
            (lambda _: httpx.Response(403), "does not trust the key"),
            (lambda _: httpx.Response(422), "one of the two is forged"),
            (lambda _: httpx.Response(307, headers={"Location": "http://elsewhere/"}), "status 307"),
            (lambda _: httpx.Response(500), "status 500"),
        ],
    )
    async def test_are_not_believed(self, house: House, answer: object, words: str) -> None:
        """The sealer says what was wrong, and publishes nothing for it."""
        [witness] = house.witnessed("w1", quorum="w1").values()
        witness.answers = answer  # type: ignore[assignment]
        await grow(house.log, 5)
        async with house.running() as task:
            await house.until(lambda: words in str(status_of(house, "w1")["trouble"]), task)

        assert house.published == -1

    async def test_a_forged_line(self, house: House) -> None:
        """A line of the witness's name and key id that its key did not write is not published."""
        [witness] = house.witnessed("w1", quorum="w1").values()
        key = witness.signer.verifier
        forged = Line(key.name, key.key_id, bytes(72))
        witness.answers = lambda _: httpx.Response(200, content=str(forged).encode())
        await grow(house.log, 5)
        async with house.running() as task:
            await house.until(lambda: "is not right" in str(status_of(house, "w1")["trouble"]), task)

        assert house.published == -1

    async def test_a_line_for_another_tree(self, house: House) -> None:
        """A good signature of something else is no cosignature of this."""
        [witness] = house.witnessed("w1", quorum="w1").values()
        witness.answers = lambda _: httpx.Response(200, content=str(witness.signer.sign("other\n")).encode())
        await grow(house.log, 5)
        async with house.running() as task:
            await house.until(lambda: "is not right" in str(status_of(house, "w1")["trouble"]), task)

        assert house.published == -1

    async def test_lines_of_strangers_are_left_out(self, house: House) -> None:
        """Of what comes along with the witness's own line nothing is published."""
        [witness] = house.witnessed("w1", quorum="w1").values()
        stranger = Line("stranger.example", b"abcd", bytes(72))
        witness.answers = lambda note: httpx.Response(
            200, content=f"{stranger}{witness.signer.sign(note.text)}".encode()
        )
        await house.seal(5)

        names = [line.name for line in Note.parse((house.tiles / "checkpoint").read_bytes()).lines]
        assert names == ["node.example/governance", "w1.example"]


async def test_a_witness_that_knows_another_size_is_caught_up(house: House) -> None:
    """A witness that names the size it knows gets the proof from there, whatever the sealer believed."""
    [witness] = house.witnessed("w1", quorum="w1").values()
    await house.seal(300)
    await house.seal(600)  # by a sealer that knows nothing of the first one's witness
    async with house.running() as task:
        witness.forget()
        await grow(house.log, 601)
        await house.until(lambda: house.published == 601, task)

    assert witness.size == 601


async def test_a_split_view_is_evidence(house: House) -> None:
    """A witness that saw another tree of this size under the log's key refuses and keeps both; the operator is told."""
    [witness] = house.witnessed("w1", quorum="w1").values()
    await house.seal(5)
    other = House(house.folder / "other")
    await grow(other.log, 5, salt="other")
    other.secrets = house.secrets
    other.colleagues, other.policy = house.colleagues, house.policy
    async with other.running() as task:
        await other.until(lambda: "one of the two is forged" in str(status_of(other, "w1")["trouble"]), task)

    assert other.published == -1
    [evidence] = witness.store.evidence()
    assert {Checkpoint.parse(Note.parse(data).text).size for data in (evidence.cosigned, evidence.other)} == {5}


def test_a_policy_is_read_as_it_is_written(house: House) -> None:
    """What a policy file says is what the sealer goes by."""
    [witness] = house.witnessed("w1", quorum="w1").values()
    text = f"witness w1 {witness.signer.verifier.vkey} {witness.party.url}\nquorum w1\n"

    assert parse_policy(text.encode()) == house.policy
