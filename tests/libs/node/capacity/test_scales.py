"""What is enough for how many."""

import pytest

from libs.node.capacity.costs import Costs
from libs.node.capacity.scales import BUSY_MAX, at_scales, enough
from tests.libs.node.capacity.figures import bench

COSTS = Costs.of(bench())


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer ballots than the command simulates: what is promised here shows with them, too."""
    monkeypatch.setattr("libs.node.capacity.scales.BALLOTS_MAX", 1000)


class TestEnough:
    def test_leaves_room_everywhere(self) -> None:
        """Nothing is busier than it may be, and two of each are there, so that one may fail."""
        layout, carried = enough(COSTS, 2000, replicated_ms=1.0)

        assert max(carried.busy.values()) <= BUSY_MAX
        assert layout.gateways >= 2
        assert layout.governances > 2

    def test_is_not_more_than_is_needed(self) -> None:
        """A small town is carried by the smallest cluster."""
        layout, _ = enough(COSTS, 5, replicated_ms=1.0)

        assert (layout.gateways, layout.governances, layout.logs) == (2, 2, 1)

    def test_says_when_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Some crowds are more than this design carries."""
        monkeypatch.setattr("libs.node.capacity.scales.PARTS_MAX", 8)
        with pytest.raises(ValueError, match="do not carry"):
            enough(COSTS, 20_000, replicated_ms=1.0)


def test_scales_grow_by_tens() -> None:
    """A town's evening on one node, and ten towns': each with its busiest second."""
    one, ten = at_scales(COSTS, replicated_ms=1.0, towns=(1, 10))

    assert ten.peak_per_s == pytest.approx(10 * one.peak_per_s)
    assert one.one_node.busy["cores"] < ten.one_node.busy["cores"] < 1
