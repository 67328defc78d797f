"""`plaanet top` as it is typed."""

import re
from pathlib import Path

import pytest

from libs.node.cli import main
from libs.telemetry import endpoint, metrics


class TestOnce:
    def test_prints_one_page(self, capsys: pytest.CaptureFixture[str]) -> None:
        """For scripts: one page without a terminal's signs, and an end."""
        metrics.LOG_ENTRIES.labels("shown-once").set(1705)  # of this log no other test says anything
        served = endpoint.serve("governance", "127.0.0.1", 0)
        assert served
        with served:
            assert main(["top", "--once", "--metrics", f"governance=127.0.0.1:{served.port}"]) == 0

        page = capsys.readouterr().out
        assert re.search(r"^shown-once +1,705 ", page, re.MULTILINE)
        assert "\x1b" not in page

    def test_where_no_node_runs(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """That is said, with what to do."""
        assert main(["top", "--once", "--data", str(tmp_path)]) == 1
        assert "No node runs in" in capsys.readouterr().err

    def test_an_address_that_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An example says how it would be right."""
        assert main(["top", "--once", "--metrics", "governance"]) == 1
        assert "governance=127.0.0.1:9464 would" in capsys.readouterr().err
