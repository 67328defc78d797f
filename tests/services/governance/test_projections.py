"""What can be read of polls, after which history: the read models, the questions to them, and the count."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.audit.merkle import leaf_hash, root_over
from libs.contracts.base import Command
from libs.contracts.governance import (
    BallotCast,
    BallotEntry,
    BallotReplaced,
    BallotsIn,
    CancelPoll,
    CastBallot,
    ClosePoll,
    DisputeRoll,
    EnterPaperBallots,
    GivePlace,
    GovernanceDataOf,
    NamedBallots,
    OwnBallot,
    OwnBallotIn,
    PaperBatchEntered,
    PaperBatches,
    PaperBatchesIn,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    Result,
    ResultDeclared,
    ResultOf,
    Roll,
    RollOf,
    Round,
    StrikePaperBatch,
    TallyOf,
    WithdrawBallot,
)
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.errors import NotFound, Problem
from libs.eventlog.log import New
from libs.service.paging import BadCursor
from libs.tally import count
from services.governance.domain.ballot import NoBallotYet
from services.governance.domain.electorate import NotAMember
from services.governance.queries.results import ResultIsNotYet
from services.governance.reactions.clock import close_what_is_due
from services.governance.reactions.counting import count_what_is_closed
from tests.services.governance.conftest import (
    ANA,
    BO,
    CY,
    GROUP,
    MORNING,
    NOON,
    STRANGER,
    Governance,
    recorded,
)
from tests.services.governance.readers import Readers, join

pytestmark = pytest.mark.postgres


class TestTally:
    async def test_counts_who_voted(self, house: Readers) -> None:
        """Replaced ballots count as they are now, withdrawn ones not at all, blank ones as blank."""
        poll_id = await house.decided.open(method="approval")
        await house.cast(poll_id, ANA, "wild")
        await house.cast(poll_id, ANA, "wild", "orchard")
        await house.cast(poll_id, BO, "wild")
        await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
        await house.cast(poll_id, CY)

        tally = await house.tally(poll_id)
        assert await house.counts(poll_id) == {"orchard": 1, "playground": 0, "wild": 1}
        assert (tally.ballots_count, tally.blank_count, tally.voters_count) == (2, 1, 3)
        assert not tally.is_final

    async def test_of_a_ranking_is_first_choices(self, house: Readers) -> None:
        """While ballots come in, a ranking shows who is first on how many."""
        poll_id = await house.decided.open(method="ranked")
        await house.cast(poll_id, ANA, "wild", "orchard")
        await house.cast(poll_id, BO, "orchard", "wild")

        assert await house.counts(poll_id) == {"orchard": 1, "playground": 0, "wild": 1}

    async def test_of_nobody(self, house: Readers) -> None:
        """A poll that nobody has voted in stands at nothing."""
        tally = await house.tally(await house.decided.open())

        assert [counted.count for counted in tally.counts] == [0, 0, 0]
        assert tally.ballots_count == tally.paper_ballots_count == tally.blank_count == 0

    async def test_the_log_decides_what_is_late(self, house: Readers) -> None:
        """What is recorded behind the close does not count, whenever it was sent: cast, replaced or on paper."""
        poll_id = await house.decided.open(may_close_early=True)
        first = await house.cast(poll_id, ANA, "wild")
        batch = await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",),)), by=ANA)
        await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
        voter = house.decided.voter(poll_id, BO)
        await house.late(poll_id, BallotCast(poll_id=poll_id, voter=voter, choices=("orchard",)), voter)
        ana = house.decided.voter(poll_id, ANA)
        await house.late(poll_id, BallotReplaced(choices=("orchard",)), ana, version=2, after=first.position)

        tally = await house.tally(poll_id)
        assert await house.counts(poll_id) == {"orchard": 0, "playground": 0, "wild": 2}
        assert tally.is_final
        assert batch.position

    async def test_of_an_unknown_poll(self, house: Readers) -> None:
        """What is not there is not found."""
        for query in (TallyOf(poll_id=uuid4()), PollOf(poll_id=uuid4()), ResultOf(poll_id=uuid4())):
            with pytest.raises(NotFound):
                await house.ask(query)


class TestPaper:
    async def test_counts_beside_the_others(self, house: Readers) -> None:
        """Ballots on paper count like all others, and are shown apart."""
        poll_id = await house.decided.open()
        await house.cast(poll_id, ANA, "wild")
        ballots = (("wild",), ("wild",), ("orchard", "wild"), ())
        await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=ballots), by=ANA)

        tally = await house.tally(poll_id)
        assert (tally.ballots_count, tally.paper_ballots_count, tally.blank_count) == (5, 4, 1)
        assert await house.counts(poll_id) == {"orchard": 1, "playground": 0, "wild": 3}

    async def test_that_was_struck_does_not_count(self, house: Readers) -> None:
        """A struck batch stays visible, with its reason, and none of its ballots counts."""
        poll_id = await house.decided.open()
        batch = await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",),)), by=ANA)
        await house.decided.do(StrikePaperBatch(poll_id=poll_id, batch_id=batch.aggregate_id, reason="twice"), by=ANA)

        assert (await house.tally(poll_id)).ballots_count == 0
        batches = await house.ask(PaperBatchesIn(poll_id=poll_id))
        assert isinstance(batches, PaperBatches)
        assert batches.items[0].struck_because == "twice"

    async def test_names_its_steward_to_members_alone(self, house: Readers) -> None:
        """A stranger sees the batch, a member also who vouches for it."""
        poll_id = await house.decided.open()
        await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=((),)), by=ANA)

        shown = {
            who: (await house.ask(PaperBatchesIn(poll_id=poll_id, asker=who))).items[0].entered_by
            for who in (None, STRANGER, BO)
        }
        assert shown == {None: None, STRANGER: None, BO: ANA}


class TestResult:
    async def test_is_declared_after_the_close(self, house: Readers) -> None:
        """Before, there is none; then it is there with every round, and the poll says so."""
        poll_id = await house.decided.open(method="ranked")
        await house.cast(poll_id, ANA, "wild", "orchard")
        await house.cast(poll_id, BO, "orchard")
        await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(("orchard",), ("playground",))), by=ANA)
        with pytest.raises(ResultIsNotYet):
            await house.ask(ResultOf(poll_id=poll_id))
        await house.close(poll_id)

        result = await house.ask(ResultOf(poll_id=poll_id))
        assert isinstance(result, Result)
        assert len(result.rounds) == result.rounds_count
        assert (result.ballots_count, result.paper_ballots_count, result.voters_count) == (4, 2, 3)
        ballots = [("wild", "orchard"), ("orchard",), ("orchard",), ("playground",)]
        outcome = count("ranked", result.options, ballots, seed=bytes.fromhex(result.seed))
        assert result.winners == outcome.winners
        assert result.rounds == tuple(Round.model_validate(round_.as_plain()) for round_ in outcome.rounds)
        assert (await house.ask(PollOf(poll_id=poll_id))).is_result_declared

    async def test_is_the_same_however_often_it_is_counted(self, house: Readers) -> None:
        """Replicas that count the same poll, one of them behind, declare once; what is declared is not counted."""
        poll_id = await house.decided.open()
        await house.cast(poll_id, ANA, "wild")
        house.decided.now = NOON
        closed = await house.decided.do(ClosePoll(poll_id=poll_id))
        await house.level()
        first, second = [await count_what_is_closed(house.world) for _ in range(2)]
        for command_id, command in first + second:
            await house.decided.do(command, key=command_id)
        await house.level()

        assert first == second
        assert len(await house.decided.events(ResultDeclared)) == 1
        assert await count_what_is_closed(house.world) == []
        (declared,) = await house.decided.events(ResultDeclared)
        assert isinstance(declared, ResultDeclared)
        entries = [entry.entry for entry in await house.decided.entries()][: closed.position]
        assert declared.seed == root_over([leaf_hash(entry) for entry in entries]).hex()
        assert declared.closed_position == closed.position

    async def test_of_500_options_is_read_in_pages(self, house: Readers) -> None:
        """The rounds of the longest count come a page at a time, each below what NATS carries."""
        options = tuple(f"option {n:03}" for n in range(500))
        poll_id = await house.decided.open(options=options)
        for start in range(0, 500, 50):
            ballots = tuple(options[n : n + 2] for n in range(start, start + 50) for _ in range(n // 50 + 1))[:500]
            await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=ballots), by=ANA)
        await house.close(poll_id)

        rounds: list[Round] = []
        page = await house.ask(ResultOf(poll_id=poll_id))
        while True:
            assert len(page.model_dump_json()) < 1_000_000
            rounds += page.rounds
            if page.next is None:
                break
            page = await house.ask(ResultOf(poll_id=poll_id, cursor=page.next))
        assert len(rounds) == page.rounds_count > 400
        assert rounds[-1].eliminated == ()

    async def test_is_counted_by_the_clock(self, house: Readers) -> None:
        """What is due is closed by the clock; what is closed, or not due, is left alone."""
        due, not_due, closed = [
            await house.decided.open(may_close_early=True, closes_at=NOON + timedelta(seconds=n)) for n in range(3)
        ]
        await house.decided.do(ClosePoll(poll_id=closed), by=ANA)
        await house.level()
        await house.pool.execute(
            "UPDATE poll SET closes_at = now() - interval '1 second' WHERE poll_id = ANY($1)", [due, closed]
        )
        ticked = await close_what_is_due(house.world)

        assert [command for _, command in ticked] == [ClosePoll(poll_id=due)]
        assert ticked == await close_what_is_due(house.world)
        assert not_due not in [poll_id for poll_id, _ in ticked]


class TestPolls:
    async def test_of_a_group_are_paged_newest_first(self, house: Readers) -> None:
        """A page ends where the next begins, whatever is opened in between."""
        opened = [await house.decided.open(question=f"Number {n}?", may_close_early=True) for n in range(5)]
        first = await house.ask(PollsOf(group_id=GROUP, limit=2))
        await house.decided.open(question="In between?")
        second = await house.ask(PollsOf(group_id=GROUP, limit=2, cursor=first.next))
        third = await house.ask(PollsOf(group_id=GROUP, limit=2, cursor=second.next))

        assert isinstance(first, Polls)
        assert [poll.poll_id for page in (first, second, third) for poll in page.items] == opened[::-1]
        assert third.next is None
        with pytest.raises(BadCursor):
            await house.ask(PollsOf(group_id=GROUP, cursor="nonsense"))

    async def test_are_filtered(self, house: Readers) -> None:
        """Open ones, closed ones, or all; another group's never."""
        is_open, is_closed = [await house.decided.open(may_close_early=True) for _ in range(2)]
        await house.decided.do(ClosePoll(poll_id=is_closed), by=ANA)

        async def of(group_id: UUID, which: bool | None) -> list[UUID]:
            page = await house.ask(PollsOf(group_id=group_id, is_open=which))
            return [poll.poll_id for poll in page.items]

        assert await of(GROUP, True) == [is_open]
        assert await of(GROUP, False) == [is_closed]
        assert await of(GROUP, None) == [is_closed, is_open]
        assert await of(uuid4(), None) == []

    async def test_say_what_was_asked(self, house: Readers) -> None:
        """A poll is shown as it stands in the log."""
        poll_id = await house.decided.open(explanation="It is\nours.")
        poll = await house.ask(PollOf(poll_id=poll_id))

        assert isinstance(poll, PollDetails)
        assert (poll.explanation, poll.options) == ("It is\nours.", ("orchard", "playground", "wild"))
        assert (poll.opened_at, poll.closes_at) == (MORNING, NOON)
        assert poll.is_open
        assert poll.opened_position == await house.decided.log.last()


