"""How the sealer fares, as metrics."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from libs.audit.sealer.measured import Measured
from libs.audit.sealer.state import Status, WitnessStatus
from libs.telemetry.metrics import REGISTRY

LOG = "measured"


def measured(name: str, **labels: str) -> float:
    """What stands in the metrics."""
    found = REGISTRY.get_sample_value(f"plaanet_{name}", labels or {"log": LOG})
    assert found is not None
    return found


class TestMeasured:
    def test_what_waits_for_witnesses(self) -> None:
        """From the signature on something waits, until it is published; what was signed meanwhile waits on."""
        status = Status(size=1, published_size=1)
        seen = Measured(LOG, status)
        assert measured("unpublished_seconds") == 0

        status.size = 2
        seen.signed([b"{}"])
        assert measured("unpublished_seconds") > 0

        status.published_size = 2
        seen.published()
        assert measured("unpublished_seconds") == 0

        status.size, status.published_size = 4, 3
        seen.published()
        assert measured("unpublished_seconds") > 0
        assert (measured("sealed_entries"), measured("published_entries")) == (4, 3)

    @pytest.mark.parametrize("entry", [b"", b"ballot", b"[]", b"7", b"{}", b'{"decided_at":"noon"}'])
    def test_an_entry_that_says_no_time_is_sealed_all_the_same(self, entry: bytes) -> None:
        """The sealer signs bytes; what they mean is not its business, and what cannot be measured is not."""
        Measured(LOG, Status()).signed([entry])

    def test_from_the_decision_to_the_signature(self) -> None:
        """The delay is that of the oldest entry: it is the one that somebody has waited for the longest."""
        entries = [orjson.dumps({"decided_at": datetime.now(UTC) - timedelta(seconds=ago)}) for ago in (90, 5)]
        Measured(LOG, Status()).signed(entries)

        assert measured("sealing_delay_seconds_bucket", log=LOG, le="60.0") == 0
        assert measured("sealing_delay_seconds_bucket", log=LOG, le="300.0") == 1

    def test_how_late_a_witness_is(self) -> None:
        """A witness that is late is so since it failed the first time; one that came back is not."""
        late = WitnessStatus("anna", size=5, late_since=datetime.now(UTC) - timedelta(minutes=20), trouble="away")
        status = Status(witnesses=[late])
        Measured(LOG, status)
        assert 1200 <= measured("witness_late_seconds", witness="anna") < 1300

        status.witnesses = [WitnessStatus("anna", size=9)]
        assert measured("witness_late_seconds", witness="anna") == 0
        assert measured("witness_entries", witness="anna") == 9
