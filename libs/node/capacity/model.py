"""
A simulation of the way of one ballot, to see what carries how many before it is built.

Every process is a queue: a gateway and a governance think on one core each, one at a time; a log keeps one entry after
the other; all processes of one machine share its cores. Times are drawn from exponential distributions around the
measured means, with a seed, so that a run can be had again. What is not in it: the network between members and node,
garbage collection, disks that stall; so the slowest ballots are slower in truth than here.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from libs.node.capacity.costs import Costs

GATHER_MS = 10.0
"""How long a reader of the log waits before it reads on (`libs.eventlog.jetstream.GATHER_S`)."""

WARM_UP = 0.1
"""The latencies of this share of the ballots are left out: at first every queue is empty."""

Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Layout:
    """
    What there is of each part. On *one_machine* all share its cores; otherwise each process has a core of its own.

    *servers_cores* are the cores of each NATS server and of PostgreSQL. *replicated_ms* is what it adds to an append
    that other servers keep the entry too, and does not hold up the next.
    """

    gateways: int = 1
    governances: int = 1
    logs: int = 1
    servers_cores: int = 4
    one_machine: bool = False
    replicated_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """So many ballots: *at_once* by clients that wait for each answer, or *per_s* by strangers to each other."""

    number: int
    at_once: int = 0
    per_s: float = 0.0


@dataclass
class Outcome:
    """What came of it: ballots a second, their latencies in ms, and how busy each part was (1: all the time)."""

    per_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)

    def percentile_ms(self, percent: float) -> float:
        """Return what *percent* of the ballots took at most, in ms."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    @property
    def busiest(self) -> str:
        """The part that would be full first."""
        return max(self.busy, key=lambda part: self.busy[part])


def simulate(costs: Costs, layout: Layout, load: Load, *, seed: int = 1) -> Outcome:
    """Have *load* voted on *layout*, and return what came of it."""
    return _Simulation(costs, layout, load, seed).run()


class _Part:
    """One kind of process: *count* of them, each doing one thing at a time, on cores that others may use too."""

    def __init__(self, run: "_Simulation", count: int, cores: simpy.Resource | None) -> None:
        self._run = run
        self._count = count
        self._cores = cores
        self._turns = [simpy.Resource(run.env) for _ in range(count)]
        self._worked_ms = [0.0] * count

    def work(self, mean_ms: float, which: int) -> Steps:
        """Wait for the turn of process number *which*, then for a core, and work."""
        lasting_ms, which = self._run.draw(mean_ms), which % self._count
        with self._turns[which].request() as turn:
            yield turn
            if self._cores is None:
                yield self._run.env.timeout(lasting_ms)
            else:
                with self._cores.request() as core:
                    yield core
                    yield self._run.env.timeout(lasting_ms)
        self._worked_ms[which] += lasting_ms

    @property
    def worked_ms(self) -> float:
        return sum(self._worked_ms)

    def busy(self, during_ms: float) -> float:
        """Return how busy the busiest of them was."""
        return max(self._worked_ms) / during_ms


