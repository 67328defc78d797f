"""
`./plaanet` makes what it needs, once, wherever it stands and however it is called.

Each test has a copy of the script in a folder of its own, with lock files that name one tiny package each.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "plaanet"

SAYS_WHAT_IT_WAS_GIVEN = """\
import json, os, sys
import tiny
print(json.dumps([sys.argv[1:], os.getcwd()]))
"""


def make_wheel(folder: Path, name: str) -> str:
    """Make a package of one empty module in *folder* and return its line for a lock file."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Copy:
    """A copy of the script, and what it is called with."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.script = root / "plaanet"
        self.environment = environment

    def lock(self, name: str) -> Path:
        """Return one of the lock files."""
        return self.root / f"{name}.lock"

    def start(self, *arguments: str, script: Path | None = None, cwd: Path | None = None) -> "subprocess.Popen[str]":
        """Start the script."""
        return subprocess.Popen(
            [script or self.script, *arguments],
            cwd=cwd or self.root,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, script: Path | None = None, cwd: Path | None = None) -> tuple[int, str, str]:
        """Run the script and return how it ended and what it said on either stream."""
        process = self.start(*arguments, script=script, cwd=cwd)
        said, progress = process.communicate(timeout=120)
        return process.returncode, said, progress


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder at the head of the search path."""
    (tmp_path / "tools").mkdir()
    return tmp_path / "tools"


@pytest.fixture
def bare(tmp_path: Path, tools: Path) -> Copy:
    """A copy of the script in a folder whose name has spaces in it, on a machine that has Python and no uv."""
    root = tmp_path / "a folder of ours"
    (root / "libs" / "node").mkdir(parents=True)
    (root / "libs" / "node" / "__main__.py").write_text(SAYS_WHAT_IT_WAS_GIVEN)
    shutil.copy(SCRIPT, root)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for lock, package in (("requirements", "tiny"), ("requirements-data", "more"), ("requirements-dev", "tester")):
        (root / f"{lock}.lock").write_text(make_wheel(wheels, package))
    without_uv = [place for place in os.environ["PATH"].split(":") if not Path(place, "uv").exists()]
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "UV_OFFLINE": "1", "UV_FIND_LINKS": str(wheels)}
    search = ":".join([str(tools), *without_uv])
    return Copy(root, {**offline, "PIP_CONFIG_FILE": os.devnull, "PATH": search, "HOME": str(tmp_path)})


@pytest.fixture
def copy(bare: Copy, tools: Path) -> Copy:
    """The same on a machine that has uv, which is quicker."""
    (tools / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    return bare


@pytest.fixture(params=["bare", "copy"])
def either(request: pytest.FixtureRequest) -> Copy:
    """Both in turn."""
    copy: Copy = request.getfixturevalue(request.param)
    return copy


def test_hands_over(either: Copy, tmp_path: Path) -> None:
    """The first start installs and hands over; the next only hands over, with each argument and the caller's folder."""
    code, said, progress = either.run("up", "--name", "a name", "", cwd=tmp_path)
    assert (code, said) == (0, f'[["up", "--name", "a name", ""], "{tmp_path}"]\n')
    assert "Installing packages for the node (1 in requirements.lock)" in progress

    code, said, progress = either.run("doctor")
    assert (code, said, progress) == (0, f'[["doctor"], "{either.root}"]\n', "")


def test_through_links(copy: Copy, tmp_path: Path) -> None:
    """It finds its folder when it is called through links, relative ones too."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "plaanet").symlink_to(Path("..", "again"))
    (tmp_path / "again").symlink_to(copy.script)

    assert copy.run("up", script=tmp_path / "bin" / "plaanet", cwd=tmp_path)[0] == 0
    assert (copy.root / ".venv").is_dir()


def test_tests_need_more(copy: Copy) -> None:
    """Only `plaanet test` installs what only the tests use."""
    tester = "lib/python*/site-packages/tester.py"
    copy.run("up")
    assert not list((copy.root / ".venv").glob(tester))

    copy.run("test")
    assert list((copy.root / ".venv").glob(tester))


def test_a_changed_lock_is_installed(copy: Copy, tmp_path: Path) -> None:
    """When a lock file has changed the next start installs it."""
    copy.run("up")
    copy.lock("requirements").write_text(
        copy.lock("requirements").read_text() + make_wheel(tmp_path / "wheels", "another")
    )

    assert copy.run("up")[0] == 0
    assert list((copy.root / ".venv").glob("lib/python*/site-packages/another.py"))


def test_another_package_than_the_locks_is_refused(copy: Copy) -> None:
    """A package whose bytes are not those that were locked is not installed, and nothing is started."""
    lock = copy.lock("requirements")
    good = lock.read_text()
    lock.write_text(good[:-5] + "0000\n")

    code, said, progress = copy.run("up")
    assert (code, said) == (1, "")
    assert "could not be installed" in progress
    assert "hash" in progress.lower()

    lock.write_text(good)
    assert copy.run("up")[0] == 0


def test_an_interrupted_installation_is_begun_anew(copy: Copy) -> None:
    """What a killed start left behind is not trusted, however finished it looks."""
    copy.run("up")
    (copy.root / ".venv" / ".requirements.installed").unlink()
    [module] = (copy.root / ".venv").glob("lib/python*/site-packages/tiny.py")
    module.unlink()  # not written over: uv may keep the same file elsewhere, too
    module.write_text("half of a pack")

    code, _, progress = copy.run("up")
    assert code == 0
    assert "Making" in progress


def test_another_python_is_noticed(copy: Copy) -> None:
    """When the system's Python became another version the packages are installed for that one."""
    copy.run("up")
    [lib] = (copy.root / ".venv").glob("lib/python*")
    lib.rename(lib.with_name("python3.9"))

    assert copy.run("up")[0] == 0


def test_two_at_once(copy: Copy) -> None:
    """Of two starts at once one installs and the other waits."""
    starts = [copy.start("up") for _ in range(2)]
    progress = [start.communicate(timeout=120)[1] for start in starts]

    assert [start.returncode for start in starts] == [0, 0]
    assert sum("Making" in each for each in progress) == 1


def test_without_a_python(bare: Copy, tools: Path) -> None:
    """Where Python is missing or too old one sentence says so."""
    for tool in ("sh", "dirname", "readlink", "cmp"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    bare.environment = {**bare.environment, "PATH": str(tools)}

    code, _, progress = bare.run("up")
    assert code == 1
    assert progress.startswith("plaanet: Python 3.11 or newer is needed")
