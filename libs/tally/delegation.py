"""
Who votes for whom.

A ballot of one's own always wins over what one delegated. A chain is followed to the first who cast a ballot; what runs
in a circle, or ends with somebody who cast none, falls out and counts for nobody. Each grant is looked at once, however
long the chains are.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

V = TypeVar("V", bound=Hashable)

Lost = Literal["cycle", "no-ballot", "cap"]
"""Why a delegation counts for nobody: it runs in a circle, or to nobody with a ballot, or to one who carries enough."""


@dataclass(frozen=True, slots=True)
class Resolution(Generic[V]):
    """
    What each ballot weighs, its voter's own vote included, and what became of each grant.

    *carriers* has each delegator whose vote counts with the voter whose ballot it counts for; *lost* has those whose
    does not. Who cast a ballot stands in neither.
    """

    weights: Mapping[V, int]
    carriers: Mapping[V, V]
    lost: Mapping[V, Lost]


def resolve(voters: Set[V], grants: Iterable[tuple[V, V]], *, carry_max: int | None = None) -> Resolution[V]:
    """
    Follow *grants*, each of a delegator to a delegate, in the order of the log.

    *voters* cast a ballot of their own. Of several grants of one delegator the last stands, and has its place in the
    order. A voter carries *carry_max* others at most: those, directly or through a chain, whose own grant is earliest.
    """
    delegates: dict[V, V] = {}
    for delegator, delegate in grants:
        delegates.pop(delegator, None)
        delegates[delegator] = delegate
    ends = _ends(voters, delegates)

    carried: Counter[V] = Counter()
    carriers: dict[V, V] = {}
    lost: dict[V, Lost] = {}
    for delegator in delegates:
        if delegator in voters:
            continue
        carrier = ends[delegator]
        if carrier is None:
            lost[delegator] = "cycle"
        elif carrier not in voters:
            lost[delegator] = "no-ballot"
        elif carry_max is not None and carried[carrier] >= carry_max:
            lost[delegator] = "cap"
        else:
            carried[carrier] += 1
            carriers[delegator] = carrier
    return Resolution({voter: 1 + carried[voter] for voter in voters}, carriers, lost)


def _ends(voters: Set[V], delegates: Mapping[V, V]) -> dict[V, V | None]:
    """Return with whom the chain from each delegator ends; None for one that runs into a circle."""
    ends: dict[V, V | None] = {}
    for delegator in delegates:
        chain: dict[V, None] = {}
        here = delegator
        while here in delegates and here not in voters and here not in ends and here not in chain:
            chain[here] = None
            here = delegates[here]
        end = None if here in chain else ends.get(here, here)
        ends.update(dict.fromkeys(chain, end))
    return ends
