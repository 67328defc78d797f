"""What may be decided about polls, and what follows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    BallotCast,
    BallotReplaced,
    BallotWithdrawn,
    CountedOutcome,
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorRoleGiven,
    PaperBatchEntered,
    PaperBatchStruck,
    PollClosed,
    PollOpened,
)
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from libs.service.aggregates import to_contract
from libs.tally import Ballot as Said
from libs.tally import count
from services.governance.domain import paper, result
from services.governance.domain.ballot import Ballot
from services.governance.domain.electorate import Electorate, NotAMember, NotASteward
from services.governance.domain.paper import PaperBatch
from services.governance.domain.poll import (
    TEXT_BYTES_MAX,
    OptionsAreAlike,
    PaperIsNotAllowed,
    Poll,
    PollIsClosed,
    PollIsStillOpen,
    PollIsTooLong,
    TimeIsUp,
    UncountableBallot,
    check_question,
)
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.roll import (
    PARTS_MAX,
    VOTERS_PER_PART,
    NotOnTheRoll,
    RollIsTooLong,
    freeze_roll,
    part_of,
    roll_sha256,
)
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
INSTANT = timedelta(microseconds=1)
GROUP, POLL, ANA, BO = (UUID(int=n) for n in range(1, 5))


def opened(**differing: Any) -> PollOpened:
    """A poll that is open until noon."""
    return PollOpened(
        **{
            "group_id": GROUP,
            "question": "What becomes of the field?",
            "explanation": None,
            "method": "approval",
            "options": ("orchard", "playground", "wild"),
            "closes_at": NOON,
            "may_close_early": False,
            "allows_paper": True,
            "voters_count": 2,
            "parts_count": 1,
            "roll_sha256": "0" * 64,
            **differing,
        }
    )


class TestElectorate:
    formed = ElectorateFormed(group_id=GROUP)
    ana = ElectorJoined(elector=ANA, role="steward", source_position=10)

    def test_hears_who_joins(self) -> None:
        """Who joins the group may vote in polls that open from then on."""
        given(Electorate, self.formed).when(Electorate.hear, ANA, "steward", 10).then(self.ana)

    def test_hears_who_leaves(self) -> None:
        """Who leaves may not."""
        left = ElectorLeft(elector=ANA, source_position=11)
        given(Electorate, self.formed, self.ana).when(Electorate.hear, ANA, None, 11).then(left)

    def test_hears_of_another_role(self) -> None:
        """A steward may become a member again."""
        given(Electorate, self.formed, self.ana).when(Electorate.hear, ANA, "member", 11).then(
            ElectorRoleGiven(elector=ANA, role="member", source_position=11)
        )

    @pytest.mark.parametrize("position", [1, 10])
    @pytest.mark.parametrize("role", [None, "member", "steward"])
    def test_hears_nothing_twice(self, role: Any, position: int) -> None:
        """What the other log said at or before the position heard last is old news, even out of order."""
        given(Electorate, self.formed, self.ana).when(Electorate.hear, ANA, role, position).then()
        given(Electorate, self.formed, self.ana).when(Electorate.hear, BO, role, position).then()

    def test_news_that_changes_nothing_is_not_kept(self) -> None:
        """The same role again, or the leaving of somebody unknown, adds no entry."""
        given(Electorate, self.formed, self.ana).when(Electorate.hear, ANA, "steward", 11).then()
        given(Electorate, self.formed, self.ana).when(Electorate.hear, BO, None, 11).then()

    def test_who_left_may_join_again(self) -> None:
        """Leaving is not for ever."""
        given(Electorate, self.formed, self.ana, ElectorLeft(elector=ANA, source_position=11)).when(
            Electorate.hear, ANA, "member", 12
        ).then(ElectorJoined(elector=ANA, role="member", source_position=12))

    def test_tells_members_and_stewards_apart(self) -> None:
        """A steward is a member, a member no steward, a stranger neither."""
        bo = ElectorJoined(elector=BO, role="member", source_position=11)
        electorate = given(Electorate, self.formed, self.ana, bo).aggregate

        electorate.check_is_steward(ANA)
        electorate.check_is_member(BO)
        with pytest.raises(NotASteward):
            electorate.check_is_steward(BO)
        with pytest.raises(NotAMember):
            electorate.check_is_member(uuid4())


class TestPseudonyms:
    def test_are_the_same_each_time(self) -> None:
        """A member is one elector in a group, and one voter in a poll, in every replica and after every start."""
        assert Pseudonyms(b"key").elector(GROUP, ANA) == Pseudonyms(b"key").elector(GROUP, ANA)
        assert Pseudonyms(b"key").voter(POLL, ANA) == Pseudonyms(b"key").voter(POLL, ANA)

    def test_differ_in_all_else(self) -> None:
        """Another group, poll, member, use or key gives another pseudonym."""
        names = Pseudonyms(b"key")
        made = [
            names.elector(GROUP, ANA),
            names.elector(GROUP, BO),
            names.elector(POLL, ANA),
            names.voter(GROUP, ANA),
            names.voter(POLL, ANA),
            Pseudonyms(b"another").elector(GROUP, ANA),
        ]

        assert len(set(made)) == len(made)

    def test_say_that_they_are_made_up(self) -> None:
        """A pseudonym is a UUID of version 8, so nobody takes it for a random or a natural one."""
        voter = Pseudonyms(b"key").voter(POLL, ANA)

        assert voter.version == 8
        assert voter.variant == "specified in RFC 4122"


class TestQuestion:
    @staticmethod
    def check(*options: str, question: str = "What?", closes_at: datetime = NOON, now: datetime = MORNING) -> None:
        check_question(question, None, options or ("yes", "no"), closes_at=closes_at, now=now)

    def test_closes_in_the_future(self) -> None:
        """A poll closes later than now and within 366 days."""
        self.check(now=NOON - INSTANT)
        self.check(now=NOON - timedelta(days=366))
        for now in (NOON, NOON + INSTANT, NOON - timedelta(days=366) - INSTANT):
            with pytest.raises(TimeIsUp):
                self.check(now=now)

    @pytest.mark.parametrize(
        "twin",
        ["Yes", "YES", "ｙｅｓ", "y\u200des", "y\u200ces", "yes\ufe0f", "yes", "\u1d5eyes"[1:]],
    )
    def test_refuses_options_that_look_the_same(self, twin: str) -> None:
        """Case, width and what nobody sees make no other option."""
        with pytest.raises(OptionsAreAlike):
            self.check("yes", twin)

    def test_refuses_options_that_differ_by_spaces(self) -> None:
        """A wider space is a space."""
        with pytest.raises(OptionsAreAlike):
            self.check("an orchard", "an\u00a0  orchard")

    def test_knows_letters_apart(self) -> None:
        """An accent makes another word; so does another case in no language that has none."""
        self.check("pêche", "péché", "peche")
        self.check("да", "нет")

    def test_fits_into_an_entry(self) -> None:
        """The largest poll is one entry of the log; a little more is refused."""
        options = tuple(f"{n:03}" + "é" * 40 for n in range(500))
        self.check(*options)
        spare = TEXT_BYTES_MAX - len(encode(_new(opened(options=options, question="?"))))
        assert spare > 0

        with pytest.raises(PollIsTooLong):
            self.check(*(f"{n:03}" + "é" * 60 for n in range(500)))


class TestRoll:
    def test_a_voter_is_found_by_address(self) -> None:
        """Each voter stands in the part that its number says, and in no other."""
        voters = {uuid4() for _ in range(5000)}
        parts = freeze_roll(POLL, voters)

        assert len(parts) == 7
        for voter in voters:
            parts[part_of(voter, len(parts))].check_bears(voter)
        assert sum(len(part.voters) for part in parts) == 5000

    def test_a_stranger_is_not_on_it(self) -> None:
        """Who was not in the group when the poll opened may not vote in it."""
        (part,) = freeze_roll(POLL, [ANA])

        with pytest.raises(NotOnTheRoll):
            part.check_bears(BO)

    def test_every_part_fits_into_an_entry(self) -> None:
        """A roll of 20,000 is parts that the log takes, none near its limit."""
        for part in freeze_roll(POLL, [uuid4() for _ in range(20_000)]):
            (event,) = part.collect_events()
            assert len(encode(_new(to_contract(event)))) < 50_000

    def test_a_group_of_none_has_a_roll(self) -> None:
        """The roll of nobody is one empty part."""
        assert len(freeze_roll(POLL, [])) == 1

    def test_is_limited(self) -> None:
        """A roll is one atomic batch of the log; a larger group is told so."""
        too_many = range(VOTERS_PER_PART * PARTS_MAX + 1)
        with pytest.raises(RollIsTooLong):
            freeze_roll(POLL, too_many)  # type: ignore[arg-type] # never looked at

    def test_is_committed_to_whatever_the_order(self) -> None:
        """The digest is over the voters' bytes in ascending order."""
        assert roll_sha256([ANA, BO]) == roll_sha256([BO, ANA])
        assert roll_sha256([ANA]) != roll_sha256([ANA, BO])


