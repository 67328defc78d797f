"""The rules of the house that no other tool checks: lengths, names, no dead files, documents in step with the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ("libs", "services", "gateway")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "repository", "bus", "misc"}
SERVICE_ROOMS = {"app", "commands", "projections", "queries", "reactions", "domain", "schema", "vault"}


def sources(*folders: str) -> list[Path]:
    """Every Python file of ours below the folders."""
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return sorted(file for file in files if "node_modules" not in file.parts)


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(file: Path) -> str:
    """A file's path in the house."""
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", sources(*HOUSE), ids=named)
class TestEveryFile:
    def test_is_short(self, file: Path) -> None:
        """A file that grows past 400 lines becomes a folder of the same name."""
        assert len(file.read_text().splitlines()) <= FILE_LINES_MAX

    def test_has_functions_that_fit_on_a_screen(self, file: Path) -> None:
        """A function of more than 50 lines is two."""
        long = [f.name for f in functions(file) if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_LINES_MAX]

        assert not long

    def test_says_what_it_is_for(self, file: Path) -> None:
        """Every module that holds code opens with a docstring."""
        tree = ast.parse(file.read_text())

        assert ast.get_docstring(tree) or not tree.body

    def test_is_named_for_what_it_is_about(self, file: Path) -> None:
        """No file is a drawer for everything."""
        assert file.stem not in FORBIDDEN_NAMES

    def test_public_things_are_documented(self, file: Path) -> None:
        """Public classes, functions and methods say what they promise."""
        tree = ast.parse(file.read_text())
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"]
        bodies: list[ast.Module | ast.ClassDef] = [tree, *classes]
        undocumented = [
            node.name
            for body in bodies
            for node in body.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
            and not _needs_no_docstring(node, body)
        ]

        assert not undocumented


def _needs_no_docstring(node: ast.AST, body: ast.AST) -> bool:
    """An aggregate's event methods and an overload say all in their signature; so does a handler in its name."""
    decorators = [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", [])]
    if any(
        re.match(r"(event|overload|\w+\.on\b|\w+\.on_(many|with_keys)|\w+\.every|property)", name)
        for name in decorators
    ):
        return True
    is_protocol = isinstance(body, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in body.bases)
    return is_protocol or (isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and _is_handler(node))


def _is_handler(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A handler or query function does what the contract that it takes says."""
    arguments = [argument.arg for argument in node.args.args]
    return arguments[:1] in (["command"], ["query"]) or node.name == "create_id"


@pytest.mark.parametrize(
    "service", sorted(p.name for p in (ROOT / "services").iterdir() if (p / "__init__.py").exists())
)
def test_a_service_has_its_rooms_and_no_others(service: str) -> None:
    """Who knows one service knows them all."""
    rooms = {
        path.stem for path in (ROOT / "services" / service).iterdir() if path.suffix in (".py", ".sql") or path.is_dir()
    }

    assert rooms - SERVICE_ROOMS - {"__init__", "__pycache__"} <= {"manifesto"}


def test_no_file_is_dead() -> None:
    """Every module is imported by another, run by name, or a test."""
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in sources(*HOUSE)}
    everything = [*sources(*HOUSE, "tests"), ROOT / "plaanet"]
    words = "\n".join(file.read_text() for file in everything)
    dead = []
    for module in modules:
        if module.endswith(("__init__", "__main__")) or (module.startswith("services.") and module.endswith(".app")):
            continue
        parent, name = map(re.escape, module.rsplit(".", 1))
        by_name = rf"from {parent} import ([^\n]*|\([^)]*)\b{name}\b"
        if not re.search(rf"{by_name}|{re.escape(module)}\b", words):
            dead.append(module)

    assert not dead


def test_the_tests_mirror_the_house() -> None:
    """A test file is named after the file that it is about, and lies in the same place below `tests/`."""
    free = {"journeys", "faults", "bench", "golden", "data", "k8s", "ops", "outsiders", "web"}
    strays = []
    for file in (ROOT / "tests").rglob("test_*.py"):
        place = file.relative_to(ROOT / "tests").parent
        if not place.parts or place.parts[0] in free:
            continue
        about = file.stem.removeprefix("test_")
        homes = [ROOT / place / f"{about}.py", ROOT / place / about, ROOT / place / "routers" / f"{about}.py"]
        homes.append(ROOT / place / "routers" / about)
        if not any(home.exists() for home in homes) and about not in {"golden", "contracts"}:
            strays.append(named(file))

    assert not strays


def test_the_documents_name_what_exists() -> None:
    """A path in backticks in README, CONTRIBUTING or docs is a path of this tree."""
    missing = [
        f"{document.name}: {path}"
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "k8s" / "README.md"]
        for path in re.findall(r"`((?:libs|services|gateway|tests|docs|k8s|ops)/[\w./-]+)`", document.read_text())
        if not (ROOT / path.rstrip("/.")).exists()
    ]

    assert not missing
