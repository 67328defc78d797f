"""Which delegations speak in a poll, and what becomes of them."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from libs.contracts.governance import Carried, KnownAs
from services.governance.domain.carrying import Carrying, Grant, carry, mentioned, tell

POLL = UUID(int=99)


def elector(name: str) -> UUID:
    """Somebody's pseudonym in the group."""
    return uuid5(POLL, f"elector {name}")


def voter_of(of: UUID) -> UUID:
    """An elector's pseudonym in the poll."""
    return uuid5(POLL, f"voter {of}")


def voter(name: str) -> UUID:
    """Somebody's pseudonym in the poll."""
    return voter_of(elector(name))


def in_poll(delegator: str, delegate: str, position: int = 1) -> Grant:
    """A delegation for the poll."""
    return Grant("poll", voter(delegator), voter(delegate), position)


def on_topic(delegator: str, delegate: str, position: int = 1) -> Grant:
    """A delegation for the poll's topic."""
    return Grant("topic", elector(delegator), elector(delegate), position)


def in_group(delegator: str, delegate: str, position: int = 1) -> Grant:
    """A delegation for the whole group."""
    return Grant("group", elector(delegator), elector(delegate), position)


def carried(
    grants: Sequence[Grant],
    *,
    ballots: Iterable[str],
    roll: Iterable[str] = ("ana", "bo", "cy", "di"),
    carry_max: int | None = None,
) -> Carrying:
    """What becomes of grants where some cast a ballot."""
    return carry(
        tell(grants, voter_of),
        roll=set(map(voter, roll)),
        with_ballot=set(map(voter, ballots)),
        carry_max=carry_max,
    )


def carriers(carrying: Carrying, roll: Sequence[str] = ("ana", "bo", "cy", "di", "ed")) -> dict[str, str]:
    """Who is carried by whom, or lost why, by name."""
    names = {voter(name): name for name in roll}
    found = {names[each.delegator]: names[each.carrier] for each in carrying.carried if each.carrier}
    return found | {names[each.delegator]: each.lost for each in carrying.carried if each.lost}


class TestScope:
    def test_the_narrower_goes_before_the_wider(self) -> None:
        """For the poll before for its topic before for the group, whichever was given last."""
        grants = [in_poll("ana", "bo", 1), on_topic("ana", "cy", 2), in_group("ana", "di", 3)]

        assert carriers(carried(grants, ballots=["bo", "cy", "di"])) == {"ana": "bo"}
        assert carriers(carried(grants[1:], ballots=["bo", "cy", "di"])) == {"ana": "cy"}
        assert carriers(carried(grants[2:], ballots=["bo", "cy", "di"])) == {"ana": "di"}

    def test_the_narrower_speaks_alone(self) -> None:
        """Where the narrower comes to nobody, the wider is not asked."""
        grants = [in_poll("ana", "bo", 1), in_group("ana", "di", 3)]

        assert carriers(carried(grants, ballots=["di"])) == {"ana": "no ballot"}

    def test_chains_run_through_all_of_them(self) -> None:
        """Who is a delegate in the poll passes on what the group is told, and the other way round."""
        grants = [in_poll("ana", "bo", 1), in_group("bo", "cy", 2), on_topic("cy", "di", 3)]

        assert carriers(carried(grants, ballots=["di"])) == {"ana": "di", "bo": "di", "cy": "di"}


class TestMentioned:
    def test_are_all_that_must_be_asked_about(self) -> None:
        """Delegators and delegates, as voters of the poll, and nobody else."""
        told = tell([in_poll("ana", "bo"), in_group("cy", "bo")], voter_of)

        assert mentioned(told) == {voter("ana"), voter("bo"), voter("cy")}


class TestRoll:
    def test_an_outsider_neither_carries_nor_passes_on(self) -> None:
        """Who is not on the roll ends a chain, whomever they delegated to."""
        grants = [in_group("ana", "bo", 1), in_group("bo", "ed", 2), in_group("ed", "cy", 3)]

        assert carriers(carried(grants, ballots=["cy"])) == {"ana": "not on the roll", "bo": "not on the roll"}

    def test_an_outsider_s_delegation_is_none(self) -> None:
        """Who may not vote has no vote to delegate."""
        assert carried([in_group("ed", "ana", 1)], ballots=["ana"]).carried == ()

    def test_to_outsiders_the_cap_is_nothing(self) -> None:
        """Several whose chain ends with the same outsider are all told so."""
        grants = [in_group("ana", "ed", 1), in_group("bo", "ed", 2)]

        assert set(carriers(carried(grants, ballots=[], carry_max=1)).values()) == {"not on the roll"}