class TestAccepts:
    def test_until_its_time_is_up(self) -> None:
        """The last instant before `closes_at` is in time; `closes_at` itself is late."""
        poll = given(Poll, opened()).aggregate

        poll.check_accepts(Said(("wild",)), now=NOON - INSTANT)
        with pytest.raises(PollIsClosed):
            poll.check_accepts(Said(("wild",)), now=NOON)

    def test_not_when_closed_early(self) -> None:
        """A poll that a steward closed takes no ballot, though its time is not up."""
        poll = given(Poll, opened(), PollClosed(is_early=True)).aggregate

        with pytest.raises(PollIsClosed):
            poll.check_accepts(Said(("wild",)), now=MORNING)

    @pytest.mark.parametrize(
        "method, choices, is_good",
        [
            ("approval", (), True),
            ("approval", ("wild", "orchard"), True),
            ("approval", ("wild", "wild"), False),
            ("approval", ("Wild",), False),
            ("single", ("wild",), True),
            ("single", ("wild", "orchard"), False),
            ("ranked", ("wild", "orchard", "playground"), True),
            ("ranked", ("wild", "orchard", "wild"), False),
            ("ranked", ("",), False),
        ],
    )
    def test_what_can_be_counted(self, method: Any, choices: tuple[str, ...], is_good: bool) -> None:
        """A ballot names options of the poll, in their own words, once each, as many as the method takes."""
        poll = given(Poll, opened(method=method)).aggregate

        if is_good:
            poll.check_accepts(Said(choices), now=MORNING)
        else:
            with pytest.raises(UncountableBallot):
                poll.check_accepts(Said(choices), now=MORNING)

    def test_and_says_shortly_what_is_wrong(self) -> None:
        """A long nonsense is not sent back whole."""
        with pytest.raises(UncountableBallot) as refusal:
            given(Poll, opened()).aggregate.check_accepts(Said(("x" * 100_000,)), now=MORNING)

        assert len(refusal.value.detail) <= 300


