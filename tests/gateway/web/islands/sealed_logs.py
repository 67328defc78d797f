"""
Small sealed logs of whole votes as governance and the sealer make them, and what a dishonest keeper could make of them.

A keeper seals what was altered anew, with the log's own key: so nothing but the replay can find it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson

from libs.audit import Replay
from libs.contracts.governance import (
    Carried,
    DelegateInGroup,
    DelegateInPoll,
    KnownAs,
    SetCustoms,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, GROUP, Governance, Town, rewritten
from tests.libs.audit.tiled import LOG, WITNESSES, publish

ORCHARD, WILD = Ballot(("orchard",)), Ballot(("wild",))
NOBODY = str(UUID(int=77))


@dataclass
class Vote:
    """The entries of a log with one vote in it; *position* is that of a ballot of Bo's."""

    name: str
    poll_id: UUID
    entries: list[bytes]
    key: str | None = None
    opened: Mapping[UUID, bytes] = field(default_factory=dict)
    group_key: str | None = None

    @property
    def position(self) -> int:
        """Where the last ballot of the vote stands."""
        names = [orjson.loads(entry)["name"] for entry in self.entries]
        return max(place for place, name in enumerate(names, 1) if name in ("BallotCast", "BallotReplaced"))

    def altered(self, entries: list[bytes], name: str) -> "Vote":
        """The same with other entries."""
        return Vote(f"{self.name} {name}", self.poll_id, entries, self.key, self.opened, self.group_key)

    def rules(self) -> list[tuple[str, int]]:
        """What `plaanet audit` finds, and where."""
        replay = Replay(keys=self.opened)
        replay.read(self.entries)
        return [(difference.rule, difference.position) for difference in replay.report().differences]


async def votes(seed_from: str = "root") -> AsyncIterator[Vote]:
    """Every kind of vote: in the open, hidden until its close, for its group alone, with votes that are carried."""
    for name, terms in (
        ("open", {}),
        ("hidden", {"results": "hidden"}),
        ("group", {"audience": "group"}),
    ):
        town = await _town(seed_from)
        poll_id = await town.open(**terms)
        await _held(town, poll_id)
        key = town.governance.secrets.keys.key(poll_id) if name == "group" else None
        yield Vote(name, poll_id, await town.entries(), key.hex() if key else None, {poll_id: key} if key else {})
    town = await _town(seed_from)
    poll_id = await town.open(takes_delegations=True)
    await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
    await town.vote(poll_id, BO, "wild")
    await town.vote(poll_id, CY, "orchard")
    await town.close(poll_id)
    voter = town.governance.voter
    told = Carried(delegator=voter(poll_id, ANA), carrier=voter(poll_id, BO))
    await town.declare(poll_id, Counter({WILD: 2, ORCHARD: 1}), carried=(told,))
    yield Vote("carried", poll_id, await town.entries())
    yield await _kept(seed_from)


async def _kept(seed_from: str) -> Vote:
    """A vote in the open that is carried by a delegation which its group keeps to itself."""
    town = await _town(seed_from)
    await town.governance.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
    poll_id = await town.open(takes_delegations=True)
    await town.governance.do(DelegateInGroup(group_id=GROUP, member_id=BO), by=ANA)
    await town.vote(poll_id, BO, "wild")
    await town.vote(poll_id, CY, "orchard")
    await town.close(poll_id)
    voter, elector = town.governance.voter, town.governance.pseudonyms.elector
    told = Carried(delegator=voter(poll_id, ANA), carrier=voter(poll_id, BO))
    known = tuple(KnownAs(voter=voter(poll_id, each), elector=elector(GROUP, each)) for each in (ANA, BO))
    await town.declare(poll_id, Counter({WILD: 2, ORCHARD: 1}), carried=(told,), known_as=known, for_group=True)
    key = town.governance.secrets.keys.key(GROUP)
    return Vote("kept", poll_id, await town.entries(), None, {GROUP: key}, group_key=key.hex())


