"""The command line helps, says in one sentence what is wrong, and ends with a code that scripts can use."""

import subprocess
import sys
from argparse import ArgumentParser, Namespace

import pytest

from libs.errors import NotFound
from libs.node.cli import COMMANDS, Subcommand, main
from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble


class Try:
    """A subcommand of ours; what it does is set by the test."""

    def __init__(self) -> None:
        self.outcome: int | Exception = 0
        self.passed: list[str] = []
        self.takes_rest = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--well")
        if self.takes_rest:
            parser.set_defaults(takes_rest=True)

    def run(self, arguments: Namespace) -> int:
        self.passed = arguments.rest
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Try:
    """The subcommand `plaanet try`."""
    command = Try()
    monkeypatch.setitem(COMMANDS, "try", Subcommand("ours", "try something"))
    monkeypatch.setitem(sys.modules, "ours", command)
    return command


class TestHelp:
    def test_lists_the_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`plaanet --help` names every command with a line about it."""
        with pytest.raises(SystemExit) as end:
            main(["--help"])

        assert end.value.code == 0
        said = capsys.readouterr().out
        assert all(name in said for name in COMMANDS)

    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_of_each_command(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        """`plaanet COMMAND --help` says what it is for."""
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])

        assert end.value.code == 0
        assert COMMANDS[name].summary.rstrip(".")[1:] in " ".join(capsys.readouterr().out.split())


class TestExitCode:
    @pytest.mark.parametrize("code", [0, 1])
    def test_is_the_commands_own(self, command: Try, code: int) -> None:
        """A command says itself how it ended."""
        command.outcome = code

        assert main(["try"]) == code

    @pytest.mark.parametrize("trouble", [NodeTrouble("Port 80 is taken."), NotFound("There is no poll 7.")])
    def test_of_trouble(self, command: Try, capsys: pytest.CaptureFixture[str], trouble: Exception) -> None:
        """What went wrong is one sentence, not a traceback."""
        command.outcome = trouble

        assert main(["try"]) == 1
        assert capsys.readouterr().err == f"plaanet try: {trouble}\n"

    def test_of_a_file_that_cannot_be_read(self, command: Try, capsys: pytest.CaptureFixture[str]) -> None:
        """A file that is missing or closed to us is named."""
        command.outcome = PermissionError(13, "Permission denied", "/data/name")

        assert main(["try"]) == 1
        assert capsys.readouterr().err == "plaanet try: Permission denied: /data/name\n"

    @pytest.mark.parametrize("argv", [[], ["nonsense"], ["--nonsense"]])
    def test_of_what_is_not_understood(self, argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """A command that there is not ends with 2 and shows how it is meant."""
        with pytest.raises(SystemExit) as end:
            main(argv)

        assert end.value.code == 2
        assert "usage: plaanet" in capsys.readouterr().err

    def test_of_an_option_that_there_is_not(self, command: Try, capsys: pytest.CaptureFixture[str]) -> None:
        """An unknown option is named."""
        assert main(["try", "--wel", "--ill"]) == 2
        assert "--ill" in capsys.readouterr().err

    def test_of_what_is_passed_on(self, command: Try) -> None:
        """A command may pass on what it does not know, as `plaanet test` does to pytest."""
        command.takes_rest = True

        assert main(["try", "-k", "tally", "tests"]) == 0
        assert command.passed == ["-k", "tally", "tests"]


def test_starts_quickly() -> None:
    """A command does not wait for the imports of the others: the help needs none of the servers' libraries."""
    script = "import sys, libs.node.cli; sys.exit(any(m in sys.modules for m in ('asyncpg', 'nats', 'pydantic')))"

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


_TALKATIVE = """
import sys, types
from libs.node.cli import COMMANDS, Subcommand, main
sys.modules["ours"] = ours = types.ModuleType("ours")
ours.add_arguments = lambda parser: None
ours.run = lambda arguments: [print("word") for _ in range(100_000)] and 0
COMMANDS["talk"] = Subcommand("ours", "talk")
main(["talk"])
"""


def test_a_reader_who_has_heard_enough_is_no_fault() -> None:
    """`plaanet doctor | head -1` prints its line and no complaint."""
    talking = f"'{sys.executable}' -c '{_TALKATIVE}' | head -1"

    heard = subprocess.run(["sh", "-c", talking], check=False, capture_output=True, text=True, cwd=ROOT)

    assert (heard.stdout, heard.stderr) == ("word\n", "")