class TestClose:
    def test_at_its_time(self) -> None:
        """A poll closes when its time is up."""
        given(Poll, opened()).when(Poll.close, now=NOON).then(PollClosed(is_early=False))

    def test_before_its_time(self) -> None:
        """The log says whether a poll was closed early."""
        given(Poll, opened()).when(Poll.close, now=NOON - INSTANT).then(PollClosed(is_early=True))

    def test_once(self) -> None:
        """A closed poll stays closed; closing again changes nothing."""
        given(Poll, opened(), PollClosed(is_early=False)).when(Poll.close, now=NOON).then()

    def test_early_only_if_opened_so(self) -> None:
        """Whether a steward may close a poll early was part of the question."""
        given(Poll, opened(may_close_early=True)).aggregate.check_may_close_early()
        with pytest.raises(PollIsStillOpen):
            given(Poll, opened()).aggregate.check_may_close_early()


class TestBallot:
    cast = BallotCast(poll_id=POLL, voter=ANA, choices=("wild",))

    def test_is_at_one_address_for_a_voter(self) -> None:
        """A second ballot of one voter would have the first one's address."""
        assert Ballot.create_id(POLL, ANA) == Ballot(poll_id=POLL, voter=ANA, choices=(), marks=(), reason=None).id
        assert Ballot.create_id(POLL, ANA) != Ballot.create_id(POLL, BO)

    def test_is_replaced(self) -> None:
        """A voter may choose anew."""
        given(Ballot, self.cast).when(Ballot.change, ("orchard",)).then(BallotReplaced(choices=("orchard",)))

    def test_the_same_again_is_nothing_new(self) -> None:
        """Voting twice the same is voting once."""
        given(Ballot, self.cast).when(Ballot.change, ("wild",)).then()

    def test_another_order_is_another_ranking(self) -> None:
        """In a ranking the order is what is said."""
        cast = BallotCast(poll_id=POLL, voter=ANA, choices=("a", "b"))
        given(Ballot, cast).when(Ballot.change, ("b", "a")).then(BallotReplaced(choices=("b", "a")))

    def test_is_withdrawn_once(self) -> None:
        """A ballot that was taken back is gone; taking it back again changes nothing."""
        given(Ballot, self.cast).when(Ballot.withdraw).then(BallotWithdrawn())
        given(Ballot, self.cast, BallotWithdrawn()).when(Ballot.withdraw).then()

    def test_is_cast_again_after_a_withdrawal(self) -> None:
        """Who withdrew may vote again, even the same, even blank."""
        for choices in (("wild",), ()):
            given(Ballot, self.cast, BallotWithdrawn()).when(Ballot.change, choices).then(
                BallotReplaced(choices=choices)
            )


