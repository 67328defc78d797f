"""The table of settings, and the check of those of a process."""

from pathlib import Path

import pytest

from libs.configuration import known
from libs.node.cli import main
from libs.node.settings import table

DOCUMENT = Path(__file__).parents[3] / "docs" / "SETTINGS.md"


def test_the_document_is_what_the_command_prints() -> None:
    """Nobody keeps the table by hand: `./plaanet settings > docs/SETTINGS.md`."""
    assert DOCUMENT.read_text() == "\n".join(table())


def test_it_names_every_setting() -> None:
    """What a process reads stands in it."""
    document = DOCUMENT.read_text()

    assert not [name for name in known() if f"`{name}`" not in document]


class TestCheck:
    def test_says_what_is_wrong(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """One line for each mistake, and an exit code for scripts."""
        monkeypatch.setenv("PLAANET_PORT", "no")

        assert main(["settings", "--check", "gateway"]) == 1
        assert "PLAANET_NATS_URL is missing.\n" in capsys.readouterr().err

    def test_says_that_nothing_is(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """What would start is said to be in order."""
        secret = tmp_path / "secret"
        secret.write_text("secret")
        for name, value in (("URL", "nats://x"), ("USER", "gateway"), ("PASSWORD_FILE", str(secret))):
            monkeypatch.setenv(f"PLAANET_NATS_{name}", value)

        assert main(["settings", "--check", "gateway"]) == 0
        assert capsys.readouterr().out == "Every setting is in order.\n"
