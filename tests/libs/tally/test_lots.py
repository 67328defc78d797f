from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from libs.tally import Ballot, Round, Settings, Tie, count
from libs.tally.lots import drawn, look_back, settle
from libs.tally.methods import COUNTS
from libs.tally.poll import Poll
from tests.libs.tally.elections import SEED, Election, elections

TREES = ("oak", "elm", "ash")


def poll(*, seed: bytes = SEED, draws_ties: bool = False) -> Poll:
    """A poll about trees."""
    return Poll("approval", TREES, Settings(draws_ties=draws_ties), seed)


class TestDrawn:
    @given(st.binary(max_size=40))
    def test_can_be_drawn_again(self, seed: bytes) -> None:
        """The lots are SHA-256 of seed and option: the highest wins, and the lowest leaves."""
        lots = {place: sha256(seed + TREES[place].encode()).hexdigest() for place in range(3)}

        assert drawn((0, 1, 2), poll(seed=seed)) == max(lots, key=lambda place: lots[place])
        assert drawn((0, 1, 2), poll(seed=seed), pick=min) == min(lots, key=lambda place: lots[place])

    def test_everybody_can_be_drawn(self) -> None:
        """Another seed may draw another option."""
        assert {drawn((0, 1, 2), poll(seed=bytes([number]))) for number in range(30)} == {0, 1, 2}


class TestSettle:
    def test_without_a_tie(self) -> None:
        """One, or none, needs no lot."""
        assert settle((1,), poll(draws_ties=True)) == ((1,), None)
        assert settle((), poll(draws_ties=True)) == ((), None)

    def test_a_tie_stands(self) -> None:
        """All win where the poll does not draw."""
        assert settle((0, 2), poll()) == ((0, 2), Tie((0, 2)))

    def test_a_tie_is_drawn(self) -> None:
        """One wins where the poll draws, or the method must."""
        tie = Tie((0, 2), ("lot",), SEED.hex())
        winner = drawn((0, 2), poll())

        assert settle((0, 2), poll(draws_ties=True)) == settle((0, 2), poll(), draws=True) == ((winner,), tie)


class TestLookBack:
    def test_the_latest_difference_decides(self) -> None:
        """The rounds are asked from the last to the first, each about those whom the later ones left level."""
        rounds = [Round((3, 1, 2), 0), Round((2, 2, 5), 0), Round((6, 6, 6), 0)]

        assert look_back((0, 1, 2), rounds, poll()) == (1, Tie((0, 1, 2), ("round 2", "round 1")))
        assert look_back((0, 1, 2), rounds, poll(), pick=max) == (2, Tie((0, 1, 2), ("round 2",)))

    def test_then_the_lot(self) -> None:
        """Who is level in every round draws: the lowest is taken where the fewest is looked for, else the highest."""
        rounds = [Round((1, 1, 2), 0)]
        tie = Tie((0, 1, 2), ("round 1", "lot"), SEED.hex())

        assert look_back((0, 1, 2), rounds, poll()) == (drawn((0, 1), poll(), pick=min), tie)
        assert look_back((0, 1), [], poll(), pick=max)[0] == drawn((0, 1), poll())


class TestEveryMethod:
    @given(elections(*COUNTS))
    def test_the_seed_alone_tells_lots(self, election: Election) -> None:
        """The same seed gives the same outcome; another one gives another only where a lot was drawn."""
        here, there = election.outcome(), election.outcome(b"another seed")

        assert here == election.outcome()
        ties = [round_.tie for outcome in (here, there) for round_ in outcome.rounds if round_.tie]
        assert here == there or any("lot" in tie.broken_by for tie in ties)

    def test_a_poll_may_draw(self) -> None:
        """By every method whose ties may stand, a poll opened to draw has one winner where there would be two."""
        marks = {"score": (2, 2), "judgment": (0, 0), "dots": (2, 2), "date": (2, 2), "borda": (1, 1)}
        settings = {"score": {"score_max": 2}, "judgment": {"grades": ("good", "poor")}, "dots": {"budget": 4}}
        for method in ("approval", "score", "judgment", "borda", "dots", "date"):
            ballot = Ballot(("oak", "elm"), marks.get(method, ()))
            needs = settings.get(method, {})

            both = count(method, TREES, [ballot], seed=SEED, settings=Settings(**needs))  # type: ignore[arg-type]
            one = count(method, TREES, [ballot], seed=SEED, settings=Settings(**needs, draws_ties=True))  # type: ignore[arg-type]

            assert both.winners == ("oak", "elm"), method
            assert one.winners == (TREES[drawn((0, 1), poll())],), method