class TestOwnBallot:
    async def test_is_where_the_log_has_it(self, house: Readers) -> None:
        """A voter learns the pseudonym and the position under which to look for the own ballot."""
        poll_id = await house.decided.open()
        entry = await house.cast(poll_id, BO, "wild")
        own = await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))

        assert own == OwnBallot(
            poll_id=poll_id,
            ballot_id=entry.aggregate_id,
            voter=house.decided.voter(poll_id, BO),
            choices=("wild",),
            position=entry.position,
            history=(BallotEntry(choices=("wild",), position=entry.position, counts=True),),
        )

    async def test_may_be_withdrawn_or_none(self, house: Readers) -> None:
        """A withdrawn ballot has no choices; who has not voted has no ballot, and nobody has another's."""
        poll_id = await house.decided.open()
        await house.cast(poll_id, BO, "wild")
        await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)

        assert (await house.ask(OwnBallotIn(poll_id=poll_id, asker=BO))).choices is None
        for who in (ANA, STRANGER):
            with pytest.raises(NoBallotYet):
                await house.ask(OwnBallotIn(poll_id=poll_id, asker=who))

    async def test_all_of_them(self, house: Readers) -> None:
        """A member takes along every ballot of their own in every poll, also withdrawn ones, and nobody else's."""
        first, second = await house.decided.open(), await house.decided.open()
        for poll_id in (first, second):
            await house.cast(poll_id, BO, "wild")
        await house.cast(second, ANA, "wild")
        await house.decided.do(WithdrawBallot(poll_id=second), by=BO)

        found = (await house.ask(GovernanceDataOf(member_id=BO))).ballots
        assert [(ballot.poll_id, ballot.choices) for ballot in found] == [(first, ("wild",)), (second, None)]
        assert (await house.ask(GovernanceDataOf(member_id=STRANGER))).ballots == ()


