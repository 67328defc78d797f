"""Where a node's metrics are found."""

import json
import socket
from pathlib import Path

import pytest

from libs.node.metrics import MEASURED, METRICS_HOST, metrics_ports, read_targets, write_targets
from libs.node.trouble import NodeTrouble


class TestPorts:
    def test_each_process_has_its_own(self) -> None:
        """Every process of ours has a free port, and no two the same."""
        ports = metrics_ports()

        assert tuple(ports) == MEASURED
        assert len(set(ports.values())) == len(MEASURED)

    def test_one_that_is_taken(self) -> None:
        """Where a row of ports was asked for and one is another's, that is said before anything starts."""
        with socket.create_server((METRICS_HOST, 0)) as other:
            first = other.getsockname()[1] - 3
            with pytest.raises(NodeTrouble, match=f"from {first} on"):
                metrics_ports(first)

    def test_beyond_the_last_port(self) -> None:
        """There are no ports behind the last."""
        with pytest.raises(NodeTrouble, match="--metrics-port"):
            metrics_ports(65533)


class TestTargets:
    def test_are_read_as_they_were_written(self, tmp_path: Path) -> None:
        """What Prometheus reads (file_sd) is what other commands read."""
        write_targets(tmp_path / "prometheus.json", {"gateway": 9001, "geo": 9002})

        assert read_targets(tmp_path / "prometheus.json") == {"gateway": "127.0.0.1:9001", "geo": "127.0.0.1:9002"}
        for each in json.loads((tmp_path / "prometheus.json").read_text()):
            assert set(each) == {"targets", "labels"}
            assert each["labels"]["job"] == "plaanet"

    @pytest.mark.parametrize("content", [None, "", "[]", "{}", '[{"labels": {}}]'])
    def test_none_where_nothing_was_written(self, tmp_path: Path, content: str | None) -> None:
        """A node of an older release wrote nothing down, or something else."""
        file = tmp_path / "prometheus.json"
        if content is not None:
            file.write_text(content)

        assert read_targets(file) == {}