class _Simulation:
    def __init__(self, costs: Costs, layout: Layout, load: Load, seed: int) -> None:
        self.env = simpy.Environment()
        self._random = random.Random(seed)  # noqa: S311 - the same figures again, no secret
        self._costs, self._layout, self._load = costs, layout, load
        cores = simpy.Resource(self.env, capacity=costs.cores) if layout.one_machine else None
        self._cores = cores
        shared = costs.cores if layout.one_machine else layout.servers_cores
        self._parts = {
            "gateway": _Part(self, layout.gateways, cores),
            "governance": _Part(self, layout.governances, cores),
            "nats": _Part(self, shared * layout.logs, cores),
            "log": _Part(self, layout.logs, None),
            "postgres": _Part(self, shared, cores),
        }
        # A client is on its own machine where there are many; on one machine it takes its share.
        self._client = _Part(self, 1, cores)
        self._new = [0] * layout.logs
        self._reading = [False] * layout.logs
        self._outcome = Outcome()
        self._done = 0

    def draw(self, mean_ms: float) -> float:
        return self._random.expovariate(1 / mean_ms) if mean_ms > 0 else 0.0

    def run(self) -> Outcome:
        if self._load.at_once:
            waiting = iter(range(self._load.number))
            clients = [self.env.process(self._client_that_waits(waiting)) for _ in range(self._load.at_once)]
            self.env.run(simpy.AllOf(self.env, clients))
        else:
            self.env.run(self.env.process(self._crowd()))
        during_ms = self.env.now
        self._outcome.per_s = 1000 * self._done / during_ms
        self._outcome.busy = {name: part.busy(during_ms) for name, part in self._parts.items()}
        if self._layout.one_machine:
            parts = (*self._parts.values(), self._client)
            worked_ms = sum(part.worked_ms for part in parts) - self._parts["log"].worked_ms
            self._outcome.busy["cores"] = worked_ms / during_ms / self._costs.cores
        return self._outcome

    def _client_that_waits(self, waiting: Any) -> Steps:
        for number in waiting:
            yield from self._ballot(number)

    def _crowd(self) -> Steps:
        voting = []
        for number in range(self._load.number):
            yield self.env.timeout(self.draw(1000 / self._load.per_s))
            voting.append(self.env.process(self._ballot(number)))
        yield simpy.AllOf(self.env, voting)

    def _ballot(self, number: int) -> Steps:
        """Go the way of one ballot: client, gateway, governance, log, and back."""
        began_ms = self.env.now
        stations = self._stations()
        for part, mean_ms in stations:
            yield from part.work(mean_ms / 2, number)
        yield from self._append(number % self._layout.logs)
        for part, mean_ms in reversed(stations):
            yield from part.work(mean_ms / 2, number)
        self._note(began_ms)

    def _stations(self) -> list[tuple[_Part, float]]:
        costs, parts = self._costs, self._parts
        if self._layout.one_machine:
            client, gateway_ms = [(self._client, costs.client_ms)], costs.gateway_ms
        else:
            # What a gateway works to follow the log is in its measured cost, and counted there for each gateway.
            client, gateway_ms = [], max(0.0, costs.gateway_ms - costs.follow_ms)
        return [
            *client,
            (parts["gateway"], gateway_ms),
            (parts["nats"], costs.nats_ms),
            (parts["governance"], costs.governance_ms),
        ]

    def _append(self, log: int) -> Steps:
        """Wait for the log's turn; what a lone append takes beyond its turn holds up nobody else."""
        yield from self._parts["log"].work(self._costs.append_ms, log)
        alone_ms = max(0.0, self._costs.append_alone_ms - self._costs.append_ms - self._costs.nats_ms / 2)
        yield self.env.timeout(self.draw(alone_ms + self._layout.replicated_ms))
        self._new[log] += 1
        if not self._reading[log]:
            self._reading[log] = True
            self.env.process(self._read(log))

    def _read(self, log: int) -> Steps:
        """Bring the read models level, batch by batch; every replica reads the log, one of them writes the rows."""
        while new := self._new[log]:
            self._new[log] = 0
            others = [
                self.env.process(self._parts[part].work(new * self._costs.follow_ms, which))
                for part, count in (("gateway", self._layout.gateways), ("governance", self._layout.governances))
                for which in range(count)
                if (part, which) != ("governance", log % self._layout.governances) and not self._layout.one_machine
            ]
            yield from self._parts["governance"].work(new * self._costs.projection_ms, log)
            yield from self._parts["postgres"].work(new * self._costs.postgres_ms, log)
            yield simpy.AllOf(self.env, others)
            yield self.env.timeout(GATHER_MS)
        self._reading[log] = False

    def _note(self, began_ms: float) -> None:
        self._done += 1
        if self._done > self._load.number * WARM_UP:
            self._outcome.latencies_ms.append(self.env.now - began_ms)
