"""What an audit leaves for the next one: the whole of it, or what was there before."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from libs.audit import Replay, StateUnusable
from libs.node.bench.votes import vote_log
from tests.libs.audit.conftest import ANA, BO, Town, audited, place, rewritten

ROOT = Path(__file__).parents[3]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where a state is kept."""
    return tmp_path / "state"


class TestAState:
    def test_is_gone_on_with(self, decided: list[bytes], state: Path) -> None:
        """Wherever the first audit ended, both together find what one alone would."""
        decided.insert(5, decided[5])
        whole = audited(decided, last=len(decided))
        for end in range(len(decided) + 1):
            state.unlink(missing_ok=True)
            first = Replay(state)
            first.read(decided[:end])
            first.report()
            first.keep()
            first.close()
            second = Replay(state)

            assert second.position == end
            second.read(decided[end:])
            assert second.report(last=len(decided)) == whole
            second.close()

    def test_is_what_was_kept(self, decided: list[bytes], state: Path) -> None:
        """What was read and not kept is not there; it is read again."""
        replay = Replay(state)
        replay.read(decided[:7])
        replay.keep()
        replay.read(decided[7:])
        replay.close()

        again = Replay(state)
        assert again.position == 7
        again.read(decided[7:])
        assert again.report().is_clean

    def test_of_an_audit_that_was_killed(self, decided: list[bytes], state: Path, tmp_path: Path) -> None:
        """It stays whole: as it was before that audit."""
        log = tmp_path / "log.jsonl"
        log.write_bytes(b"\n".join(vote_log(3_000, polls_count=1)))
        script = (
            "import sys, time; from pathlib import Path; from libs.audit import Replay\n"
            "lines = Path(sys.argv[1]).read_bytes().split(b'\\n')\n"
            "replay = Replay(Path(sys.argv[2]), cache_mb=1); replay.read(lines[:3500]); replay.keep()\n"
            "replay.read(lines[3500:-2]); replay.report(); print('read', flush=True); time.sleep(60)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script, str(log), str(state)], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == b"read\n"
            os.kill(process.pid, signal.SIGKILL)
        replay = Replay(state)

        assert replay.position == 3500
        replay.read(log.read_bytes().split(b"\n")[3500:])
        assert replay.report().is_clean

    def test_is_for_one_audit_at_a_time(self, state: Path) -> None:
        """Two would take turns in writing it; the second is told."""
        first = Replay(state)

        with pytest.raises(StateUnusable, match="another audit"):
            Replay(state)
        first.close()
        Replay(state).close()

    def test_is_no_other_file(self, state: Path) -> None:
        """Somebody's letter is not written over, nor a state of another make, nor what is no file."""
        state.write_text("Dear Ana, " * 1000)
        with pytest.raises(StateUnusable, match="no state of an audit"):
            Replay(state)
        assert state.read_text().startswith("Dear Ana")

        with pytest.raises(StateUnusable, match="cannot be used"):
            Replay(state.parent)

    def test_of_another_version(self, state: Path) -> None:
        """What later versions of this program wrote is not guessed at."""
        replay = Replay(state)
        replay.keep()
        replay.books.db.execute("ROLLBACK")
        replay.books.db.execute("PRAGMA user_version = 99")
        replay.close()

        with pytest.raises(StateUnusable, match="another version"):
            Replay(state)

    async def test_knows_old_polls_and_open_ones(self, town: Town, state: Path) -> None:
        """More polls than are held at hand: a ballot in the first of them still finds its own."""
        polls = [await town.open() for _ in range(3)]
        await town.vote(polls[0], ANA, "wild")
        entries = await town.entries()
        opened = place(entries, "PollOpened")
        strangers = [
            rewritten(entries[opened], lambda fields: fields.update(id=str(uuid4()), aggregate_id=str(uuid4())))
            for _ in range(300)
        ]
        await town.vote(polls[0], ANA, "orchard")
        await town.vote(polls[0], BO, "wild")
        entries = [*entries, *strangers, *(await town.entries())[len(entries) :]]
        report = audited(entries)

        assert {difference.rule for difference in report.differences} == {"roll"}
        assert [poll.ballots_count for poll in report.polls[:3]] == [2, 0, 0]
        assert len(report.polls) == 303


def _peak_rss_kb(log: Path) -> int:
    """How much memory an audit of *log* took at most."""
    script = (
        "import resource, sys; from itertools import islice; from libs.audit import Replay\n"
        "replay = Replay(cache_mb=2, at_once_max=1000)\n"
        "with open(sys.argv[1], 'rb') as lines:\n"
        "    while some := [line[:-1] for line in islice(lines, 500)]: replay.read(some)\n"
        "assert replay.report().is_clean\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(log)], cwd=ROOT, capture_output=True, check=True, timeout=300
    )
    return int(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """Five times the ballots, of five times the voters: the same memory, but for a few megabytes that come and go."""
    peaks_kb = []
    for number in (10_000, 50_000):
        log = tmp_path / f"{number}.jsonl"
        with log.open("wb") as lines:
            lines.writelines(entry + b"\n" for entry in vote_log(number))
        peaks_kb.append(_peak_rss_kb(log))

    assert peaks_kb[1] - peaks_kb[0] < 4_000, peaks_kb


def test_ids_of_polls_are_found_again(tmp_path: Path) -> None:
    """A made log of several polls is as governance would have written it, entry by entry."""
    replay = Replay(at_once_max=0)
    replay.read(vote_log(300, polls_count=4))
    report = replay.report()

    assert report.is_clean
    assert [poll.ballots_count for poll in report.polls] == [75] * 4
    assert len({poll.poll_id for poll in report.polls} | {UUID(int=0)}) == 5