class TestNamedBallots:
    async def test_are_for_members(self, house: Readers) -> None:
        """Polls are named for the group, and for nobody else; neither is the roll for strangers."""
        poll_id = await house.decided.open()
        entry = await house.cast(poll_id, BO, "wild")
        ballots = await house.ask(BallotsIn(poll_id=poll_id, asker=ANA))

        assert isinstance(ballots, NamedBallots)
        assert [(b.member_id, b.choices, b.position) for b in ballots.items] == [(BO, ("wild",), entry.position)]
        for query in (BallotsIn(poll_id=poll_id, asker=STRANGER), RollOf(poll_id=poll_id, asker=STRANGER)):
            with pytest.raises(NotAMember):
                await house.ask(query)

    async def test_end_with_membership(self, house: Readers) -> None:
        """Who left is not named any more and names nobody; the ballot still counts."""
        poll_id = await house.decided.open()
        await house.cast(poll_id, BO, "wild")
        left = MemberLeft(group_id=GROUP, member_id=BO, reason="left")
        await house.groups.append(New(left, uuid4(), 1, 0, actor=str(BO), id=uuid4(), decided_at=MORNING))

        assert (await house.ask(BallotsIn(poll_id=poll_id, asker=ANA))).items == ()
        assert (await house.tally(poll_id)).ballots_count == 1
        with pytest.raises(NotAMember):
            await house.ask(BallotsIn(poll_id=poll_id, asker=BO))

    async def test_are_paged_without_loss(self, house: Readers) -> None:
        """Pages hold each member's ballot once, those without one in between or not."""
        poll_id = await house.decided.open()
        for who in (ANA, CY):
            await house.cast(poll_id, who, "wild")
        seen: list[UUID] = []
        page = await house.ask(BallotsIn(poll_id=poll_id, asker=ANA, limit=1))
        while True:
            seen += [ballot.member_id for ballot in page.items]
            if page.next is None:
                break
            page = await house.ask(BallotsIn(poll_id=poll_id, asker=ANA, limit=1, cursor=page.next))

        assert seen == [ANA, CY]

    async def test_of_great_length_are_shorter_pages(self, house: Readers) -> None:
        """However long ballots are, a page stays below what NATS carries."""
        options = tuple(f"{n:03}" + "x" * 90 for n in range(480))
        poll_id = await house.decided.open(options=options, method="approval")
        for n in range(20):
            await house.decided.hear(GROUP, UUID(int=100 + n), "member", 100 + n)
            await join(house.groups, UUID(int=100 + n), "member", after=3 + n)
        poll_id = await house.decided.open(options=options, method="approval")
        for n in range(20):
            await house.cast(poll_id, UUID(int=100 + n), *options)
        first = await house.ask(BallotsIn(poll_id=poll_id, asker=ANA, limit=200))
        rest: list[Any] = []
        page = first
        while page.next:
            page = await house.ask(BallotsIn(poll_id=poll_id, asker=ANA, limit=200, cursor=page.next))
            rest += page.items

        assert len(first.model_dump_json()) < 900_000
        assert len({ballot.member_id for ballot in (*first.items, *rest)}) == len(first.items) + len(rest) == 20