class TestPaper:
    def test_is_refused_where_the_poll_has_none(self) -> None:
        """Whether paper counts was part of the question."""
        with pytest.raises(PaperIsNotAllowed):
            given(Poll, opened(allows_paper=False)).aggregate.check_accepts_paper([Said(())], now=MORNING)

    def test_names_the_ballot_that_is_wrong(self) -> None:
        """One bad ballot refuses the batch, by its number from 1 and with the reason."""
        poll = given(Poll, opened()).aggregate

        poll.check_accepts_paper([Said(("wild",)), Said(())], now=MORNING)
        with pytest.raises(UncountableBallot, match=r"^Ballot 3: The poll has no option 'tame'"):
            poll.check_accepts_paper(
                [Said((c,)) if c else Said(()) for c in ("wild", "", "tame", "worse")], now=MORNING
            )

    def test_is_refused_after_the_close(self) -> None:
        """Paper is no later than other ballots."""
        with pytest.raises(PollIsClosed):
            given(Poll, opened()).aggregate.check_accepts_paper([Said(())], now=NOON)

    def test_is_split_into_entries_that_the_log_takes(self) -> None:
        """However long ballots are, a batch is entries below the limit, whole and in order."""
        ballots = [Said(tuple(f"{ballot}-{choice}" + "é" * 30 for choice in range(100))) for ballot in range(50)]
        parts = paper.split(POLL, GROUP, ballots)

        assert len(parts) > 1
        assert [Said(choices) for part in parts for choices in part.ballots] == ballots
        for part in parts:
            (event,) = part.collect_events()
            encode(_new(to_contract(event)))

    def test_a_batch_is_struck_once(self) -> None:
        """A batch is taken back as a whole, for the reason that was given first."""
        entered = PaperBatchEntered(poll_id=POLL, ballots_count=2, parts_count=1)
        struck = PaperBatchStruck(reason="twice")
        given(PaperBatch, entered).when(PaperBatch.strike, "twice").then(struck)
        given(PaperBatch, entered, struck).when(PaperBatch.strike, "again").then()


class TestResult:
    def test_of_500_options_ranked_fits(self) -> None:
        """The longest count that there can be, 500 options leaving one by one, is entries that the log takes."""
        options = [f"option {n:03}" for n in range(500)]
        ballots = {tuple(options[n:] + options[:n]): 10_000 + n for n in range(500)}
        outcome = _outcome(options, ballots)
        parts = result.split(POLL, outcome.rounds)

        assert len(outcome.rounds) > 200
        assert tuple(round_ for part in parts for round_ in part.rounds) == outcome.rounds
        for part in parts:
            (event,) = part.collect_events()
            encode(_new(to_contract(event)))
        assert len(parts) < 100

    def test_has_one_digest(self) -> None:
        """Who counts the same ballots again, in any order, comes to the same digest; a changed count does not."""
        options = ["a", "b", "c"]
        one = _outcome(options, [("a",), ("b", "a"), ("c", "b")])
        again = _outcome(options, [("c", "b"), ("a",), ("b", "a")])
        other = _outcome(options, [("c", "b"), ("a",), ("a",)])

        assert result.outcome_sha256(one) == result.outcome_sha256(again)
        assert result.outcome_sha256(one) != result.outcome_sha256(other)


def _outcome(options: list[str], ballots: Mapping[tuple[str, ...], int] | list[tuple[str, ...]]) -> CountedOutcome:
    outcome = count("ranked", options, ballots, seed=b"")
    return CountedOutcome.model_validate(outcome.as_plain())


def _new(event: Any) -> New:
    return New(event, uuid4(), 1, 0, actor=str(uuid4()), id=uuid4(), decided_at=NOON, group_id=GROUP)