async def _town(seed_from: str) -> Town:
    governance = Governance()
    for number, (member, role) in enumerate({ANA: "steward", BO: "member", CY: "member"}.items()):
        await governance.hear(GROUP, member, role, 10 + number)  # type: ignore[arg-type]
    return Town(governance, seed_from)


async def _held(town: Town, poll_id: UUID) -> None:
    """A vote with every kind of ballot: replaced, withdrawn, on paper, struck, late."""
    await town.vote(poll_id, ANA, "orchard")
    await town.vote(poll_id, BO, "wild")
    await town.vote(poll_id, ANA, "wild", "orchard")
    await town.vote(poll_id, CY, "orchard")
    await town.governance.do(WithdrawBallot(poll_id=poll_id), by=CY)
    struck = await town.enter(poll_id, ("wild",), ("wild",))
    await town.enter(poll_id, ("orchard",), ())
    await town.governance.do(StrikePaperBatch(poll_id=poll_id, batch_id=struck, reason="Twice."), by=ANA)
    await town.close(poll_id)
    ballots = Counter({Ballot(("wild", "orchard")): 1, WILD: 1, ORCHARD: 1, Ballot(()): 1})
    await town.declare(poll_id, ballots, paper_count=2)


def frauds(vote: Vote) -> Iterator[Vote]:
    """What a keeper could do to any entry of the vote: drop it, repeat it, move it, alter it."""
    entries = vote.entries
    first = next(place for place, entry in enumerate(entries) if b'"RollFrozen"' in entry)
    for place in range(first, len(entries)):
        name = f"{orjson.loads(entries[place])['name']} {place + 1}"
        before, entry, behind = entries[:place], entries[place], entries[place + 1 :]
        yield vote.altered([*before, *behind], f"drop {name}")
        yield vote.altered([*before, entry, entry, *behind], f"repeat {name}")
        if behind:
            yield vote.altered([*before, behind[0], entry, *behind[1:]], f"move {name}")
        for number, change in enumerate(_changes(entry)):
            yield vote.altered([*before, rewritten(entry, change), *behind], f"alter {number} {name}")


def _changes(entry: bytes) -> Iterator[Callable[[dict[str, Any]], None]]:
    data = orjson.loads(entry)["data"]
    yield lambda fields: fields.update(actor=NOBODY)
    yield lambda fields: fields.update(aggregate_id=NOBODY)
    yield lambda fields: fields.update(version=fields["version"] + 1)
    yield lambda fields: fields.update(decided_at="2030-06-02T08:00:00Z")
    for key, value in data.items():
        for other in _others(value):
            yield lambda fields, key=key, other=other: fields["data"].update({key: other})  # type: ignore[misc]


def _others(value: Any) -> Iterator[Any]:
    """Values that are near *value* and mean something else."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield {"ranked": "borda", "group": "everyone"}.get(value, NOBODY if len(value) == 36 else value[::-1])
        case list():
            yield value[1:]
            yield value[::-1]
            yield [*value, *value[:1]]
        case dict():
            for key, inner in value.items():
                for other in _others(inner):
                    yield {**value, key: other}


def seal(folder: Path, vote: Vote) -> None:
    """Write the vote's log as the sealer publishes it, and its keys."""
    folder.mkdir(parents=True, exist_ok=True)
    publish(folder, vote.entries)
    keys = [signer.verifier.vkey for signer in (LOG, *WITNESSES)]
    (folder / "key").write_text("".join(f"{key}\n" for key in keys))


def export(folder: Path, vote: Vote, to: Path) -> None:
    """Put a sealed log into one file, packed in both ways."""
    with ZipFile(to, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder), ZIP_DEFLATED if "entries" in path.parts else ZIP_STORED)
        archive.writestr("export.json", orjson.dumps({"poll_id": str(vote.poll_id)}))
