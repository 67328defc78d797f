"""Entries that are sealed: read when their key is known, as if they were read in their place, and not before."""

from collections import Counter
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import orjson
import pytest

from libs.audit import Replay, Report, StateUnusable
from libs.contracts.governance import StrikePaperBatch, WithdrawBallot
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, GROUP, Town, audited, place, rewritten, rules, with_data

WILD, ORCHARD = Ballot(("wild",)), Ballot(("orchard",))


async def held(town: Town, poll_id: UUID) -> list[bytes]:
    """A vote with every kind of ballot: replaced, withdrawn, on paper, struck."""
    await town.vote(poll_id, ANA, "orchard")
    await town.vote(poll_id, BO, "wild")
    await town.vote(poll_id, ANA, "wild")
    await town.vote(poll_id, CY, "orchard")
    await town.governance.do(WithdrawBallot(poll_id=poll_id), by=CY)
    struck = await town.enter(poll_id, ("wild",), ("wild",))
    await town.enter(poll_id, ("orchard",))
    await town.governance.do(StrikePaperBatch(poll_id=poll_id, batch_id=struck, reason="Twice."), by=ANA)
    await town.close(poll_id)
    await town.declare(poll_id, Counter({WILD: 2, ORCHARD: 1}), paper_count=1)
    return await town.entries()


def audited_with(entries: list[bytes], keys: dict[UUID, bytes]) -> Report:
    """What an audit finds that was given keys."""
    replay = Replay(keys=keys)
    replay.read(entries)
    return replay.report()


class TestHiddenResults:
    @pytest.fixture
    async def hidden(self, town: Town) -> list[bytes]:
        """A poll whose ballots nobody could read before its close."""
        return await held(town, await town.open(results="hidden"))

    def test_are_read_with_the_key_of_the_close(self, hidden: list[bytes]) -> None:
        """Every ballot counts as if it had stood in the open."""
        assert not any(b"wild" in entry for entry in hidden if b'"BallotCast"' in entry)
        report = audited(hidden)

        assert report.is_clean
        assert (report.polls[0].ballots_count, report.polls[0].paper_ballots_count) == (3, 1)

    def test_are_not_read_before(self, hidden: list[bytes]) -> None:
        """While it is open there is nothing to see and nothing wrong."""
        report = audited(hidden[: place(hidden, "PollClosed")])

        assert report.is_clean
        assert report.polls[0].ballots_count == 0

    def test_can_be_gone_on_with(self, hidden: list[bytes], tmp_path: object) -> None:
        """What waits for the key waits in the state."""
        state = tmp_path / "state"  # type: ignore[operator]
        for end in range(len(hidden)):
            replay = Replay(state)
            replay.read(hidden[replay.position : end])
            replay.keep()
            replay.close()
        replay = Replay(state)
        replay.read(hidden[replay.position :])

        assert replay.report() == audited(hidden)

    def test_whose_key_is_another(self, hidden: list[bytes]) -> None:
        """The opening committed to the key."""
        close = place(hidden, "PollClosed")
        for told in ({"is_early": False, "key": "6b" * 32}, {"is_early": False}):
            tampered = [*hidden]
            fields = orjson.loads(hidden[close])
            tampered[close] = orjson.dumps({**fields, "data": told}, option=orjson.OPT_SORT_KEYS)

            assert {"poll-key", "result"} <= set(rules(audited(tampered)))

    def test_with_a_ballot_in_the_open(self, hidden: list[bytes], town: Town) -> None:
        """A ballot that everybody could read, and one that nobody ever can, are found."""
        cast = place(hidden, "BallotCast")
        sealed = with_data(hidden[cast], key_id=str(uuid4()))

        assert "sealed" in rules(audited([*hidden[:cast], sealed, *hidden[cast + 1 :]]))

    def test_with_a_ballot_moved(self, hidden: list[bytes]) -> None:
        """What is sealed says nothing in any other place: one voter's ballot is none of another's."""
        one, other = place(hidden, "BallotCast"), place(hidden, "BallotCast", 1)
        hidden[one], hidden[other] = (
            with_data(hidden[one], sealed=_sealed(hidden[other])),
            with_data(hidden[other], sealed=_sealed(hidden[one])),
        )

        assert rules(audited(hidden)).count("sealed") == 2

    async def test_with_a_ballot_in_the_open_throughout(self, town: Town, poll_id: UUID) -> None:
        """What should be hidden and is not, is counted and named: members' ballots and those on paper."""
        entries = await held(town, poll_id)  # the same votes in a poll whose count may be watched
        opened = [nth for nth, entry in enumerate(entries) if b'"PollOpened"' in entry][-1]
        entries[opened] = with_data(entries[opened], terms={"results": "hidden", "key_sha256": "0" * 64})

        found = rules(audited(entries))
        assert found.count("sealed") == len([e for e in entries[opened:] if b'"choices"' in e or b'"ballots"' in e])
        assert "poll-key" in found