class TestRoll:
    async def test_is_paged_for_members(self, house: Readers) -> None:
        """The whole roll, a page at a time, in the log's order; a digest commits to all of it."""
        for n in range(900):
            await house.decided.hear(GROUP, UUID(int=100 + n), "member", 100 + n)
        poll_id = await house.decided.open()
        voters: list[UUID] = []
        page = await house.ask(RollOf(poll_id=poll_id, asker=ANA))
        while True:
            voters += page.voters
            if page.next is None:
                break
            page = await house.ask(RollOf(poll_id=poll_id, asker=ANA, cursor=page.next))

        assert isinstance(page, Roll)
        assert len(voters) == len(set(voters)) == page.voters_count == 903
        assert house.decided.voter(poll_id, BO) in voters


class TestMembership:
    async def test_follows_the_log_of_groups(self, house: Readers) -> None:
        """A new role is the same member's; who left may join again."""
        given = RoleGiven(group_id=GROUP, member_id=BO, role="steward")
        left = MemberLeft(group_id=GROUP, member_id=BO, reason="left")
        back = MemberJoined(group_id=GROUP, member_id=BO, role="member")
        roles = []
        for event in (given, left, back):
            await house.groups.append(New(event, uuid4(), 1, 0, actor=str(BO), id=uuid4(), decided_at=MORNING))
            await house.level()
            roles.append(await house.pool.fetchval("SELECT role FROM membership WHERE member_id = $1", BO))

        assert roles == ["steward", None, "member"]

    async def test_becomes_an_electorate(self, house: Readers) -> None:
        """What the log of groups says becomes a command here, in a fresh governance as in an old one."""
        fresh = Readers(Governance(), house.pool, house.groups)
        for entry in await recorded(house.groups):
            await fresh.react(entry)
            await fresh.react(entry)

        assert len(await fresh.decided.entries()) == 4
        await fresh.decided.open(by=BO)


