"""A log line is one line of JSON, with the trace that it belongs to."""

import json
import logging
from collections.abc import Iterator

import pytest

from libs.telemetry import logs, traces


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What a logger of its own says, formatted."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))

    ear = Ear()
    ear.setFormatter(logs.JsonLines())
    logger = logging.getLogger("said")
    logger.addHandler(ear)
    logger.setLevel(logging.INFO)
    yield said
    logger.removeHandler(ear)


class TestJsonLines:
    def test_one_line_with_its_fields(self, lines: list[str]) -> None:
        """The event is a constant; what varies are fields beside it."""
        logging.getLogger("said").info("done", extra={"command": "governance.CastBallot", "position": 1705})

        [line] = lines
        assert "\n" not in line
        assert json.loads(line) | {"at": ""} == {
            "at": "",
            "level": "info",
            "event": "done",
            "command": "governance.CastBallot",
            "position": 1705,
        }

    def test_bears_the_trace_of_its_request(self, lines: list[str]) -> None:
        """Within a request every line bears the same trace id, also where nobody collects traces; outside, none."""
        logger = logging.getLogger("said")
        with traces.request("HTTP"):
            logger.info("first")
            logger.info("second")
        logger.info("third")

        first, second, third = map(json.loads, lines)
        assert len(first["trace_id"]) == 32
        assert first["trace_id"] == second["trace_id"]
        assert "trace_id" not in third

    def test_a_fault_says_where_and_not_of_whom(self, lines: list[str]) -> None:
        """The stack is kept on the same line; a person's address in the fault's words is not."""
        try:
            raise ValueError("no mail for ana@exemple.fr")
        except ValueError:
            logging.getLogger("said").exception("failed")

        [line] = lines
        assert "test_a_fault_says_where" in json.loads(line)["fault"]
        assert "exemple.fr" not in line
