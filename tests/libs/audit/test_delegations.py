"""What an auditor makes of delegations, and what a dishonest keeper could declare of them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.delegations import Delegated, Grant, address, complaint, delegated, differences
from libs.contracts.governance import Carried, DelegationGranted, KnownAs, Scope
from services.governance.domain import carrying
from services.governance.domain.delegation import Delegation

POLL, GROUP = UUID(int=98), UUID(int=99)
EVERYBODY = ("ana", "bo", "cy", "di", "ed")


def elector(name: str) -> UUID:
    """Somebody's pseudonym in the group."""
    return uuid5(GROUP, name)


def voter(name: str) -> UUID:
    """Somebody's pseudonym in the poll."""
    return uuid5(POLL, str(elector(name)))


def grant(scope: Scope, delegator: str, delegate: str) -> Grant:
    """A delegation."""
    name = voter if scope == "poll" else elector
    return Grant(scope, name(delegator), name(delegate))


def known(*names: str) -> tuple[KnownAs, ...]:
    """What is told of who is who."""
    return tuple(KnownAs(voter=voter(name), elector=elector(name)) for name in names)


def found(
    grants: Sequence[Grant],
    *,
    ballots: Collection[str],
    known_as: Sequence[KnownAs] = known(*EVERYBODY),
    roll: Collection[str] = EVERYBODY,
    carry_max: int | None = None,
) -> Delegated:
    """What an auditor finds."""
    return delegated(
        grants,
        known_as=known_as,
        is_on_roll=set(map(voter, roll)).__contains__,
        has_ballot=set(map(voter, ballots)).__contains__,
        carry_max=carry_max,
    )


def fates(own: Delegated) -> dict[str, str | None]:
    """What became of votes, by name."""
    names = {voter(name): name for name in EVERYBODY}
    return {names[who]: names[carrier] if carrier else lost for who, (carrier, lost) in own.fates.items()}


def disputed(own: Delegated, **declared: Any) -> list[str]:
    """What an auditor says of what was declared, which else is what was found."""
    honest: dict[str, Any] = {
        "carried": [Carried(delegator=who, carrier=by, lost=why) for who, (by, why) in own.fates.items()],
        "known_as": [each for each in known(*EVERYBODY) if each.elector in own.needed],
        "delegated_count": sum(own.more.values()),
        "is_on_roll": set(map(voter, EVERYBODY)).__contains__,
    }
    return list(differences(own, **honest | declared))


class TestDelegated:
    def test_an_own_ballot_wins(self) -> None:
        """Of who voted nothing is declared, whatever was delegated."""
        own = found([grant("group", "ana", "bo")], ballots=["ana", "bo"])

        assert not own.fates
        assert not own.more
        assert own.needed == frozenset()

    def test_the_narrower_goes_before_the_wider(self) -> None:
        """The poll before its topic before the group, whichever stands first in the log."""
        grants = [grant("group", "ana", "di"), grant("topic", "ana", "cy"), grant("poll", "ana", "bo")]

        assert fates(found(grants, ballots=["bo", "cy", "di"])) == {"ana": "bo"}
        assert fates(found(grants[:2], ballots=["bo", "cy", "di"])) == {"ana": "cy"}
        assert fates(found(grants[:1], ballots=["bo", "cy", "di"])) == {"ana": "di"}

    def test_reasons(self) -> None:
        """A vote is lost in a circle, to one without a ballot, to one who is not on the roll, and to the cap."""
        assert fates(found([grant("poll", "ana", "bo"), grant("poll", "bo", "ana")], ballots=[])) == {
            "ana": "cycle",
            "bo": "cycle",
        }
        assert fates(found([grant("poll", "ana", "bo")], ballots=["cy"])) == {"ana": "no ballot"}
        assert fates(found([grant("poll", "ana", "bo")], ballots=[], roll=["ana"])) == {"ana": "not on the roll"}
        grants = [grant("poll", "ana", "cy"), grant("poll", "bo", "cy")]
        assert fates(found(grants, ballots=["cy"], carry_max=1)) == {"ana": "cy", "bo": "cap"}

    def test_who_is_not_known_is_not_on_the_roll(self) -> None:
        """Of an elector of whom nothing is told a delegation says nothing; one to such a one is lost."""
        own = found([grant("group", "ana", "bo"), grant("group", "cy", "ana")], ballots=["bo"], known_as=known("ana"))

        assert fates(own) == {"ana": "not on the roll"}

    def test_needs_only_whom_it_needs(self) -> None:
        """Known must be who delegated for more than one poll, and to whom; nobody who voted, or delegated here."""
        grants = [grant("group", "ana", "bo"), grant("poll", "cy", "di"), grant("group", "di", "ed")]

        assert found(grants, ballots=["bo", "di"]).needed == {elector("ana"), elector("bo")}


