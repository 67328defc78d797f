"""`plaanet audit`, on files that somebody kept and on nodes that may lie."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from rich.console import Console

from libs.contracts.governance import Carried, DelegateInPoll
from libs.node import audit
from libs.node.audit.words import ENGLISH, FRENCH
from libs.node.bench.votes import vote_log
from libs.node.cli import main
from libs.tally import METHODS, Ballot
from tests.libs.audit.conftest import ANA, BO, Town, decided, place, poll_id, town, with_data
from tests.libs.audit.tiled import LOG, WITNESSES, publish
from tests.libs.audit.wording import OTHER_TEXT, TEXT, with_texts

__all__ = ["decided", "poll_id", "town"]  # fixtures


class Keeper(ThreadingHTTPServer):
    """Somebody who serves a vote log: what they were given, as they please."""

    def __init__(self, entries: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.entries = entries
        self.last = len(entries)
        self.result: dict[str, Any] | None = None
        self.files: Path | None = None
        """The folder of the sealed log."""

        self.busy_count = 0
        """So many requests are answered with 503 first."""

    def file(self, path: str) -> Path | None:
        """What of the sealed log stands at *path*."""
        return self.files / path.lstrip("/") if self.files else None

    @property
    def url(self) -> str:
        """Where they are found."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Keeper

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if self.server.busy_count:
            self.server.busy_count -= 1
            self._say(503, b'{"type": "/problems/NotYet", "detail": "Later."}')
        elif address.path == "/log/governance/entries":
            query = parse_qs(address.query)
            after, limit = int(query["after"][0]), int(query["limit"][0])
            lines = [entry + b"\n" for entry in self.server.entries[after : after + limit]]
            self._say(200, b"".join(lines), last=str(self.server.last))
        elif (file := self.server.file(address.path.removeprefix("/log/governance"))) and file.is_file():
            self._say(200, file.read_bytes())
        elif address.path.endswith("/result") and self.server.result is not None:
            self._say(200, json.dumps(self.server.result).encode())
        else:
            self._say(404, b'{"type": "/problems/NotFound", "detail": "There is nothing."}')

    def _say(self, status: int, body: bytes, *, last: str | None = None) -> None:
        self.send_response(status)
        if last is not None:
            self.send_header("Plaanet-Log-Last", last)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[list[bytes]], Keeper]]:
    """Has a keeper serve entries until the test ends."""
    keepers: list[Keeper] = []

    def serve(entries: list[bytes]) -> Keeper:
        keepers.append(Keeper(entries))
        threading.Thread(target=keepers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return keepers[-1]

    yield serve
    for keeper in keepers:
        keeper.shutdown()
        keeper.server_close()


@pytest.fixture
def shown(decided: list[bytes]) -> dict[str, Any]:
    """The result as an honest node shows it."""
    data = json.loads(decided[place(decided, "ResultDeclared")])["data"]
    rounds = json.loads(decided[place(decided, "RoundsCounted")])["data"]["rounds"]
    return {**data, "options": ["orchard", "playground", "wild"], "rounds": rounds, "next": None}


class TestFiles:
    def test_a_kept_log(self, decided: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever keeps the entries in a file can audit them without any node."""
        file = tmp_path / "log.jsonl"
        file.write_bytes(b"\n".join(decided) + b"\n")

        assert main(["audit", str(file)]) == 0
        assert "Everything agrees" in capsys.readouterr().out

    def test_an_altered_ballot(self, decided: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One stored ballot is altered: exit code 1, and the difference by its position."""
        cast = place(decided, "BallotCast")
        decided[cast] = with_data(decided[cast], choices=["wild"])
        (tmp_path / "1.jsonl").write_bytes(b"\n".join(decided[:6]) + b"\n")
        (tmp_path / "2.jsonl").write_bytes(b"\n".join(decided[6:]))

        assert main(["audit", str(tmp_path)]) == 1
        assert f"governance:{len(decided)} in poll" in capsys.readouterr().out

    def test_nothing_to_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 2, and one sentence, is for what could not be read."""
        for source in (tmp_path / "none.jsonl", tmp_path):
            assert main(["audit", str(source)]) == 2
            assert "plaanet audit: " in capsys.readouterr().err


class TestNodes:
    def test_an_honest_one(
        self, decided: list[bytes], shown: dict[str, Any], serve: Callable[[list[bytes]], Keeper]
    ) -> None:
        """Its log is whole, and what it shows is what the log gives; that it is busy at first does not matter."""
        keeper = serve(decided)
        keeper.result = shown
        keeper.busy_count = 2

        assert audit.audit(keeper.url).is_clean

    def test_one_that_shows_another_result(
        self, decided: list[bytes], shown: dict[str, Any], serve: Callable[[list[bytes]], Keeper]
    ) -> None:
        """The log may be right and the page wrong; both are compared with the recount."""
        keeper = serve(decided)
        for result in ({**shown, "winners": ["wild"]}, {**shown, "rounds": []}, {**shown, "rounds": 5}, {}, None):
            keeper.result = result
            found = audit.audit(keeper.url).differences

            assert {difference.rule for difference in found} == {"shown-result"}

    def test_one_that_hides_the_end(
        self, decided: list[bytes], shown: dict[str, Any], serve: Callable[[list[bytes]], Keeper]
    ) -> None:
        """A log that is shorter than its keeper says."""
        keeper = serve(decided)
        keeper.result, keeper.last = shown, len(decided) + 5

        assert [difference.rule for difference in audit.audit(keeper.url).differences] == ["gap"]

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://x", "http://"])
    def test_none(self, url: str) -> None:
        """Where no node is nothing can be audited."""
        assert main(["audit", url]) == 2

    def test_something_else(self, serve: Callable[[list[bytes]], Keeper]) -> None:
        """Neither can what serves no log."""
        keeper = serve([])

        assert main(["audit", f"{keeper.url}/elsewhere"]) == 2

    def test_one_poll(
        self,
        decided: list[bytes],
        shown: dict[str, Any],
        serve: Callable[[list[bytes]], Keeper],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Told alone, from the whole log; a poll that is not there cannot be told."""
        keeper = serve(decided)
        keeper.result = shown
        poll = json.loads(decided[place(decided, "PollOpened")])["aggregate_id"]

        assert main(["audit", keeper.url, "--poll", poll, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [each["poll_id"] for each in told["polls"]] == [poll]
        assert told["is_clean"]
        assert main(["audit", keeper.url, "--poll", str(uuid4())]) == 2


class TestASealedLog:
    @pytest.fixture
    def keeper(
        self, decided: list[bytes], shown: dict[str, Any], serve: Callable[[list[bytes]], Keeper], tmp_path: Path
    ) -> Keeper:
        """Somebody who serves a log of which all but the last two entries are sealed, and what follows from it."""
        keeper = serve(decided)
        keeper.result, keeper.files = shown, tmp_path / "served"
        keeper.files.mkdir()
        publish(keeper.files, decided[:-2])
        (keeper.files / "key").write_text(f"{LOG.verifier.vkey}\n")
        return keeper

    @pytest.fixture
    def policy(self, tmp_path: Path) -> Path:
        """Whom the auditor trusts."""
        file = tmp_path / "policy"
        witness = WITNESSES[0]
        file.write_text(f"log {LOG.verifier.vkey}\nwitness w1 {witness.verifier.vkey}\nquorum w1\n", encoding="ascii")
        return file

    def test_at_its_address(
        self, decided: list[bytes], keeper: Keeper, policy: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The seal is checked, the rest is read from the log's end, and the results shown are compared."""
        assert main(["audit", keeper.url, "--policy", str(policy)]) == 0
        told = capsys.readouterr().out
        assert f"{len(decided) - 2} entries sealed" in told
        assert "Witnessed by w1" in told
        assert "The last 2 entries are not sealed yet." in told

        keeper.result = None
        assert main(["audit", keeper.url, "--policy", str(policy)]) == 1

    def test_whose_tile_was_altered(self, keeper: Keeper, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A byte of a tile is found over the network, too."""
        assert keeper.files
        [tile] = keeper.files.glob("tile/0/000.p/*")
        tile.write_bytes(bytes(tile.stat().st_size))

        assert main(["audit", keeper.url, "--policy", str(policy)]) == 1
        assert "[tile]" in capsys.readouterr().out

    def test_as_a_folder(self, keeper: Keeper, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The folder as it lies, or a web server that serves it and nothing else, is audited as far as it is sealed."""
        assert keeper.files
        assert main(["audit", str(keeper.files), "--policy", str(policy)]) == 1  # its last result is not in it yet
        assert "[no-result]" in capsys.readouterr().out

    def test_served_as_it_lies(self, decided: list[bytes], keeper: Keeper, policy: Path) -> None:
        """A web server that serves the folder alone, under any path."""
        assert keeper.files
        folder = keeper.files / "there"
        folder.mkdir()
        publish(folder, decided)

        assert main(["audit", f"{keeper.url}/there", "--policy", str(policy)]) == 0

    def test_again(
        self, decided: list[bytes], keeper: Keeper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With a state what was sealed is not read again, the key is that of the first time, what was not sealed is."""
        state = str(tmp_path / "state")
        assert keeper.files
        assert main(["audit", keeper.url, "--state", state]) == 0
        assert "believed at first sight" in capsys.readouterr().out
        publish(keeper.files, decided)
        (keeper.files / "key").unlink()

        assert main(["audit", keeper.url, "--state", state]) == 0
        told = capsys.readouterr().out
        assert f"Tiles of the first {len(decided) - 2} entries" in told
        assert "first sight" not in told
        publish(keeper.files, decided[:5])
        assert main(["audit", keeper.url, "--state", state]) == 1
        assert "[rollback]" in capsys.readouterr().out

    def test_by_an_unreadable_policy(self, keeper: Keeper, tmp_path: Path) -> None:
        """A policy that is none, or a state that is none, ends the audit before it begins."""
        nonsense = tmp_path / "nonsense"
        nonsense.write_text("trust everybody\n" * 100)

        assert main(["audit", keeper.url, "--policy", str(nonsense)]) == 2
        assert main(["audit", keeper.url, "--policy", str(tmp_path / "none")]) == 2
        assert main(["audit", keeper.url, "--state", str(nonsense)]) == 2


class TestKeptEntries:
    def test_again(self, decided: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With a state only what is new is replayed; what was read before must still be there, to the byte."""
        log, state = tmp_path / "log.jsonl", str(tmp_path / "state")
        for end in (6, 6, 8, len(decided)):
            log.write_bytes(b"\n".join(decided[:end]) + b"\n")
            code = main(["audit", str(log), "--state", state])
        assert code == 0
        assert "not sealed" in capsys.readouterr().out

        log.write_bytes(b"\n".join(decided[:7]) + b"\n")
        assert main(["audit", str(log), "--state", state]) == 1
        assert "[rollback]" in capsys.readouterr().out
        decided[3] = decided[3].replace(b"00Z", b"01Z")
        log.write_bytes(b"\n".join(decided) + b"\n")
        assert main(["audit", str(log), "--state", state]) == 1
        assert "[fork]" in capsys.readouterr().out


def report_of(entries: list[bytes], folder: Path) -> tuple[str, dict[str, Any]]:
    """The report of a log that is as it must be: its page, and the same for programs."""
    (folder / "log.jsonl").write_bytes(b"\n".join(entries) + b"\n")
    assert main(["audit", str(folder / "log.jsonl"), "--report", str(folder)]) == 0
    return (folder / "audit.html").read_text(), json.loads((folder / "audit.json").read_text())


class TestTheReport:
    def test_is_whole(self, decided: list[bytes], tmp_path: Path) -> None:
        """Both forms tell every ballot, those that were replaced as such, and what was checked and what was not."""
        log, folder = tmp_path / "log.jsonl", tmp_path / "report"
        log.write_bytes(b"\n".join(decided) + b"\n")

        assert main(["audit", str(log), "--report", str(folder)]) == 0
        page = (folder / "audit.html").read_text()
        told = json.loads((folder / "audit.json").read_text())
        voters = [json.loads(entry)["actor"] for entry in decided if b'"Ballot' in entry]
        assert all(page.count(voter) == voters.count(voter) for voter in voters)
        assert page.count("remplacé") == 1
        assert "Tout concorde." in page
        assert "The log is not sealed" in page
        assert "http" not in page  # it needs nothing from anywhere
        [poll] = told["polls"]
        assert [line["standing"] for line in poll["ballots"]] == ["counts", "replaced", "counts", "counts"]
        assert poll["without_ballot"] == []
        assert told["is_clean"]

    async def test_has_the_texts(self, town: Town, poll_id: UUID, tmp_path: Path) -> None:
        """What is voted on stands there, and the versions before it."""
        page, told = report_of(with_texts(await town.entries()), tmp_path)

        assert "Le texte soumis au vote" in page
        assert page.index(OTHER_TEXT) < page.index(TEXT)
        assert [text["is_voted_on"] for text in told["polls"][0]["texts"]] == [True, False]

    async def test_has_the_delegations(self, town: Town, tmp_path: Path) -> None:
        """Who entrusted a vote to whom, and who carried it."""
        poll_id = await town.open(takes_delegations=True)
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
        await town.vote(poll_id, BO, "wild")
        await town.close(poll_id)
        ana, bo = (town.governance.voter(poll_id, member) for member in (ANA, BO))
        await town.declare(poll_id, Counter({Ballot(("wild",)): 2}), carried=(Carried(delegator=ana, carrier=bo),))

        page, told = report_of(await town.entries(), tmp_path)
        [poll] = told["polls"]
        assert "Voix portées au dépouillement" in page
        assert [(line["delegator"], line["delegate"]) for line in poll["delegations"]] == [(str(ana), str(bo))]
        assert [(line["voter"], line["carrier"]) for line in poll["carried"]] == [(str(ana), str(bo))]

    def test_takes_nobodys_words_for_its_own(self, decided: list[bytes], tmp_path: Path) -> None:
        """What people wrote stands on the page as they wrote it, and does nothing there."""
        opened = place(decided, "PollOpened")
        decided[opened] = with_data(decided[opened], question="<script>alert(1)</script> {{ 7 * 7 }}")
        log, page = tmp_path / "log.jsonl", tmp_path / "audit.html"
        log.write_bytes(b"\n".join(decided) + b"\n")
        main(["audit", str(log), "--report", str(page)])

        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page.read_text()
        assert "<script" not in page.read_text()

    def test_names_every_difference(self, decided: list[bytes], tmp_path: Path) -> None:
        """A report of a log that was tampered with says so at its head."""
        cast = place(decided, "BallotCast")
        decided[cast] = with_data(decided[cast], choices=["a castle"])
        log, page, told = tmp_path / "log.jsonl", tmp_path / "audit.html", tmp_path / "audit.json"
        log.write_bytes(b"\n".join(decided) + b"\n")

        assert main(["audit", str(log), "--report", str(page)]) == 1
        assert "Tout ne concorde pas." in page.read_text()
        assert "a castle" in page.read_text()
        assert main(["audit", str(log), "--report", str(told)]) == 1
        assert {each["rule"] for each in json.loads(told.read_text())["differences"]} >= {"ballot", "result"}

    def test_cannot_be_written_everywhere(self, decided: list[bytes], tmp_path: Path) -> None:
        """Where it cannot be written there is one sentence."""
        log = tmp_path / "log.jsonl"
        log.write_bytes(b"\n".join(decided) + b"\n")

        assert main(["audit", str(log), "--report", str(tmp_path / "none" / "audit.html")]) == 2

    def test_has_words_in_both_languages(self) -> None:
        """No word is missing in one of them, and every method has a name."""
        assert FRENCH.keys() == ENGLISH.keys()
        assert all(FRENCH.values())
        assert {f"method_{method}" for method in METHODS} <= FRENCH.keys()


@pytest.mark.slow
def test_a_report_needs_no_more_memory_for_more_ballots(tmp_path: Path) -> None:
    """Written while it is read: ten times the ballots, the same memory."""
    peaks_kb = []
    script = (
        "import resource, sys; from libs.node.cli import main\n"
        "assert main(['audit', sys.argv[1], '--report', sys.argv[1] + '.report']) == 0\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    for number in (2_000, 20_000):
        log = tmp_path / f"{number}.jsonl"
        with log.open("wb") as lines:
            lines.writelines(entry + b"\n" for entry in vote_log(number, polls_count=1))
        done = subprocess.run([sys.executable, "-c", script, str(log)], capture_output=True, check=True, timeout=300)
        peaks_kb.append(int(done.stdout.splitlines()[-1]))

    # The books of 20,000 ballots still fit into their cache: these megabytes are its.
    assert peaks_kb[1] - peaks_kb[0] < 12_000, peaks_kb


class TestTell:
    def test_what_people_wrote_is_no_markup(self, decided: list[bytes], tmp_path: Path) -> None:
        """A question with brackets in it is shown as it stands, in a table as in plain lines."""
        opened = place(decided, "PollOpened")
        decided[opened] = with_data(decided[opened], question="[red]Why[/]?")
        file = tmp_path / "log.jsonl"
        file.write_bytes(b"\n".join(decided) + b"\n")
        for is_terminal in (True, False):
            console = Console(
                force_terminal=is_terminal, width=200, record=True, quiet=False, file=(tmp_path / "o").open("w")
            )
            audit.tell(audit.audit(str(file)), console, duration_s=1)
            console.file.close()

            assert "[red]Why[/]?" in console.export_text()
