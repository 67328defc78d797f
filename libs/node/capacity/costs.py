"""
What one ballot costs, as `plaanet bench --json` measured it on the machine at hand.

Of a ballot's cost most is processor time of one process or another; the rest is the turn in which its log keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from libs.node.trouble import NodeTrouble


@dataclass(frozen=True, slots=True)
class Measured:
    """How many ballots a second came through, *at_once* at a time, and how long each took, in ms."""

    at_once: int
    number: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Costs:
    """
    The costs of a ballot in milliseconds: of processors by process, and of its turn in the log.

    *governance_ms* is deciding alone; *projection_ms* is what the readers of the log, governance's own and
    PostgreSQL, do with the entry later. *follow_ms* is what reading an entry costs whoever else follows the log.
    """

    cores: int
    client_ms: float
    gateway_ms: float
    governance_ms: float
    nats_ms: float
    projection_ms: float
    postgres_ms: float
    append_ms: float
    append_alone_ms: float
    follow_ms: float

    @classmethod
    def of(cls, found: Mapping[str, Any], row: str = "ballots_many_at_once") -> Self:
        """
        Return the costs in the *row* of the bench's figures.

        Raises:
            NodeTrouble: The figures are not the bench's, or an older one's.
        """
        try:
            ballots, bare = found[row], found["ballots_many_at_once"]["ceiling"]
            used = ballots["cpu_ms_per_ballot"]
            level_ms = 1000 / found["rebuild"]["per_s"]
            return cls(
                cores=found["machine"]["cores"],
                client_ms=used["client"],
                gateway_ms=used["gateway"],
                governance_ms=max(0.0, used["governance"] - _own_share(level_ms, used)),
                nats_ms=used["nats"],
                projection_ms=_own_share(level_ms, used),
                postgres_ms=used["postgres"],
                append_ms=1000 / bare["per_s"],
                append_alone_ms=found["ballots_one_by_one"]["ceiling"]["p50_ms"],
                follow_ms=1000 / found["recount"]["per_s"],
            )
        except (KeyError, TypeError) as fault:
            raise NodeTrouble(
                f"These are not figures of this release's `plaanet bench --json`: {fault} is not there."
            ) from fault

    @property
    def processors_ms(self) -> float:
        """What all processes of one machine, the client's too, work for a ballot."""
        parts = (self.client_ms, self.gateway_ms, self.governance_ms, self.nats_ms, self.projection_ms)
        return sum(parts) + self.postgres_ms


def measured(found: Mapping[str, Any], row: str) -> Measured:
    """Return what the bench saw in its *row*."""
    ballots = found[row]
    return Measured(ballots["at_once"], ballots["number"], ballots["per_s"], ballots["p50_ms"], ballots["p99_ms"])


def _own_share(level_ms: float, used: Mapping[str, float]) -> float:
    """Governance's part of bringing read models level; PostgreSQL works for the rest of that time."""
    return max(0.0, level_ms - used["postgres"])
