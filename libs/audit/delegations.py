"""
Delegated votes, as an auditor sees them.

The delegations stand in the log; what became of them is declared with the result, and an auditor who does the same must
come to the same. Those for a topic or the group are between electors, whom only the node can join to voters; it does so
(*known_as*) for those whom it takes to matter, and for no others. Nothing here knows where an auditor keeps what was
read: who is on the roll and who cast a ballot are questions that the caller answers.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid5

from libs.contracts.governance import Carried, DelegationGranted, KnownAs, Lost, Scope
from libs.tally import resolve

Ask = Callable[[UUID], bool]
"""A question about a voter's pseudonym."""

Fate = tuple[UUID | None, Lost | None]
"""Who carried a vote, or why nobody did."""

_WIDTH: Mapping[Scope, int] = {"poll": 0, "topic": 1, "group": 2}


class Grant(NamedTuple):
    """A delegation that stands: between voters where its scope is the poll, else between electors."""

    scope: Scope
    delegator: UUID
    delegate: UUID


@dataclass(frozen=True, slots=True)
class Delegated:
    """What became of the delegations in a poll, by an auditor's own count."""

    fates: Mapping[UUID, Fate]
    """Of each voter who delegated and cast no ballot."""

    more: Mapping[UUID, int]
    """For how many others each carrier's ballot counts."""

    needed: frozenset[UUID]
    """The electors who had to be known for this."""


def address(event: DelegationGranted) -> UUID:
    """Return the id that a delegation has: one for each delegator and place."""
    place = event.poll_id if event.scope == "poll" and event.poll_id else event.group_id
    if event.scope == "topic":
        place = uuid5(event.group_id, f"topic {event.topic}")
    return uuid5(place, f"delegation {event.delegator}")


def complaint(event: DelegationGranted) -> str | None:
    """Return why a delegation means nothing, or None."""
    if (event.poll_id is None) == (event.scope == "poll") or (event.topic is None) == (event.scope == "topic"):
        return f"A delegation for the {event.scope} does not name it, or names more."
    if event.delegator == event.delegate:
        return "One who votes for oneself has delegated nothing."
    return None


def delegated(
    grants: Iterable[Grant],
    *,
    known_as: Iterable[KnownAs],
    is_on_roll: Ask,
    has_ballot: Ask,
    carry_max: int | None,
) -> Delegated:
    """
    Return what becomes of *grants*: all that stand at the close for the poll, its topic and its group, in the order of
    the entries that gave them to their present delegates.

    A withdrawn ballot is none, a blank one is one. A delegation of an elector who is not in *known_as* says nothing
    here; to one who is not, it is to somebody who is not on the roll.
    """
    voters = {each.elector: each.voter for each in known_as}
    spoken = _spoken(grants, voters, is_on_roll, has_ballot)
    pairs = [(voter, _as_voter(grant.delegate, grant, voters)) for voter, grant in spoken.items()]
    delegates = {delegate for _, delegate in pairs}
    outsiders = {delegate for delegate in delegates if not is_on_roll(delegate)}
    with_ballot = {delegate for delegate in delegates - outsiders if has_ballot(delegate)}
    resolution = resolve(with_ballot, pairs, carry_max=carry_max)
    # As if outsiders had voted: so it shows whose chain comes to one of them.
    ends = resolve(with_ballot | outsiders, pairs).carriers
    fates: dict[UUID, Fate] = {voter: (carrier, None) for voter, carrier in resolution.carriers.items()}
    for voter, reason in resolution.lost.items():
        if ends.get(voter) in outsiders:
            fates[voter] = None, "not on the roll"
        else:
            fates[voter] = None, "no ballot" if reason == "no-ballot" else reason
    electors = {
        elector
        for grant in spoken.values()
        if grant.scope != "poll"
        for elector in (grant.delegator, grant.delegate)
        if elector in voters
    }
    return Delegated(fates, Counter(resolution.carriers.values()), frozenset(electors))


def _spoken(
    grants: Iterable[Grant], voters: Mapping[UUID, UUID], is_on_roll: Ask, has_ballot: Ask
) -> dict[UUID, Grant]:
    """Return what speaks for each voter on the roll without a ballot, in order: of several the narrowest."""
    narrowest: dict[UUID, Grant] = {}
    for grant in grants:
        voter = _as_voter(grant.delegator, grant, voters)
        known = narrowest.get(voter)
        if known is None or _WIDTH[grant.scope] < _WIDTH[known.scope]:
            narrowest.pop(voter, None)
            narrowest[voter] = grant
    return {voter: grant for voter, grant in narrowest.items() if is_on_roll(voter) and not has_ballot(voter)}


def _as_voter(who: UUID, grant: Grant, voters: Mapping[UUID, UUID]) -> UUID:
    """Return the voter's pseudonym of *who*; an elector of whom it is not known stands for somebody not on the roll."""
    return who if grant.scope == "poll" else voters.get(who, who)


def differences(
    own: Delegated,
    *,
    carried: Sequence[Carried],
    known_as: Sequence[KnownAs],
    delegated_count: int,
    is_on_roll: Ask,
) -> Iterator[str]:
    """Yield a sentence for each way in which what was declared is not what an auditor finds."""
    yield from _ill_known(known_as, own.needed, is_on_roll)
    declared: dict[UUID, Fate] = {}
    for each in carried:
        if each.delegator in declared:
            yield f"What became of the vote of {each.delegator} is declared twice."
        declared[each.delegator] = each.carrier, each.lost
    for voter in sorted(declared.keys() | own.fates.keys()):
        if declared.get(voter) != own.fates.get(voter):
            said, found = _words(declared.get(voter)), _words(own.fates.get(voter))
            yield f"The delegated vote of {voter} is declared {said}; by the log it is {found}."
    count = sum(own.more.values())
    if delegated_count != count:
        yield f"{delegated_count} delegated votes are declared, and by the log there are {count}."


def _ill_known(known_as: Sequence[KnownAs], needed: frozenset[UUID], is_on_roll: Ask) -> Iterator[str]:
    voters: set[UUID] = set()
    electors: set[UUID] = set()
    for each in known_as:
        if each.voter in voters or each.elector in electors:
            yield f"The voter {each.voter} or the elector {each.elector} is told to be two."
        if not is_on_roll(each.voter):
            yield f"The elector {each.elector} is told to be {each.voter}, who is not on the roll."
        if each.elector not in needed:
            yield f"The elector {each.elector} is named, and no delegation needs it."
        voters.add(each.voter)
        electors.add(each.elector)


def _words(fate: Fate | None) -> str:
    match fate:
        case None:
            return "not delegated, or cast"
        case (None, lost):
            return f"lost ({lost})"
        case (carrier, _):
            return f"carried by {carrier}"