class TestOwnBallot:
    def test_wins(self) -> None:
        """Who votes is carried by nobody, and nothing is said of the delegation."""
        carrying = carried([in_group("ana", "bo", 1)], ballots=["ana", "bo"])

        assert not carrying.carried
        assert not carrying.known_as
        assert set(carrying.resolution.weights.values()) == {1}


class TestMutual:
    def test_delegation_falls_out(self) -> None:
        """Two who let each other vote, and do not, are not counted; one ballot counts for both."""
        grants = [in_poll("ana", "bo", 1), in_group("bo", "ana", 2)]

        assert carriers(carried(grants, ballots=[])) == {"ana": "cycle", "bo": "cycle"}
        assert carriers(carried(grants, ballots=["bo"])) == {"ana": "bo"}


class TestCap:
    def test_takes_the_earliest(self) -> None:
        """The order is that of the log, whatever the scope."""
        grants = [in_group("ana", "di", 1), in_poll("bo", "di", 2), on_topic("cy", "di", 3)]

        assert carriers(carried(grants, ballots=["di"], carry_max=2)) == {"ana": "di", "bo": "di", "cy": "cap"}


class TestKnownAs:
    def test_joins_only_who_has_to_be_joined(self) -> None:
        """Named are who delegated for more than one poll without voting, and their delegates on the roll; no others."""
        grants = [
            in_group("ana", "bo", 1),
            in_poll("cy", "bo", 2),
            in_group("bo", "di", 3),
            in_group("cy", "di", 4),
            on_topic("ana", "ed", 5),
        ]
        carrying = carried(grants, ballots=["bo"])

        assert carrying.known_as == (KnownAs(voter=voter("ana"), elector=elector("ana")),)
        assert carriers(carrying) == {"ana": "not on the roll", "cy": "bo"}
        named = carried(grants[:4], ballots=["bo"]).known_as
        assert {each.voter for each in named} == {voter("ana"), voter("bo")}

    def test_is_in_one_order(self) -> None:
        """Replicas that count at once write the same."""
        grants = [in_group(str(n), "ana", n) for n in range(20)]
        names = ["ana", *map(str, range(20))]
        carrying = carried(grants, ballots=["ana"], roll=names)

        assert list(carrying.carried) == [
            Carried(delegator=each, carrier=voter("ana")) for each in sorted(map(voter, names[1:]))
        ]
        assert [each.voter for each in carrying.known_as] == sorted(map(voter, names))


class TestSecrecy:
    def test_follows_the_delegations_that_matter(self) -> None:
        """What became of sealed delegations is sealed; those of voters with a ballot do not matter."""
        grants = [in_group("ana", "cy", 1), in_group("bo", "cy", 2)._replace(is_for_group=True)]

        assert carried(grants, ballots=["cy"]).is_for_group
        assert not carried(grants, ballots=["bo", "cy"]).is_for_group


class TestSize:
    def test_a_chain_and_a_cycle_of_a_thousand(self) -> None:
        """A thousand hand one vote on to the next; closed to a circle, all of them fall out."""
        names = [str(number) for number in range(1001)]
        chain = [in_group(names[n], names[n + 1], n) for n in range(1000)]
        carrying = carried(chain, ballots=[names[-1]], roll=names)
        assert carrying.resolution.weights == {voter(names[-1]): 1001}

        circle = [*chain, in_group(names[-1], names[0], 1000)]
        assert set(carrying_reasons(carried(circle, ballots=[], roll=names))) == {"cycle"}
        assert len(carried(circle, ballots=[], roll=names).carried) == 1001


def carrying_reasons(carrying: Carrying) -> list[str | None]:
    """Why votes were lost."""
    return [each.lost for each in carrying.carried]
