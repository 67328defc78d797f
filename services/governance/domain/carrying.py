"""
Which delegations speak in a poll, and who votes for whom by them.

Delegations for a topic or the group are between electors, those for one poll between voters; only who holds the key of
the pseudonyms can join them. So this is done here and not in `libs.tally`, which decides once everybody has one name;
what a stranger needs to do it again is recorded with the result.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from libs.contracts.governance import Carried, KnownAs, Lost, Scope
from libs.tally import Resolution, resolve

_NARROWNESS: Mapping[Scope, int] = {"poll": 2, "topic": 1, "group": 0}


class Grant(NamedTuple):
    """A delegation as it stands: the pseudonyms are voters' for one poll, else electors'; *position* is its entry's."""

    scope: Scope
    delegator: UUID
    delegate: UUID
    position: int
    is_for_group: bool = False


class Told(NamedTuple):
    """A delegation as it is told in one poll: between voters of it, if they are on its roll."""

    grant: Grant
    delegator: UUID
    delegate: UUID


@dataclass(frozen=True, slots=True)
class Carrying:
    """What becomes of the delegations that speak in one poll."""

    spoken: Mapping[UUID, Told]
    """By delegator, in the order of the log; also those of voters with a ballot of their own."""

    resolution: Resolution[UUID]
    lost: Mapping[UUID, Lost]
    roll: Set[UUID]

    @property
    def carried(self) -> tuple[Carried, ...]:
        """What is recorded of each who delegated and cast no ballot."""
        carriers = self.resolution.carriers
        return tuple(
            Carried(delegator=voter, carrier=carriers.get(voter), lost=self.lost.get(voter))
            for voter in sorted(self._silent)
        )

    @property
    def known_as(self) -> tuple[KnownAs, ...]:
        """What a stranger must know of these, and of whom they delegated to, to find the same."""
        electors: dict[UUID, UUID] = {}
        for voter in self._silent:
            grant, delegator, delegate = self.spoken[voter]
            if grant.scope != "poll":
                electors[delegator] = grant.delegator
                if delegate in self.roll:
                    electors[delegate] = grant.delegate
        return tuple(KnownAs(voter=voter, elector=electors[voter]) for voter in sorted(electors))

    @property
    def is_for_group(self) -> bool:
        """Whether one of the delegations that mattered is for the group's eyes alone."""
        return any(self.spoken[voter].grant.is_for_group for voter in self._silent)

    @property
    def _silent(self) -> Iterable[UUID]:
        return [*self.resolution.carriers, *self.lost]


def tell(grants: Iterable[Grant], voter_of: Callable[[UUID], UUID]) -> list[Told]:
    """Return *grants* between voters of one poll; *voter_of* makes an elector's pseudonym in it."""
    return [
        Told(grant, grant.delegator, grant.delegate)
        if grant.scope == "poll"
        else Told(grant, voter_of(grant.delegator), voter_of(grant.delegate))
        for grant in grants
    ]


def mentioned(told: Iterable[Told]) -> set[UUID]:
    """Return the voters that delegations name: of these alone it must be known whether they may vote, and did."""
    return {voter for each in told for voter in (each.delegator, each.delegate)}


def carry(told: Sequence[Told], *, roll: Set[UUID], with_ballot: Set[UUID], carry_max: int | None) -> Carrying:
    """
    Return what becomes of delegations, in the order of the log, where *with_ballot* of the *roll* vote for themselves.

    Who is not on the roll neither carries nor passes on: a chain that comes there is lost.
    """
    spoken = _narrowest(told, roll)
    pairs = [(each.delegator, each.delegate) for each in spoken.values()]
    resolution = resolve(with_ballot, pairs, carry_max=carry_max)
    outsiders = {delegate for _, delegate in pairs if delegate not in roll}
    # As if these had voted: so it shows whose chain comes to one of them.
    ends = resolve(with_ballot | outsiders, pairs).carriers if outsiders else {}
    lost: dict[UUID, Lost] = {}
    for voter, reason in resolution.lost.items():
        if ends.get(voter) in outsiders:
            lost[voter] = "not on the roll"
        else:
            lost[voter] = "no ballot" if reason == "no-ballot" else reason
    return Carrying(spoken, resolution, lost, roll)


def _narrowest(told: Iterable[Told], roll: Set[UUID]) -> dict[UUID, Told]:
    """Return, in order, what speaks for each voter on the roll: of several delegations the narrowest."""
    narrowest: dict[UUID, Told] = {}
    for each in told:
        known = narrowest.get(each.delegator)
        if known is None or _NARROWNESS[each.grant.scope] > _NARROWNESS[known.grant.scope]:
            narrowest.pop(each.delegator, None)
            narrowest[each.delegator] = each
    return {voter: each for voter, each in narrowest.items() if voter in roll}
