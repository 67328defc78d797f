"""What a ballot costs, read from the bench's figures."""

import pytest

from libs.node.capacity.costs import Costs
from libs.node.trouble import NodeTrouble
from tests.libs.node.capacity.figures import CPU_MS, bench


class TestCosts:
    def test_are_what_the_processes_worked(self) -> None:
        """No processor time is lost or counted twice: governance's is parted into deciding and reading the log."""
        costs = Costs.of(bench())

        assert costs.processors_ms == pytest.approx(sum(CPU_MS.values()))
        assert costs.projection_ms + costs.postgres_ms == pytest.approx(1000 / bench()["rebuild"]["per_s"])
        assert costs.append_ms == pytest.approx(0.2)

    def test_of_other_figures_are_refused(self) -> None:
        """Figures of an older release lack something, and it is named."""
        found = bench()
        del found["ballots_many_at_once"]["cpu_ms_per_ballot"]["client"]

        with pytest.raises(NodeTrouble, match="'client'"):
            Costs.of(found)
