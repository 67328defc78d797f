"""
What an auditor finds in an honest log: nothing. And in one that somebody tampered with: where, and what.
"""

import re
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest

from libs.audit.replay import _HANDLERS, Replay
from libs.contracts import catalogue
from tests.libs.audit.conftest import BO, Town, audited, place, rewritten, rules, with_data


class TestAnHonestLog:
    def test_is_clean(self, decided: list[bytes], poll_id: UUID) -> None:
        """A recount of what governance wrote gives what governance declared."""
        report = audited(decided, last=len(decided))

        assert report.is_clean
        assert report.entries_count == len(decided)
        [poll] = report.polls
        assert poll.poll_id == poll_id
        assert poll.outcome
        assert poll.outcome.winners == ("orchard",)
        assert (poll.ballots_count, poll.paper_ballots_count, poll.voters_count) == (6, 3, 3)
        assert not poll.notes

    def test_can_be_read_in_pieces(self, decided: list[bytes]) -> None:
        """However the entries come, a page or one at a time, the report is the same."""
        replay = Replay()
        for entry in decided:
            replay.read([entry])

        assert replay.report() == audited(decided)

    def test_an_empty_log_is_clean(self) -> None:
        """Where nothing was decided, nothing is wrong."""
        assert audited([], last=0).is_clean

    async def test_an_open_poll_is_no_difference(self, town: Town, poll_id: UUID) -> None:
        """A poll that goes on has no result, and need not have one."""
        await town.vote(poll_id, BO, "wild")
        report = audited(await town.entries())

        assert report.is_clean
        assert report.polls[0].outcome is None

    def test_every_event_of_the_log_is_read(self) -> None:
        """No event of governance is passed over by the auditor."""
        published = {event for event in catalogue.events().values() if event.service == "governance"}

        assert published == set(_HANDLERS)


