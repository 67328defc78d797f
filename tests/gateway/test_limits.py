"""How often one caller may ask."""

from gateway import limits
from gateway.limits import Limit


class Clock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_steady_rate() -> None:
    """A caller may ask as often as the burst at once, then at the rate, and gets the burst back in time."""
    clock = Clock()
    limit = Limit(rate_per_s=2, burst=3, clock=clock)

    assert [limit.lets("ana") for _ in range(5)] == [True, True, True, False, False]
    clock.now = 0.5
    assert [limit.lets("ana") for _ in range(2)] == [True, False]
    clock.now = 100
    assert [limit.lets("ana") for _ in range(4)] == [True, True, True, False]


def test_callers_do_not_share() -> None:
    """One caller's haste costs another nothing."""
    limit = Limit(rate_per_s=1, burst=1, clock=Clock())

    assert limit.lets("ana")
    assert not limit.lets("ana")
    assert limit.lets("bo")


def test_memory_is_bounded() -> None:
    """However many names are made up, so many buckets are kept and no more."""
    limit = Limit(rate_per_s=1, burst=1, clock=Clock())

    for number in range(limits.CALLERS_REMEMBERED_MAX + 10):
        limit.lets(str(number))

    assert len(limit._buckets) == limits.CALLERS_REMEMBERED_MAX
