"""
`plaanet test`: every check and test, in the order of how soon each can say no.

A step that fails does not keep the next from running: one run shows all that is wrong. Tests run on every processor at
once, file by file; `-n0` behind the command has them one after another.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from libs.node.web import build

ROOT = Path(__file__).resolve().parents[2]

_IN_A_BROWSER = "tests/web"
_FAULTS = "tests/faults"
_AT_ONCE = ("-n", "logical", "--dist", "loadfile")


class Step(NamedTuple):
    """One check: its name in the summary, and the command to run in the repository's folder."""

    name: str
    command: Sequence[str]


class Outcome(NamedTuple):
    """How a step ended."""

    name: str
    passed: bool
    duration_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare that everything unknown is pytest's."""
    parser.set_defaults(takes_rest=True)
    parser.usage = "plaanet test [--only-tests] [--faults] [--browser] [pytest's own arguments]"
    parser.epilog = "Example: plaanet test --only-tests tests/libs/tally -k ranked"
    parser.add_argument(
        "--browser", action="store_true", help="then look at every page with Chromium, one after another: a long while"
    )
    parser.add_argument(
        "--faults", action="store_true", help="then break two of everything, one after another: a quarter of an hour"
    )
    parser.add_argument("--only-tests", action="store_true", help="leave out ruff, mypy and the import contracts")


def run(arguments: argparse.Namespace) -> int:
    """Run all steps, then say how each ended."""
    build(print)
    steps = [] if arguments.only_tests else _checks()
    steps += _tests(arguments.rest, with_faults=arguments.faults, with_browser=arguments.browser)
    outcomes = [_carry_out(step) for step in steps]
    _print_summary(outcomes)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _tests(rest: Sequence[str], *, with_faults: bool, with_browser: bool) -> list[Step]:
    """Return the tests that *rest* asks for; long faults and browsers need the machine to themselves, and come last."""
    pytest = [sys.executable, "-m", "pytest"]
    if any(argument.startswith(_IN_A_BROWSER) for argument in rest):
        return [Step("tests", [*pytest, *rest])]
    steps = [Step("tests", [*pytest, *_AT_ONCE, f"--ignore={_IN_A_BROWSER}", "-m", "not faults", *rest])]
    if with_faults:
        steps.append(Step("long faults", [*pytest, _FAULTS, "-m", "faults"]))
    if with_browser:
        steps.append(Step("tests in a browser", [*pytest, _IN_A_BROWSER]))
    return steps


def _checks() -> list[Step]:
    beside_python = Path(sys.executable).parent
    return [
        Step("ruff check", [str(beside_python / "ruff"), "check", "."]),
        Step("ruff format", [str(beside_python / "ruff"), "format", "--check", "."]),
        Step("import contracts", [str(beside_python / "lint-imports")]),
        Step("mypy", [sys.executable, "-m", "mypy"]),
    ]


def _carry_out(step: Step) -> Outcome:
    print(f"\n=== {step.name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(step.command, cwd=ROOT, check=False).returncode
    return Outcome(step.name, code == 0, time.monotonic() - started)


def _print_summary(outcomes: Sequence[Outcome]) -> None:
    print("\n=== summary")
    for outcome in outcomes:
        print(f"{'passed' if outcome.passed else 'FAILED':>6}  {outcome.duration_s:6.1f} s  {outcome.name}")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"{failed} of {len(outcomes)} steps failed." if failed else f"All {len(outcomes)} steps passed.")