@pytest.mark.parametrize("seed", range(3))
async def test_a_rebuild_gives_the_same_rows(house: Readers, seed: int) -> None:
    """Read one by one or in runs of any length, a random history of polls ends in the same rows."""
    await random_history(house, random.Random(seed))
    one_by_one = await house.rebuild(step=1)

    assert one_by_one["ballot"]
    for step in (2, 7, 500):
        assert await house.rebuild(step=step) == one_by_one


async def random_history(house: Readers, chance: random.Random) -> None:
    """Let members vote, change their minds, enter paper, close, cancel, dispute, give places and be late, anyhow."""
    polls: Sequence[UUID] = [await house.decided.open(may_close_early=True) for _ in range(4)]
    weights = {
        "cast": 60,
        "withdraw": 15,
        "paper": 8,
        "strike": 4,
        "close": 1,
        "cancel": 1,
        "dispute": 4,
        "place": 4,
        "late": 12,
    }
    for _ in range(120):
        poll_id, who = chance.choice(polls), chance.choice((ANA, BO, CY))
        choices = tuple(chance.sample(("orchard", "playground", "wild"), chance.randint(0, 3)))
        (act,) = chance.choices(list(weights), weights=list(weights.values()))
        entered = [e.aggregate_id for e in await house.decided.entries() if isinstance(e.event, PaperBatchEntered)]
        batch_id = chance.choice([*entered, uuid4()])
        commands: dict[str, tuple[Command, UUID]] = {
            "cast": (CastBallot(poll_id=poll_id, choices=choices), who),
            "withdraw": (WithdrawBallot(poll_id=poll_id), who),
            "paper": (EnterPaperBallots(poll_id=poll_id, ballots=(choices, choices, ())), ANA),
            "strike": (StrikePaperBatch(poll_id=poll_id, batch_id=batch_id, reason="no"), ANA),
            "close": (ClosePoll(poll_id=poll_id), ANA),
            "cancel": (CancelPoll(poll_id=poll_id, reason="no"), ANA),
            "dispute": (DisputeRoll(poll_id=poll_id, reason="no"), who),
            "place": (GivePlace(group_id=GROUP, place_id=chance.choice((7, 8, None))), who),
        }
        try:
            if act == "late":
                voter = uuid4()
                await house.late(poll_id, BallotCast(poll_id=poll_id, voter=voter, choices=choices), voter)
            else:
                command, actor = commands[act]
                await house.decided.do(command, by=actor)
        except Problem:
            continue  # what is refused is no history