class TestEntries:
    def test_a_removed_one(self, decided: list[bytes]) -> None:
        """An entry that is left out is missed, even when nothing says how long the log is."""
        del decided[place(decided, "BallotCast")]

        assert rules(audited(decided)) == ["result"] * len(audited(decided).differences)
        assert not audited(decided).is_clean
        assert "gap" in rules(audited(decided, last=len(decided) + 1))

    @pytest.mark.parametrize("number", range(14))
    def test_any_removed_one(self, decided: list[bytes], number: int) -> None:
        """Whichever entry is left out, it is missed."""
        if number < len(decided) - 1:
            del decided[number]

            assert not audited(decided).is_clean

    def test_two_swapped(self, decided: list[bytes]) -> None:
        """A ballot and what replaced it, swapped, would give back the first choice."""
        cast, replaced = place(decided, "BallotCast", 1), place(decided, "BallotReplaced")
        decided[cast], decided[replaced] = decided[replaced], decided[cast]

        assert rules(audited(decided))[0] == "no-ballot"

    def test_one_twice(self, decided: list[bytes]) -> None:
        """The same entry a second time is named, and counts once."""
        cast = place(decided, "BallotCast")
        decided.insert(cast + 1, decided[cast])

        assert {"id-twice", "second-ballot"} <= set(rules(audited(decided)))

    def test_an_id_twice(self, decided: list[bytes]) -> None:
        """No two entries bear one id."""
        one, other = place(decided, "BallotCast"), place(decided, "BallotCast", 1)
        id_ = orjson.loads(decided[one])["id"]
        decided[other] = rewritten(decided[other], lambda fields: fields.update(id=id_))

        assert rules(audited(decided)) == ["id-twice"]
        assert audited(decided).differences[0].position == other + 1

    @pytest.mark.parametrize(
        "written",
        [
            lambda entry: entry.replace(b":", b": ", 1),
            lambda entry: entry + b" ",
            lambda entry: orjson.dumps(dict(reversed(orjson.loads(entry).items()))),
            lambda entry: entry.replace(b"orchard", b"\\u006frchard", 1),
            lambda entry: rewritten(entry, lambda fields: fields.update(more=1)),
            lambda entry: rewritten(entry, lambda fields: fields.update(id=fields["id"].upper())),
            lambda entry: entry.replace(b"00Z", b"00+00:00", 1),
            lambda entry: entry[:1] + b'"actor":"x",' + entry[1:],
        ],
    )
    def test_another_form(self, decided: list[bytes], written: object) -> None:
        """What says the same in other bytes is not the entry that was written."""
        cast = place(decided, "BallotCast")
        decided[cast] = written(decided[cast])  # type: ignore[operator]

        assert rules(audited(decided)) == ["form"]

    @pytest.mark.parametrize(
        "entry",
        [
            b"",
            b"no entry",
            b"[]",
            b"\xff",
            b"[" * 100_000,
            lambda fields: fields.update(name="PollMelted"),
            lambda fields: fields.update(name="MemberSignedUp"),
            lambda fields: fields.update(revision=99),
            lambda fields: fields.update(revision=0),
            lambda fields: fields.update(version="1"),
            lambda fields: fields.update(version=True),
            lambda fields: fields.update(actor=5),
            lambda fields: fields.update(actor=None),
            lambda fields: fields.update(decided_at="2030-06-01T08:00:00"),
            lambda fields: fields["data"].update(more=1),
            lambda fields: fields["data"].update(choices="orchard"),
            lambda fields: fields["data"].update(voter="ana"),
            lambda fields: fields.pop("group_id"),
        ],
    )
    def test_what_is_no_entry(self, decided: list[bytes], entry: object) -> None:
        """Bytes without a meaning are named with their position, and the reading goes on."""
        cast = place(decided, "BallotCast")
        decided[cast] = entry if isinstance(entry, bytes) else rewritten(decided[cast], entry)  # type: ignore[arg-type]
        report = audited(decided)

        assert report.differences[0].rule == "unreadable"
        assert report.differences[0].position == cast + 1
        assert report.entries_count == len(decided)

    def test_a_version_that_does_not_follow(self, decided: list[bytes]) -> None:
        """An aggregate's versions have no holes."""
        close = place(decided, "PollClosed")
        decided[close] = rewritten(decided[close], lambda fields: fields.update(version=3))

        assert "version" in rules(audited(decided))

    def test_about_a_poll_that_is_not_there(self, decided: list[bytes]) -> None:
        """Nothing happens in a poll before it is opened, or in one that never was."""
        cast = place(decided, "BallotCast")
        decided[cast] = with_data(decided[cast], poll_id=str(uuid4()))

        assert rules(audited(decided))[0] == "no-poll"

    def test_under_another_group(self, decided: list[bytes]) -> None:
        """Every entry of a poll names the poll's group."""
        cast = place(decided, "BallotCast")
        decided[cast] = rewritten(decided[cast], lambda fields: fields.update(group_id=str(uuid4())))

        assert rules(audited(decided)) == ["group"]

    def test_a_log_that_ends_early(self, decided: list[bytes]) -> None:
        """A close without a result, and a log that is shorter than its keeper says."""
        report = audited(decided[: place(decided, "PollClosed") + 1], last=len(decided))

        assert sorted(rules(report)) == ["gap", "no-result"]

    @pytest.mark.parametrize("name", ["PollOpened", "PaperBatchEntered", "ResultDeclared"])
    def test_parts_without_their_whole(self, decided: list[bytes], name: str) -> None:
        """What was written in parts stands there whole or not at all."""
        del decided[place(decided, name) :]

        assert "part-alone" in rules(audited(decided))


def test_every_rule_is_described() -> None:
    """Whoever reads the name of a rule finds it in the document, and every rule there is one that is checked."""
    root = Path(__file__).parents[3]
    files = [*(root / "libs/audit").glob("*.py"), *(root / "libs/node/audit").glob("*.py")]
    document = (root / "docs/AUDIT.md").read_text()
    noted = re.compile(r"(?:differ\(|Difference\()[^\"]*?\"([a-z]+(?:-[a-z]+)*)\"")
    checked = {rule for file in files for rule in noted.findall(file.read_text())}
    described = set(re.findall(r"^(?:\| |.*\*\*)`([a-z]+(?:-[a-z]+)*)`", document, re.MULTILINE))

    assert checked
    assert checked <= described
