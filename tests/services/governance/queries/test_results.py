"""How a poll stands, by every method, and who may see it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Query
from libs.contracts.governance import (
    BallotsIn,
    CastBallot,
    EnterPaperBallots,
    NameAuditor,
    OwnBallotIn,
    PaperBatchesIn,
    PollKeyOf,
    ResultOf,
    RollOf,
    TallyOf,
)
from libs.errors import NotFound
from services.governance.domain.electorate import NotAMember
from services.governance.queries.results import ResultIsNotYet
from tests.services.governance.conftest import ANA, BO, CY, NOON, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def standing(house: Readers, method: str, *said: Any, **settings: Any) -> tuple[list[int], list[tuple[int, ...]]]:
    """The counts and the counts by mark of a poll in which members say this, the first of them on paper too."""
    poll_id = await house.decided.open(method=method, settings=settings)
    for who, ballot in zip((ANA, BO, CY), said, strict=False):
        choices, marks = zip(*ballot.items(), strict=True) if isinstance(ballot, dict) and ballot else (ballot, ())
        await house.decided.do(CastBallot(poll_id=poll_id, choices=tuple(choices), marks=marks), by=who)
        if who == ANA:
            rows = (marks,) if marks else ()
            paper = EnterPaperBallots(poll_id=poll_id, ballots=(tuple(choices),), marks=rows)
            await house.decided.do(paper, by=ANA)
    counts = (await house.tally(poll_id)).counts
    return [each.count for each in counts], [each.by_mark for each in counts]


class TestStanding:
    """The options are orchard, playground, wild; Ana's ballot is on paper as well and so counts twice."""

    @pytest.mark.parametrize("method", ["approval", "budget"])
    async def test_by_who_names_it(self, house: Readers, method: str) -> None:
        """Every option that a ballot names is one more."""
        settings = {"budget": 3, "costs": (1, 2, 3)} if method == "budget" else {}
        counts, by_mark = await standing(house, method, ("orchard", "wild"), ("wild",), (), **settings)

        assert counts == [2, 0, 3]
        assert by_mark == [(), (), ()]

    @pytest.mark.parametrize("method", ["ranked", "stv", "borda", "schulze"])
    async def test_of_a_ranking_by_first_choice(self, house: Readers, method: str) -> None:
        """Who is first on how many; what comes behind is for the count."""
        counts, _ = await standing(house, method, ("orchard", "wild"), ("wild", "orchard"), ())

        assert counts == [2, 0, 1]

    @pytest.mark.parametrize("method", ["borda", "schulze"])
    async def test_of_a_ranking_with_equals(self, house: Readers, method: str) -> None:
        """Options that share the first place are all first."""
        counts, _ = await standing(house, method, {"orchard": 1, "wild": 1, "playground": 2}, {"wild": 1})

        assert counts == [2, 0, 3]

    @pytest.mark.parametrize("method, settings", [("score", {"score_max": 9}), ("dots", {"budget": 9})])
    async def test_by_what_is_given(self, house: Readers, method: str, settings: dict[str, int]) -> None:
        """Scores and dots add up."""
        counts, by_mark = await standing(house, method, {"orchard": 5, "wild": 2}, {"wild": 7}, (), **settings)

        assert counts == [10, 0, 11]
        assert by_mark == [(), (), ()]

    async def test_by_grade(self, house: Readers) -> None:
        """How many gave which grade; who left an option out gave the worst, who left all blank gave none."""
        said = [{"orchard": 0, "wild": 1}, {"wild": 0}, ()]
        counts, by_mark = await standing(house, "judgment", *said, grades=("good", "fair", "bad"))

        assert counts == [2, 0, 3]
        assert by_mark == [(2, 0, 1), (0, 0, 3), (1, 2, 0)]

    async def test_of_dates(self, house: Readers) -> None:
        """How many say no, if need be, and yes; who does not answer a date says no."""
        counts, by_mark = await standing(house, "date", {"orchard": 2, "wild": 1}, {"wild": 2, "orchard": 0}, ())

        assert counts == [2, 0, 1]
        assert by_mark == [(1, 0, 2), (3, 0, 0), (0, 2, 1)]

    async def test_says_what_an_abstention_means(self, house: Readers) -> None:
        """The rules that a poll was opened on stand beside its count."""
        shown = {}
        for method, rules in (
            ("single", None),
            ("single", {"threshold": "qualified", "share": (2, 3), "abstentions_count": True}),
            ("consent", {"abstentions_count": True}),
        ):
            options = () if method == "consent" else ("a", "b")
            tally = await house.tally(await house.decided.open(method=method, options=options, rules=rules))
            assert (tally.rules is None) == (rules is None)
            shown[method, bool(rules)] = tally.abstention

        assert shown == {("single", False): "ignored", ("single", True): "in_base", ("consent", True): "against"}


class TestGroupAlone:
    @staticmethod
    def questions(poll_id: UUID, asker: UUID | None) -> list[Query[Any]]:
        """What anybody may ask of a poll that everybody may read."""
        return [
            TallyOf(poll_id=poll_id, asker=asker),
            ResultOf(poll_id=poll_id, asker=asker),
            PaperBatchesIn(poll_id=poll_id, asker=asker),
            PollKeyOf(poll_id=poll_id, asker=asker),
        ]

    async def test_is_not_there_for_strangers(self, house: Readers) -> None:
        """Who is not in the group is told what they would be told of a poll that never was."""
        poll_id = await house.decided.open(audience="group")
        await house.close(poll_id)

        for asker in (None, STRANGER):
            for query in self.questions(poll_id, asker):
                with pytest.raises(NotFound, match="There is no poll"):
                    await house.ask(query)
        for query in (
            BallotsIn(poll_id=poll_id, asker=STRANGER),
            RollOf(poll_id=poll_id, asker=STRANGER),
            OwnBallotIn(poll_id=poll_id, asker=STRANGER),
        ):
            with pytest.raises(NotFound, match="There is no poll"):
                await house.ask(query)

    async def test_is_read_by_members_and_auditors(self, house: Readers) -> None:
        """A steward lets an auditor read what members read; who voted how by name stays among members."""
        poll_id = await house.decided.open(audience="group")
        await house.close(poll_id)
        await house.decided.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)

        for asker in (BO, STRANGER):
            for query in self.questions(poll_id, asker):
                await house.ask(query)
        with pytest.raises(NotAMember):
            await house.ask(BallotsIn(poll_id=poll_id, asker=STRANGER))

    async def test_an_auditor_reads_that_poll_alone(self, house: Readers) -> None:
        """Not the group's others."""
        named, other = [await house.decided.open(audience="group") for _ in range(2)]
        await house.decided.do(NameAuditor(poll_id=named, auditor_id=STRANGER), by=ANA)

        await house.ask(TallyOf(poll_id=named, asker=STRANGER))
        with pytest.raises(NotFound):
            await house.ask(TallyOf(poll_id=other, asker=STRANGER))


class TestResult:
    async def test_waits_for_the_count(self, house: Readers) -> None:
        """An open poll has none, and neither has one that is not there."""
        with pytest.raises(ResultIsNotYet):
            await house.ask(ResultOf(poll_id=await house.decided.open()))
        with pytest.raises(NotFound):
            await house.ask(ResultOf(poll_id=uuid4()))

    async def test_says_when_it_was_declared(self, house: Readers) -> None:
        """That is when the count was written down, behind the close."""
        poll_id = await house.decided.open()
        await house.close(poll_id)

        assert (await house.ask(ResultOf(poll_id=poll_id))).declared_at == NOON
