from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.tally import Resolution, resolve

PEOPLE = st.integers(0, 12)


class TestResolve:
    def test_a_delegate_carries(self) -> None:
        """Who votes weighs one vote, and one more for each who delegated."""
        assert resolve({"ana"}, [("bo", "ana"), ("cy", "ana")]) == Resolution(
            weights={"ana": 3}, carriers={"bo": "ana", "cy": "ana"}, lost={}
        )

    def test_an_own_ballot_wins(self) -> None:
        """Who delegated and votes all the same votes for oneself."""
        assert resolve({"ana", "bo"}, [("bo", "ana")]) == Resolution({"ana": 1, "bo": 1}, {}, {})

    def test_chains_are_followed(self) -> None:
        """Who delegates to one who delegates is carried by the first with a ballot, and by nobody behind."""
        resolution = resolve({"cy", "di"}, [("ana", "bo"), ("bo", "cy"), ("cy", "di")])

        assert resolution.carriers == {"ana": "cy", "bo": "cy"}
        assert resolution.weights == {"cy": 3, "di": 1}

    def test_a_chain_to_nobody_falls_out(self) -> None:
        """Where the last of a chain neither votes nor delegates, none of it counts."""
        resolution = resolve({"di"}, [("ana", "bo"), ("bo", "cy")])

        assert resolution == Resolution({"di": 1}, {}, {"ana": "no-ballot", "bo": "no-ballot"})

    def test_a_circle_falls_out(self) -> None:
        """A circle counts for nobody, nor does who delegates into it; one ballot opens it."""
        circle = [("ana", "bo"), ("bo", "cy"), ("cy", "ana"), ("di", "ana"), ("ed", "ed")]

        assert set(resolve({"flo"}, circle).lost.values()) == {"cycle"}
        assert resolve({"bo"}, circle).carriers == {"cy": "bo", "ana": "bo", "di": "bo"}

    def test_the_last_grant_stands(self) -> None:
        """Who delegates twice delegated the second time."""
        assert resolve({"ana", "cy"}, [("bo", "ana"), ("bo", "cy")]).carriers == {"bo": "cy"}


class TestCap:
    def test_the_earliest_are_carried(self) -> None:
        """A carrier who may carry two carries the two whose grants are the earliest."""
        grants = [("bo", "ana"), ("cy", "bo"), ("di", "ana")]

        resolution = resolve({"ana"}, grants, carry_max=2)

        assert resolution == Resolution({"ana": 3}, {"bo": "ana", "cy": "ana"}, {"di": "cap"})
        assert resolve({"ana"}, grants, carry_max=3).lost == {}

    def test_a_grant_renewed_is_late(self) -> None:
        """Who grants anew loses the place in the order."""
        assert resolve({"ana"}, [("bo", "ana"), ("cy", "ana"), ("bo", "ana")], carry_max=1).lost == {"bo": "cap"}

    def test_nobody_may_be_carried(self) -> None:
        """A cap of none lets each vote for oneself alone."""
        assert resolve({"ana"}, [("bo", "ana")], carry_max=0).weights == {"ana": 1}


class TestSize:
    def test_a_circle_of_a_thousand(self) -> None:
        """A thousand who delegate in a circle are found in one go."""
        resolution = resolve(set(), [(number, (number + 1) % 1_000) for number in range(1_000)])

        assert Counter(resolution.lost.values()) == {"cycle": 1_000}

    @pytest.mark.parametrize("is_backwards", [False, True])
    def test_a_chain_of_a_hundred_thousand(self, is_backwards: bool) -> None:
        """A chain is followed to its end without recursion, each grant once, whichever was granted first."""
        length = 100_000
        reads = 0

        class Person(int):
            def __hash__(self) -> int:
                nonlocal reads
                reads += 1
                return int(self)

        people = [Person(number) for number in range(length + 1)]
        grants = [(people[number], people[number + 1]) for number in range(length)]
        resolution = resolve({people[-1]}, grants[::-1] if is_backwards else grants)

        assert resolution.weights == {length: length + 1}
        assert reads < 30 * length


class TestPromises:
    @given(st.frozensets(PEOPLE), st.lists(st.tuples(PEOPLE, PEOPLE)), st.none() | st.integers(0, 5))
    def test_each_vote_counts_once(
        self, voters: frozenset[int], grants: list[tuple[int, int]], carry_max: int | None
    ) -> None:
        """Every voter and delegator is accounted for once: a ballot, a carrier, or a reason; no weight appears."""
        resolution = resolve(voters, grants, carry_max=carry_max)

        delegators = {delegator for delegator, _ in grants} - voters
        assert resolution.carriers.keys() | resolution.lost.keys() == delegators
        assert not resolution.carriers.keys() & resolution.lost.keys()
        assert resolution.weights.keys() == voters
        assert sum(resolution.weights.values()) == len(voters) + len(resolution.carriers)
        assert set(resolution.carriers.values()) <= voters
        if carry_max is not None:
            assert all(weight <= 1 + carry_max for weight in resolution.weights.values())

    @given(st.frozensets(PEOPLE), st.lists(st.tuples(PEOPLE, PEOPLE), unique_by=lambda grant: grant[0]))
    def test_agrees_with_walking(self, voters: frozenset[int], grants: list[tuple[int, int]]) -> None:
        """Each delegator is carried by whom one finds by walking, if one finds a ballot at all."""
        delegates = dict(grants)
        found = {}
        for delegator in delegates.keys() - voters:
            here = delegator
            for _ in delegates:
                here = delegates.get(here, here)
                if here in voters:
                    found[delegator] = here
                    break

        assert resolve(voters, grants).carriers == found
