"""What is read of the processes' metrics, and what changed between two readings."""

from collections.abc import Mapping
from math import inf

import pytest

from libs.node.top.readings import Change, Reading, percentile, read
from libs.telemetry import endpoint, metrics


def reading(at: float, **counters: Mapping[str, float]) -> Reading:
    """One moment: of each metric the value of each process."""
    samples = {name: [({"process": each}, value) for each, value in of.items()] for name, of in counters.items()}
    return Reading(at, samples, (), ("geo", "groups"))


class TestRead:
    def test_of_a_process(self) -> None:
        """What a process serves is found again by name and label."""
        metrics.PROJECTED_ENTRIES.labels("read-of-a-process").inc(7)
        served = endpoint.serve("geo", "127.0.0.1", 0)
        assert served
        with served:
            found = read({"name": "town.example"}, {"geo": f"127.0.0.1:{served.port}"})

        assert found.sum("plaanet_projected_entries_total", process="geo", log="read-of-a-process") == 7
        assert found.silent == ()
        assert found.is_shown

    def test_one_that_does_not_answer(self) -> None:
        """A process that ended is silent, and the page goes on; so is an address that is none."""
        served = endpoint.serve("geo", "127.0.0.1", 0)
        assert served
        with served:
            pass

        found = read(None, {"geo": f"127.0.0.1:{served.port}", "groups": "no where:1"})
        assert found.silent == ("geo", "groups")
        assert not found.is_shown


class TestChange:
    def test_a_rate_is_by_the_second(self) -> None:
        """Of all that bear the labels, what was added a second."""
        change = Change(reading(10, done={"geo": 5, "groups": 1}), reading(12, done={"geo": 9, "groups": 7}))

        assert change.rate("done") == 5
        assert change.rate("done", process="geo") == 2
        assert change.rate("unknown") == 0

    def test_a_process_that_began_anew(self) -> None:
        """Its counters start from nothing; what it did since is what it did."""
        change = Change(reading(10, done={"geo": 500}), reading(11, done={"geo": 3}))

        assert change.rate("done") == 3


class TestPercentile:
    @pytest.mark.parametrize("percent, expected", [(50, 0.1), (75, 0.15), (100, 0.2)])
    def test_lies_within_a_bucket(self, percent: float, expected: float) -> None:
        """As Prometheus reckons: evenly within the bucket."""
        assert percentile({0.1: 10, 0.2: 20, inf: 20}, percent) == pytest.approx(expected)

    def test_beyond_the_last_bound(self) -> None:
        """What is longer than every bound is at least the last."""
        assert percentile({0.1: 0, inf: 5}, 99) == 0.1

    @pytest.mark.parametrize("below", [{}, {0.1: 0.0, inf: 0.0}])
    def test_of_nothing(self, below: dict[float, float]) -> None:
        """Where nothing was observed there is nothing to say."""
        assert percentile(below, 50) is None
