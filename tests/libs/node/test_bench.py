"""`plaanet bench`: that it measures what it says, on a very small scale."""

import json

import pytest

from libs.node.bench.load import Timing
from libs.node.cli import main
from libs.node.permissions import SERVICES


class TestTiming:
    def test_tells_the_slowest_from_the_usual(self) -> None:
        """The 99th percentile is what 99 of 100 took at most."""
        timing = Timing(2.0, tuple(float(number) for number in range(100, 0, -1)))

        assert timing.rate == 50
        assert timing.percentile_ms(50) == 51
        assert timing.percentile_ms(99) == 100


@pytest.mark.node
@pytest.mark.slow
def test_bench(capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure is there, of a node that was started for it and is gone again."""
    small = [
        "--ballots",
        "130",
        "--one-by-one",
        "5",
        "--members",
        "8",
        "--sealed",
        "40",
        "--audited",
        "300",
        "--pages",
        "12",
    ]
    assert main(["bench", *small, "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    for name, number in (("ballots_one_by_one", 5), ("ballots_many_at_once", 130)):
        assert found[name]["number"] == found[name]["ceiling"]["number"] == number
        assert found[name]["p50_ms"] <= found[name]["p99_ms"]
        assert found[name]["cpu_ms_per_ballot"]["client"] > 0
        assert found[name]["written_per_ballot"]["log_bytes"] > found[name]["entry_bytes"] > 300
        assert found[name]["written_per_ballot"]["database_flushes"] > 0
    assert found["rebuild"]["entries"] == found["recount"]["entries"] > 135
    assert found["idle_memory"]["all_mb"] > 0
    assert {*found["at_rest"]} == {*found["at_work"]} >= {"nats", "postgres", "gateway", "sealer", *SERVICES}
    for name, taken in found["at_work"].items():
        assert taken["rss_mb"] > 5, name
    assert found["at_work"]["governance"]["cores"] > 0
    assert found["start_s"] > 0
    assert found["sealing"]["entries"] == found["recount"]["entries"]
    for name in ("sealed", "witnessed"):
        assert found[name]["ballots"] == 40
        assert 0 <= found[name]["p50_s"] <= found[name]["p95_s"] <= found[name]["most_s"]
    assert found["audit"]["whole"]["duration_s"] > 0
    assert set(found["counts"]["by"]) == {"ranked", "schulze", "stv", "judgment"}
    for page in (found["pages"]["by"] | found["pages"]["ceiling"]).values():
        assert 0 < page["p50_ms"] <= page["p95_ms"]
        assert page["bytes"] > 1_000
