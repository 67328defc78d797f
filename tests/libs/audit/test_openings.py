"""The roll: who may vote is fixed at the opening, and nobody is added to it or taken from it."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from tests.libs.audit.conftest import ANA, BO, CY, GROUP, Town, audited, event_at, place, rewritten, rules, with_data


class TestTheRoll:
    def test_altered(self, decided: list[bytes]) -> None:
        """A voter exchanged for another is not what the opening commits to."""
        roll = place(decided, "RollFrozen")
        voters = [str(voter) for voter in event_at(decided, roll).voters]
        decided[roll] = with_data(decided[roll], voters=sorted([*voters[1:], str(uuid4())]))
        found = audited(decided)

        assert rules(found)[0] == "roll"
        assert "not-on-the-roll" in rules(found)

    def test_longer_than_it_says(self, decided: list[bytes]) -> None:
        """A voter added is counted, and misses in the commitment."""
        roll = place(decided, "RollFrozen")
        voters = [str(voter) for voter in event_at(decided, roll).voters]
        decided[roll] = with_data(decided[roll], voters=sorted([*voters, str(uuid4())]))

        assert rules(audited(decided)) == ["roll", "roll"]

    def test_bears_a_voter_twice(self, decided: list[bytes]) -> None:
        """In ascending order nobody stands twice."""
        roll = place(decided, "RollFrozen")
        voters = [str(voter) for voter in event_at(decided, roll).voters]
        decided[roll] = with_data(decided[roll], voters=[voters[0], *voters])

        assert "not in ascending order" in audited(decided).differences[0].text

    def test_missing(self, decided: list[bytes]) -> None:
        """Without its roll a poll has no voters."""
        del decided[place(decided, "RollFrozen")]

        assert rules(audited(decided))[0] == "roll"

    def test_grows_after_the_opening(self, decided: list[bytes]) -> None:
        """A part behind the opening adds nobody."""
        roll = place(decided, "RollFrozen")
        part = with_data(decided[roll], part=1)
        late = rewritten(part, lambda f: f.update(id=str(uuid4()), aggregate_id=str(uuid4())))
        found = audited([*decided, late])

        assert rules(found) == ["roll"]
        assert found.differences[0].position == len(decided) + 1

    def test_part_at_another_address(self, decided: list[bytes]) -> None:
        """Each part has one address."""
        roll = place(decided, "RollFrozen")
        decided[roll] = rewritten(decided[roll], lambda f: f.update(aggregate_id=str(uuid4())))

        assert rules(audited(decided)) == ["address"]

    async def test_of_many_parts(self, town: Town) -> None:
        """A roll of more voters than one entry takes is checked part by part, and a part cannot be left out."""
        for number in range(900):
            await town.governance.hear(GROUP, UUID(int=1000 + number), "member", 20 + number)
        await town.open()
        entries = await town.entries()

        assert audited(entries).is_clean
        assert audited(entries).polls[0].voters_count == 903
        del entries[place(entries, "RollFrozen", 1)]
        assert rules(audited(entries))[0] == "roll"

    async def test_other_than_the_group(self, town: Town) -> None:
        """A roll that bears more or fewer than the group had is told, for somebody may have joined in that moment."""
        before = len(await town.entries())
        await town.open()
        entries = await town.entries()
        await town.governance.hear(GROUP, UUID(int=77), "member", 50)
        joined = (await town.entries())[-1]
        report = audited([*entries[:before], joined, *entries[before:]])

        assert report.is_clean
        assert "4 members" in report.polls[0].notes[0].text


class TestAnOpening:
    @pytest.mark.parametrize(
        "data, rule",
        [
            ({"options": ["wild", "wild"]}, "options"),
            ({"options": []}, "options"),
            ({"closes_at": "2030-06-01T07:00:00Z"}, "closing-time"),
            ({"group_id": str(uuid4())}, "group"),
            ({"voters_count": 4}, "roll"),
            ({"parts_count": 2}, "roll"),
            ({"parts_count": 0}, "roll"),
        ],
    )
    def test_altered(self, decided: list[bytes], data: dict[str, Any], rule: str) -> None:
        """Everything that it fixes is compared with everything that follows."""
        opened = place(decided, "PollOpened")
        decided[opened] = with_data(decided[opened], **data)

        assert rule in rules(audited(decided))

    def test_twice(self, decided: list[bytes]) -> None:
        """A poll is opened once."""
        opened = place(decided, "PollOpened")
        again = rewritten(decided[opened], lambda f: f.update(id=str(uuid4()), version=2))
        decided.insert(opened + 1, again)

        assert "opened-twice" in rules(audited(decided))


class TestAnElectorate:
    async def test_hears_of_each_change_once(self, town: Town) -> None:
        """Who joins was out, who leaves or gets a role was in."""
        await town.governance.hear(GROUP, CY, "steward", 20)
        await town.governance.hear(GROUP, BO, None, 21)
        await town.governance.hear(GROUP, BO, "member", 22)
        entries = await town.entries()
        assert audited(entries).is_clean

        for name in ("ElectorJoined", "ElectorLeft", "ElectorRoleGiven"):
            nth = place(entries, name)
            data = {"elector": str(ANA)} if name != "ElectorJoined" else orjson.loads(entries[nth + 1])["data"]
            tampered = [*entries]
            tampered[nth] = with_data(entries[nth], **data)
            assert "electorate" in rules(audited(tampered))

    async def test_stands_at_its_groups_address(self, town: Town) -> None:
        """A group has one electorate."""
        entries = await town.entries()
        entries[0] = with_data(entries[0], group_id=str(uuid4()))

        assert rules(audited(entries)) == ["address"]
