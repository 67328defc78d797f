"""The simulation obeys what is known of queues."""

import pytest

from libs.node.capacity.costs import Costs
from libs.node.capacity.model import Layout, Load, simulate
from tests.libs.node.capacity.figures import bench

COSTS = Costs.of(bench())
ONE_MACHINE = Layout(one_machine=True)


class TestOneMachine:
    def test_carries_what_its_processors_can(self) -> None:
        """With many at once the cores are full, and the rate is the cores over a ballot's work (utilisation law)."""
        came = simulate(COSTS, ONE_MACHINE, Load(1500, at_once=64))

        most_per_s = 1000 * COSTS.cores / COSTS.processors_ms
        assert came.busiest == "cores"
        assert 0.9 * most_per_s < came.per_s <= 1.02 * most_per_s

    def test_has_as_many_in_it_as_there_are_clients(self) -> None:
        """Clients at once = ballots a second x seconds of one (Little's law, Operations Research 9 (3), 1961)."""
        came = simulate(COSTS, ONE_MACHINE, Load(1500, at_once=16))

        mean_s = sum(came.latencies_ms) / len(came.latencies_ms) / 1000
        assert came.per_s * mean_s == pytest.approx(16, rel=0.05)

    def test_answers_a_lone_client_after_all_the_work(self) -> None:
        """Nobody waits for anybody: a ballot takes the work before its answer, and its turn in the log."""
        came = simulate(COSTS, ONE_MACHINE, Load(1500, at_once=1))

        waited_ms = COSTS.client_ms + COSTS.gateway_ms + COSTS.nats_ms + COSTS.governance_ms + COSTS.append_alone_ms
        assert sum(came.latencies_ms) / len(came.latencies_ms) == pytest.approx(waited_ms, rel=0.15)

    def test_is_the_same_with_the_same_seed(self) -> None:
        """Who doubts a figure has it again."""
        first, second, other = (simulate(COSTS, ONE_MACHINE, Load(300, at_once=8), seed=seed) for seed in (1, 1, 2))

        assert first == second
        assert first.latencies_ms != other.latencies_ms


class TestCluster:
    def test_is_relieved_by_one_more_of_what_is_full(self) -> None:
        """Twice as many of the busiest part make it half as busy."""
        load = Load(1500, per_s=1200)
        one = simulate(COSTS, Layout(gateways=4, governances=2), load)
        two = simulate(COSTS, Layout(gateways=4, governances=4), load)

        assert one.busiest == "governance"
        assert two.busy["governance"] < 0.7 * one.busy["governance"]
        assert two.percentile_ms(99) < one.percentile_ms(99)

    def test_has_one_turn_after_the_other_in_each_log(self) -> None:
        """No number of services carries more than one log keeps; a second log carries as much again."""
        many = Layout(gateways=24, governances=24, servers_cores=16)
        load = Load(2000, at_once=200)

        assert simulate(COSTS, many, load).per_s < 1000 / COSTS.append_ms * 1.05
        two_logs = Layout(gateways=24, governances=24, servers_cores=16, logs=2)
        assert simulate(COSTS, two_logs, load).per_s > 1.3 * simulate(COSTS, many, load).per_s
