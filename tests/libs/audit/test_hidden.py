"""Entries that are sealed: read when their key is known, as if they were read in their place, and not before."""

from collections import Counter
from hashlib import sha256
from uuid import UUID, uuid4

import orjson
import pytest

from libs.audit import Replay, Report, StateUnusable
from libs.contracts.governance import StrikePaperBatch, WithdrawBallot
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, Town, audited, place, rules, with_data

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

        assert "unreadable" in rules(audited(hidden))


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

    def test_is_not_gone_on_with_by_other_keys(self, closed: list[bytes], tmp_path: object, poll_id: UUID) -> None:
        """A state that was made without the key would have to be made anew."""
        state = tmp_path / "state"  # type: ignore[operator]
        replay = Replay(state)
        replay.read(closed)
        replay.keep()
        replay.close()

        with pytest.raises(StateUnusable, match="other keys"):
            Replay(state, keys={poll_id: sha256().digest()})


def _sealed(entry: bytes) -> str:
    return str(orjson.loads(entry)["data"]["sealed"])