class TestDifferences:
    GRANTS = (grant("group", "ana", "bo"), grant("poll", "cy", "bo"), grant("poll", "di", "ed"))

    @pytest.fixture
    def own(self) -> Delegated:
        """Two votes that Bo carries, and one that is lost."""
        return found(self.GRANTS, ballots=["bo"])

    def test_none_in_what_is_honest(self, own: Delegated) -> None:
        """What is as it must be raises no dispute."""
        assert fates(own) == {"ana": "bo", "cy": "bo", "di": "no ballot"}
        assert disputed(own) == []

    def test_a_vote_left_out(self, own: Delegated) -> None:
        """A delegated vote that is passed over is missed."""
        (said,) = disputed(own, carried=[Carried(delegator=voter("cy"), carrier=voter("bo")), _lost("di")])

        assert str(voter("ana")) in said

    def test_a_vote_made_up(self, own: Delegated) -> None:
        """Nobody is carried who delegated nothing."""
        honest = [Carried(delegator=who, carrier=by, lost=why) for who, (by, why) in own.fates.items()]
        extra = Carried(delegator=voter("ed"), carrier=voter("bo"))

        assert len(disputed(own, carried=[*honest, extra])) == 1
        assert len(disputed(own, carried=[*honest, honest[0]])) == 1

    def test_a_vote_carried_by_another(self, own: Delegated) -> None:
        """The carrier is the one to whom the chain comes."""
        carried = [
            Carried(delegator=voter("ana"), carrier=voter("bo")),
            Carried(delegator=voter("cy"), carrier=voter("ed")),
            _lost("di"),
        ]

        (said,) = disputed(own, carried=carried)
        assert f"carried by {voter('ed')}" in said
        assert f"carried by {voter('bo')}" in said

    def test_another_number(self, own: Delegated) -> None:
        """The number of delegated votes is that of the votes carried."""
        assert len(disputed(own, delegated_count=3)) == 1

    def test_one_who_is_two(self, own: Delegated) -> None:
        """Nobody is told to be two voters, and no two to be one."""
        twice = KnownAs(voter=voter("di"), elector=elector("ana"))

        assert any("two" in said for said in disputed(own, known_as=[*known("ana", "bo"), twice]))

    def test_one_named_without_need(self, own: Delegated) -> None:
        """Who needs not be known is not."""
        assert len(disputed(own, known_as=known("ana", "bo", "ed"))) == 1

    def test_one_who_is_not_on_the_roll(self, own: Delegated) -> None:
        """Only voters are known."""
        said = disputed(own, is_on_roll=set(map(voter, ("ana", "cy", "di"))).__contains__)

        assert [str(voter("bo")) in each for each in said] == [True]


class TestEntries:
    @pytest.mark.parametrize("scope", ["poll", "topic", "group"])
    def test_stand_at_their_address(self, scope: Scope) -> None:
        """A delegation's id is made of its place and its delegator, as those who write it make it."""
        poll_id, topic = POLL if scope == "poll" else None, "money" if scope == "topic" else None
        event = DelegationGranted(
            group_id=GROUP, scope=scope, poll_id=poll_id, topic=topic, delegator=voter("ana"), delegate=voter("bo")
        )

        assert address(event) == Delegation.create_id(GROUP, poll_id, topic, voter("ana"))
        assert complaint(event) is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"poll_id": None},
            {"topic": "money"},
            {"scope": "group"},
            {"scope": "topic", "poll_id": None},
            {"delegate": voter("ana")},
        ],
    )
    def test_that_mean_nothing(self, wrong: dict[str, Any]) -> None:
        """One that does not say where it is for, or is to oneself, counts for nothing."""
        event = DelegationGranted(
            group_id=GROUP, scope="poll", poll_id=POLL, topic=None, delegator=voter("ana"), delegate=voter("bo")
        )

        assert complaint(event.model_copy(update=wrong))


def _lost(name: str) -> Carried:
    return Carried(delegator=voter(name), lost="no ballot")


PEOPLE = st.sampled_from(EVERYBODY)


class TestPromise:
    @given(
        grants=st.lists(
            st.tuples(st.sampled_from(["poll", "topic", "group"]), PEOPLE, PEOPLE), unique_by=lambda g: g[:2]
        ),
        roll=st.frozensets(PEOPLE),
        ballots=st.frozensets(PEOPLE),
        carry_max=st.none() | st.integers(0, 2),
    )
    def test_agrees_with_governance(
        self,
        grants: list[tuple[Scope, str, str]],
        roll: frozenset[str],
        ballots: frozenset[str],
        carry_max: int | None,
    ) -> None:
        """From what governance declares, and the log, an auditor finds the same, and finds nothing to dispute."""
        plain = [grant(*each) for each in grants]
        on_roll = set(map(voter, roll))
        declared = carrying.carry(
            carrying.tell(
                [carrying.Grant(*each, position) for position, each in enumerate(plain)],
                lambda of: uuid5(POLL, str(of)),
            ),
            roll=on_roll,
            with_ballot=on_roll & set(map(voter, ballots)),
            carry_max=carry_max,
        )
        own = found(plain, ballots=roll & ballots, known_as=declared.known_as, roll=roll, carry_max=carry_max)

        assert not disputed(
            own,
            carried=declared.carried,
            known_as=declared.known_as,
            delegated_count=len(declared.resolution.carriers),
            is_on_roll=on_roll.__contains__,
        )
        weights = {who: weight - 1 for who, weight in declared.resolution.weights.items() if weight > 1}
        assert own.more == weights
