"""`plaanet test`: which tests are run for what is asked, and that one failure is shown beside the others."""

import subprocess
from argparse import Namespace
from collections.abc import Sequence

import pytest

from libs.node import checks

Commands = list[list[str]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The commands that were run, none of which does anything; what names `tests/web` fails."""
    commands: Commands = []

    def run(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, returncode=int(command[-1] == "tests/web"))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(checks, "build", lambda _: None)
    return commands


def asked(*rest: str, only_tests: bool = True, faults: bool = False, browser: bool = False) -> Namespace:
    """What somebody typed."""
    return Namespace(rest=list(rest), only_tests=only_tests, faults=faults, browser=browser)


def test_everything(ran: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    """Long faults and what needs a browser come last, one after another; one that fails counts beside the others."""
    code = checks.run(asked(faults=True, browser=True))

    at_once, faults, in_a_browser = ran
    assert {"-n", "--ignore=tests/web", "not faults"} <= set(at_once)
    assert faults[-3:] == ["tests/faults", "-m", "faults"]
    assert in_a_browser[-2:] == ["pytest", "tests/web"]
    assert code == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.parametrize("rest", [["-m", "not slow"], ["tests/libs/tally", "-k", "ranked"]], ids=" ".join)
def test_some(ran: Commands, rest: list[str]) -> None:
    """Who asks for some tests gets those alone, without a browser."""
    assert checks.run(asked(*rest)) == 0

    (only,) = ran
    assert only[-len(rest) :] == rest
    assert "--ignore=tests/web" in only


def test_the_browser_alone(ran: Commands) -> None:
    """Named, tests in a browser run one after another."""
    checks.run(asked("tests/web/test_live.py", "-x"))

    (only,) = ran
    assert only[-3:] == ["pytest", "tests/web/test_live.py", "-x"]
    assert "-n" not in only


def test_all_checks_come_first(ran: Commands) -> None:
    """What can say no within seconds does so before any test runs."""
    checks.run(asked("tests/libs", only_tests=False))

    assert [any("ruff" in word for word in command) for command in ran[:2]] == [True, True]
    assert "tests/libs" in ran[-1]
    assert len(ran) == 5
