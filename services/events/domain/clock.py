"""
Local time, which is what people mean.

"On Saturday at 14:00 in Crest" stays so when a country changes its clocks. So a gathering keeps what the wall clock
shows, the zone's name and, with them, the offset from UTC that held when it was decided; the instant follows from the
wall clock and today's rules.
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from libs.errors import Unprocessable

LENGTH_MAX = timedelta(days=31)
AHEAD_YEARS_MAX = 10


class NoSuchTimeZone(Unprocessable):
    """The zone's name is not in the IANA database."""


class NoSuchTime(Unprocessable):
    """The clocks of the zone never show that time: they are put forward over it."""


class TimeIsTwofold(Unprocessable):
    """The clocks of the zone show that time twice, and nobody said which is meant."""


class OffsetDisagrees(Unprocessable):
    """The zone does not have that offset from UTC then."""


class EndsBeforeStart(Unprocessable):
    """A gathering ends after it starts."""


class TooLong(Unprocessable):
    """A gathering is over within a month."""


class TooFarAhead(Unprocessable):
    """Nobody knows yet what the clocks will do."""


def hours(starts_at: datetime, ends_at: datetime, time_zone: str, *, now: datetime) -> tuple[datetime, datetime]:
    """
    Return the start and the end as the zone's clocks show them, each with its offset.

    Raises:
        Unprocessable: There are no such times, the end is not after the start, or they lie too far apart or ahead.
    """
    for time in (starts_at, ends_at):
        # Checked before anything is calculated, which fails at the ends of the calendar.
        if abs(time.year - now.year) > AHEAD_YEARS_MAX:
            raise TooFarAhead(f"A gathering can be called at most {AHEAD_YEARS_MAX} years ahead.")
    start, end = wall_clock(starts_at, time_zone), wall_clock(ends_at, time_zone)
    if end <= start:
        raise EndsBeforeStart("A gathering must end after it starts.")
    if end - start > LENGTH_MAX:
        raise TooLong(f"A gathering can be {LENGTH_MAX.days} days long at most.")
    return start, end


def wall_clock(time: datetime, time_zone: str) -> datetime:
    """
    Return *time* as the zone's clocks show it, with the offset that they have then.

    Without an offset, *time* is what the clocks show; with an offset of zero (`Z`) it is an instant, and any other
    offset must be the zone's (as RFC 9557 has it).

    Raises:
        NoSuchTimeZone, NoSuchTime, TimeIsTwofold, OffsetDisagrees: The clocks do not show *time*, or not once.
    """
    if time_zone not in _zones():
        raise NoSuchTimeZone(f"There is no time zone {time_zone}; its name is like Europe/Paris.")
    zone = ZoneInfo(time_zone)
    shown = time.replace(tzinfo=None, fold=0)
    if time.tzinfo is not None:
        local = time.astimezone(zone)
        if time.utcoffset() and local.replace(tzinfo=None, fold=0) != shown:
            raise OffsetDisagrees(
                f"The clocks of {time_zone} do not show {time.isoformat()}; they show {local.isoformat()} then."
            )
        return _with_offset(local, local.utcoffset())
    offsets = _offsets(shown, zone)
    if not offsets:
        raise NoSuchTime(f"The clocks of {time_zone} never show {shown.isoformat()}: they are put forward then.")
    if len(offsets) > 1:
        both = " or ".join(_with_offset(shown, offset).isoformat() for offset in offsets)
        raise TimeIsTwofold(f"The clocks of {time_zone} show {shown.isoformat()} twice; say {both}.")
    return _with_offset(shown, offsets[0])


def instant(time: datetime, time_zone: str) -> datetime:
    """
    Return when, in UTC, the zone's clocks show what *time* shows, by the rules that this machine knows.

    Where they still agree, that is the instant that *time* names; where the rules have changed, the wall clock wins.
    """
    if time_zone in _zones():
        offsets = _offsets(time.replace(tzinfo=None), ZoneInfo(time_zone))
        if offsets and time.utcoffset() not in offsets:
            return _with_offset(time, offsets[0]).astimezone(UTC)
    return time.astimezone(UTC)


@cache
def _zones() -> frozenset[str]:
    """Every zone of the database; a link to this machine's own settings is none."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def _offsets(shown: datetime, zone: ZoneInfo) -> list[timedelta]:
    """Return the offsets with which the zone's clocks show that time: one, two in autumn, none in spring."""
    found: list[timedelta] = []
    for fold in (0, 1):
        local = shown.replace(tzinfo=zone, fold=fold)
        back = local.astimezone(UTC).astimezone(zone)
        offset = local.utcoffset()
        if back.replace(tzinfo=None, fold=0) == shown and offset is not None and offset not in found:
            found.append(offset)
    return found


def _with_offset(time: datetime, offset: timedelta | None) -> datetime:
    assert offset is not None
    return time.replace(tzinfo=timezone(offset), fold=0)