class TestAPollThatAllMayWatch:
    async def test_takes_no_sealed_ballot(self, town: Town, poll_id: UUID) -> None:
        """A forged ballot that nobody can read would keep its voter from voting: it is named and counts for nothing."""
        await town.vote(poll_id, ANA, "wild")
        await town.vote(poll_id, ANA, "orchard")
        entries = await town.entries()
        cast = place(entries, "BallotCast")
        for key_id in (poll_id, GROUP, uuid4()):
            forged = _with(entries[cast], id=str(uuid4()), data={"key_id": str(key_id), "sealed": "AAAA"})
            report = audited([*entries[:cast], forged, *entries[cast:]])

            assert rules(report) == ["sealed"]
            assert report.polls[0].ballots_count == 1

    async def test_is_not_ended_by_what_nobody_can_read(self, town: Town, poll_id: UUID, decided: list[bytes]) -> None:
        """A sealed entry that bears the poll's id hides nothing of the poll."""
        data = {"key_id": str(GROUP), "sealed": "AAAA"}
        grant = _with(
            decided[place(decided, "PollOpened")],
            id=str(uuid4()),
            name="DelegationGranted",
            data=data,
            aggregate_id=str(poll_id),
        )
        opened = place(decided, "PollOpened")
        altered = with_data(decided[place(decided, "PollClosed")], key="6b" * 32)

        assert audited([*decided[: opened + 1], grant, *decided[opened + 1 : -1]]).polls[0].closed_position
        assert "poll-key" in rules(audited([*decided[: place(decided, "PollClosed")], altered]))


class TestAPollForItsGroupAlone:
    @pytest.fixture
    async def poll_id(self, town: Town) -> UUID:
        """A poll that strangers cannot read."""
        town.seed_from = "root"
        return await town.open(audience="group")

    @pytest.fixture
    async def closed(self, town: Town, poll_id: UUID) -> list[bytes]:
        """Its log."""
        return await held(town, poll_id)

    def test_is_passed_over_by_strangers(self, closed: list[bytes]) -> None:
        """It is not counted, and nothing of it is called wrong."""
        replay = Replay()
        replay.read(closed)

        assert replay.report().is_clean
        assert not replay.report().polls
        assert replay.books.sealed_polls_count() == 1

    def test_is_counted_with_its_key(self, closed: list[bytes], town: Town, poll_id: UUID) -> None:
        """Who was given the key audits it like any other."""
        key = town.governance.secrets.keys.key(poll_id)
        report = audited_with(closed, {poll_id: key})

        assert report.is_clean
        assert report.polls[0].ballots_count == 3
        result = place(closed, "PollOpened")
        del closed[result]
        assert not audited_with(closed, {poll_id: key}).is_clean

    def test_shows_who_votes_twice(self, closed: list[bytes]) -> None:
        """Of ballots that a stranger cannot read it is seen whose they are and that none is missing."""
        cast, replaced = place(closed, "BallotCast"), place(closed, "BallotReplaced")
        again = _with(closed[cast], id=str(uuid4()))
        nobody = str(uuid4())
        stranger = _with(
            again, actor=nobody, aggregate_id=str(uuid5(UUID(_data(closed[cast])["key_id"]), nobody)), id=str(uuid4())
        )
        elsewhere = _with(closed[cast], aggregate_id=str(uuid4()))

        assert rules(audited([*closed[: cast + 1], again])) == ["second-ballot"]
        assert rules(audited([*closed[: cast + 1], stranger])) == ["not-on-the-roll"]
        assert rules(audited([*closed[:cast], elsewhere])) == ["address"]
        assert rules(audited([*closed[:cast], *closed[cast + 1 : replaced + 1]])) == ["no-ballot"]
        skipped = _with(closed[replaced], version=3)
        assert rules(audited([*closed[:replaced], skipped])) == ["version"]

    def test_is_sealed_throughout(self, closed: list[bytes], town: Town, poll_id: UUID) -> None:
        """With another key an entry of it says nothing; with its own it is opened in its own place alone."""
        cast = place(closed, "BallotCast")
        other = with_data(closed[cast], key_id=str(uuid4()))

        assert "sealed" in rules(audited([*closed[:cast], other]))
        keys = {poll_id: town.governance.secrets.keys.key(poll_id)}
        moved = with_data(closed[cast], sealed=_data(closed[cast + 1])["sealed"])
        assert "sealed" in rules(audited_with([*closed[:cast], moved], keys))
        assert "sealed" in rules(audited_with(closed[: cast + 1], {poll_id: bytes(32)}))

    def test_is_not_gone_on_with_by_other_keys(self, closed: list[bytes], tmp_path: object, poll_id: UUID) -> None:
        """A state that was made without the key would have to be made anew."""
        state = tmp_path / "state"  # type: ignore[operator]
        replay = Replay(state)
        replay.read(closed)
        replay.keep()
        replay.close()

        with pytest.raises(StateUnusable, match="other keys"):
            Replay(state, keys={poll_id: sha256().digest()})


def _with(entry: bytes, **fields: object) -> bytes:
    return rewritten(entry, lambda found: found.update(fields))


def _data(entry: bytes) -> dict[str, str]:
    data: dict[str, str] = orjson.loads(entry)["data"]
    return data


def _sealed(entry: bytes) -> str:
    return str(orjson.loads(entry)["data"]["sealed"])
