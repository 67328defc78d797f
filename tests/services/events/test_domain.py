"""Gatherings: when they are, who may change them, and who has a place."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from libs.contracts.base import Event
from libs.contracts.events import (
    MOVED_UP_MAX,
    AnswerGiven,
    AnswerKept,
    AnswerWithdrawn,
    GatheringCancelled,
    GatheringChanged,
    GatheringScheduled,
    MovedUp,
    StandingChanged,
    StandingLearnt,
)
from libs.contracts.place import Place
from services.events.domain import clock
from services.events.domain.gathering import (
    Gathering,
    GatheringIsCancelled,
    GatheringIsOver,
    NotYours,
    Plan,
    StartsInThePast,
    digest_of,
)
from services.events.domain.standing import Standing
from tests.given import given

GROUP = UUID("60000000-0000-4000-8000-000000000001")
GATHERING = UUID("6a000000-0000-4000-8000-000000000002")
ANA, BO, CLEO, DARA = (UUID(f"{letter}0000000-0000-4000-8000-000000000003") for letter in "abcd")
NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
START = datetime.fromisoformat("2030-06-01T14:00:00+02:00")
END = datetime.fromisoformat("2030-06-01T18:00:00+02:00")
CREST = Place(name="Crest", latitude=44.728, longitude=5.022)

PLAN: dict[str, Any] = {
    "name": "Repair café",
    "starts_at": START,
    "ends_at": END,
    "time_zone": "Europe/Paris",
    "place": CREST,
    "capacity": 2,
    "description_sha256": None,
}
SCHEDULED = GatheringScheduled(group_id=GROUP, organiser=ANA, **PLAN)


def says(member_id: UUID, answer: AnswerKept) -> AnswerGiven:
    """A member's answer as the log keeps it."""
    return AnswerGiven(member_id=member_id, answer=answer)


def plan(**other: Any) -> Plan:
    """The plan of the café, but for *other*."""
    return Plan(**{**PLAN, **other})


FULL: tuple[Event, ...] = (SCHEDULED, says(ANA, "going"), says(BO, "going"), says(CLEO, "waiting"))


class TestWallClock:
    @pytest.mark.parametrize(
        "said",
        ["2030-06-01T14:00", "2030-06-01T14:00:00+02:00", "2030-06-01T12:00:00Z", "2030-06-01T12:00:00+00:00"],
    )
    def test_is_what_people_mean(self, said: str) -> None:
        """The time on the wall, the same with its offset, or the instant: all mean 14:00 in Paris in June."""
        time = clock.wall_clock(datetime.fromisoformat(said), "Europe/Paris")

        assert time.isoformat() == "2030-06-01T14:00:00+02:00"

    def test_must_be_the_zones(self) -> None:
        """New York's offset is not Paris's: somebody made a mistake, and we do not guess which."""
        with pytest.raises(clock.OffsetDisagrees, match=r"they show 2030-06-01T20:00:00\+02:00 then"):
            clock.wall_clock(datetime.fromisoformat("2030-06-01T14:00:00-04:00"), "Europe/Paris")

    def test_never_shows_the_hour_that_is_left_out(self) -> None:
        """On 31 March 2030 the clocks of Paris go from 02:00 to 03:00; there is no 02:30."""
        with pytest.raises(clock.NoSuchTime, match="never show 2030-03-31T02:30:00"):
            clock.wall_clock(datetime(2030, 3, 31, 2, 30), "Europe/Paris")  # noqa: DTZ001 - what the wall shows
        for offset in ("+01:00", "+02:00"):
            with pytest.raises(clock.OffsetDisagrees):
                clock.wall_clock(datetime.fromisoformat(f"2030-03-31T02:30:00{offset}"), "Europe/Paris")

    def test_shows_an_hour_twice_in_autumn(self) -> None:
        """On 27 October 2030 there are two 02:30 in Paris: only the offset tells which is meant."""
        with pytest.raises(clock.TimeIsTwofold, match=r"\+02:00 or .*\+01:00"):
            clock.wall_clock(datetime(2030, 10, 27, 2, 30), "Europe/Paris")  # noqa: DTZ001
        for offset in ("+01:00", "+02:00"):
            said = f"2030-10-27T02:30:00{offset}"
            assert clock.wall_clock(datetime.fromisoformat(said), "Europe/Paris").isoformat() == said

    def test_is_right_at_the_edges_of_the_change(self) -> None:
        """The last minute before the change and the first after it are there, once."""
        for wall, offset in (((3, 31, 1, 59), 1), ((3, 31, 3, 0), 2), ((10, 27, 1, 59), 2), ((10, 27, 3, 0), 1)):
            time = clock.wall_clock(datetime(2030, *wall), "Europe/Paris")  # noqa: DTZ001
            assert time.utcoffset() == timedelta(hours=offset)

    @pytest.mark.parametrize(
        "name",
        [
            "Paris",
            "europe/paris",
            "Europe",
            "Europe/Paris/",
            "../etc/passwd",
            "/etc/passwd",
            "localtime",
            "",
            "é",
            "CEST",
        ],
    )
    def test_knows_its_zones(self, name: str) -> None:
        """A zone has the exact name of the IANA database; a folder or a path is none."""
        with pytest.raises(clock.NoSuchTimeZone):
            clock.wall_clock(START, name)

    @any_of(
        st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001
        st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"]),
    )
    def test_names_one_instant_or_none(self, wall: datetime, zone: str) -> None:
        """Whatever the wall shows, the time that is kept shows the same and is that instant in the zone."""
        try:
            time = clock.wall_clock(wall, zone)
        except (clock.NoSuchTime, clock.TimeIsTwofold):
            return
        assert time.replace(tzinfo=None) == wall
        assert time.astimezone(ZoneInfo(zone)).utcoffset() == time.utcoffset()
        assert clock.instant(time, zone) == time


class TestInstant:
    def test_follows_the_wall_when_the_rules_change(self) -> None:
        """It was kept when Paris was to have +03:00 in June; by today's rules 14:00 on the wall is +02:00."""
        kept = datetime.fromisoformat("2030-06-01T14:00:00+03:00")

        assert clock.instant(kept, "Europe/Paris") == datetime(2030, 6, 1, 12, tzinfo=UTC)

    def test_is_as_kept_where_the_zone_is_unknown(self) -> None:
        """A machine that does not know the zone, or leaves that hour out, goes by the offset that was kept."""
        assert clock.instant(START, "Mars/Olympus_Mons") == START
        left_out = datetime.fromisoformat("2030-03-31T02:30:00+01:00")
        assert clock.instant(left_out, "Europe/Paris") == left_out

    def test_tells_the_two_hours_of_autumn_apart(self) -> None:
        """The first 02:30 is an hour before the second."""
        first, second = (datetime.fromisoformat(f"2030-10-27T02:30:00+0{h}:00") for h in (2, 1))

        assert clock.instant(second, "Europe/Paris") - clock.instant(first, "Europe/Paris") == timedelta(hours=1)


class TestHours:
    def test_end_after_they_start(self) -> None:
        """A gathering takes some time."""
        with pytest.raises(clock.EndsBeforeStart):
            clock.hours(START, START, "Europe/Paris", now=NOW)
        with pytest.raises(clock.EndsBeforeStart):
            clock.hours(END, START, "Europe/Paris", now=NOW)

    def test_are_compared_as_instants(self) -> None:
        """From 02:45 to 02:15 is half an hour in the night when the clocks go back."""
        first = datetime.fromisoformat("2030-10-27T02:45:00+02:00")
        then = datetime.fromisoformat("2030-10-27T02:15:00+01:00")

        assert clock.hours(first, then, "Europe/Paris", now=NOW) == (first, then)

    def test_last_a_month_at_most(self) -> None:
        """31 days are taken, a second more is not."""
        month = START + timedelta(days=31)
        clock.hours(START, month, "Europe/Paris", now=NOW)
        with pytest.raises(clock.TooLong):
            clock.hours(START, month + timedelta(seconds=1), "Europe/Paris", now=NOW)

    @pytest.mark.parametrize(
        "time",
        [datetime.max, datetime.max.replace(tzinfo=UTC), datetime.min, datetime(2041, 1, 1)],  # noqa: DTZ001, DTZ901
    )
    def test_are_within_ten_years(self, time: datetime) -> None:
        """Nobody knows what clocks will do in 2041, and the calendar's own ends are no accident either."""
        with pytest.raises(clock.TooFarAhead):
            clock.hours(time, time, "Europe/Paris", now=NOW)


class TestSchedule:
    def test_a_gathering_is_called(self) -> None:
        """A member calls a gathering; nobody has answered yet, not even who called it."""
        given(Gathering).when(Gathering.schedule, GATHERING, GROUP, plan(), organiser=ANA, now=NOW).then(SCHEDULED)

    def test_it_lies_ahead(self) -> None:
        """What begins now has begun."""
        early = START.astimezone(UTC) - timedelta(microseconds=1)
        given(Gathering).when(Gathering.schedule, GATHERING, GROUP, plan(), organiser=ANA, now=early).then(SCHEDULED)
        given(Gathering).when(Gathering.schedule, GATHERING, GROUP, plan(), organiser=ANA, now=START).refuses(
            StartsInThePast
        )


class TestAnswer:
    @pytest.mark.parametrize("answer", ["going", "maybe", "not"])
    def test_a_member_answers(self, answer: Any) -> None:
        """Going, maybe, or not."""
        given(Gathering, SCHEDULED).when(Gathering.answer, BO, answer, now=NOW).then(says(BO, answer))

    def test_who_finds_no_room_waits(self) -> None:
        """The third of two places waits; maybe and not need no place."""
        full = (SCHEDULED, says(ANA, "going"), says(BO, "going"))
        given(Gathering, *full).when(Gathering.answer, CLEO, "going", now=NOW).then(says(CLEO, "waiting"))
        given(Gathering, *full).when(Gathering.answer, CLEO, "maybe", now=NOW).then(says(CLEO, "maybe"))

    def test_without_a_capacity_nobody_waits(self) -> None:
        """There is room for all."""
        endless = SCHEDULED.model_copy(update={"capacity": None})
        given(Gathering, endless, says(ANA, "going"), says(BO, "going")).when(
            Gathering.answer, CLEO, "going", now=NOW
        ).then(says(CLEO, "going"))

    def test_the_same_answer_again_is_none(self) -> None:
        """Saying the same twice is saying it once; who waits keeps the turn."""
        given(Gathering, *FULL).when(Gathering.answer, ANA, "going", now=NOW).then()
        given(Gathering, *FULL, says(DARA, "waiting")).when(Gathering.answer, CLEO, "going", now=NOW).then()

    @pytest.mark.parametrize("answer", ["maybe", "not"])
    def test_a_free_place_goes_to_who_waits(self, answer: Any) -> None:
        """When somebody changes their mind, the first on the waiting list moves up in the same breath."""
        given(Gathering, *FULL, says(DARA, "waiting")).when(Gathering.answer, ANA, answer, now=NOW).then(
            says(ANA, answer), MovedUp(member_ids=(CLEO,))
        )

    def test_who_gives_up_a_place_waits_at_the_end(self) -> None:
        """Back again means behind all others."""
        given(Gathering, *FULL, says(ANA, "maybe"), MovedUp(member_ids=(CLEO,)), says(DARA, "waiting")).when(
            Gathering.answer, ANA, "going", now=NOW
        ).then(says(ANA, "waiting"))

    def test_who_waits_no_more_is_passed_over(self) -> None:
        """A waiting member who says maybe frees no place, and is not moved up later."""
        given(Gathering, *FULL).when(Gathering.answer, CLEO, "maybe", now=NOW).then(says(CLEO, "maybe"))
        given(Gathering, *FULL, says(DARA, "waiting"), says(CLEO, "maybe")).when(
            Gathering.answer, BO, "not", now=NOW
        ).then(says(BO, "not"), MovedUp(member_ids=(DARA,)))

    def test_until_it_ends(self) -> None:
        """People may answer while it goes on; at its end it is over."""
        given(Gathering, SCHEDULED).when(Gathering.answer, BO, "going", now=END - timedelta(microseconds=1)).then(
            says(BO, "going")
        )
        given(Gathering, SCHEDULED).when(Gathering.answer, BO, "going", now=END).refuses(
            GatheringIsOver, "ended at 2030-06-01 16:00 UTC"
        )

    def test_not_when_cancelled(self) -> None:
        """There is nothing to come to."""
        given(Gathering, SCHEDULED, GatheringCancelled(reason=None)).when(
            Gathering.answer, BO, "going", now=NOW
        ).refuses(GatheringIsCancelled)

    @any_of(
        st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["going", "maybe", "not", "withdraw"])), max_size=60),
        st.one_of(st.none(), st.integers(1, 5)),
    )
    def test_no_place_is_free_while_somebody_waits(self, said: list[tuple[int, Any]], capacity: int | None) -> None:
        """Whatever people say in whatever order: never too many, never a free place beside a queue, nobody lost."""
        gathering = given(Gathering, SCHEDULED.model_copy(update={"capacity": capacity})).aggregate
        for number, answer in said:
            member_id = uuid5(GROUP, str(number))
            if answer == "withdraw":
                gathering.withdraw(member_id, now=NOW)
            else:
                gathering.answer(member_id, answer, now=NOW)

            assert capacity is None or gathering.going_count <= capacity
            assert not gathering.waiting or gathering.is_full
            assert gathering.going_count == list(gathering.answers.values()).count("going")
            assert list(gathering.waiting) == [m for m, kept in gathering.answers.items() if kept == "waiting"]


class TestWithdraw:
    def test_takes_an_answer_back(self) -> None:
        """As if none had been given; a place goes to who waits."""
        given(Gathering, *FULL).when(Gathering.withdraw, ANA, now=NOW).then(
            AnswerWithdrawn(member_id=ANA), MovedUp(member_ids=(CLEO,))
        )
        given(Gathering, *FULL).when(Gathering.withdraw, CLEO, now=NOW).then(AnswerWithdrawn(member_id=CLEO))

    def test_twice_is_once(self) -> None:
        """Where there is no answer there is nothing to take back, even when all is over."""
        given(Gathering, *FULL).when(Gathering.withdraw, DARA, now=NOW).then()
        given(Gathering, *FULL).when(Gathering.withdraw, DARA, now=END).then()

    def test_not_when_it_is_over(self) -> None:
        """Who was there was there."""
        given(Gathering, *FULL).when(Gathering.withdraw, ANA, now=END).refuses(GatheringIsOver)


class TestRelease:
    def test_who_is_gone_gives_the_place_free(self) -> None:
        """A member who left does not come."""
        given(Gathering, *FULL).when(Gathering.release, BO, now=NOW).then(
            AnswerWithdrawn(member_id=BO), MovedUp(member_ids=(CLEO,))
        )

    def test_what_is_over_stays_as_it_was(self) -> None:
        """The count of a past or cancelled gathering does not change when somebody leaves later."""
        given(Gathering, *FULL).when(Gathering.release, BO, now=END).then()
        given(Gathering, *FULL, GatheringCancelled(reason=None)).when(Gathering.release, BO, now=NOW).then()


class TestChange:
    def test_the_organiser_or_a_steward_may(self) -> None:
        """Another member may not."""
        changed = GatheringChanged(**{**PLAN, "name": "Bike café"})
        given(Gathering, SCHEDULED).when(Gathering.change, plan(name="Bike café"), by=ANA, role="member", now=NOW).then(
            changed
        )
        given(Gathering, SCHEDULED).when(Gathering.change, plan(name="Bike café"), by=BO, role="steward", now=NOW).then(
            changed
        )
        given(Gathering, SCHEDULED).when(
            Gathering.change, plan(name="Bike café"), by=BO, role="member", now=NOW
        ).refuses(NotYours)

    def test_into_the_same_is_nothing(self) -> None:
        """The same plan sent twice is one change."""
        given(Gathering, SCHEDULED).when(Gathering.change, plan(), by=ANA, role="member", now=NOW).then()

    def test_more_room_lets_people_move_up(self) -> None:
        """As many as there is room for now, in their order."""
        waiting = (*FULL, says(DARA, "waiting"))
        given(Gathering, *waiting).when(Gathering.change, plan(capacity=3), by=ANA, role="member", now=NOW).then(
            GatheringChanged(**{**PLAN, "capacity": 3}), MovedUp(member_ids=(CLEO,))
        )
        given(Gathering, *waiting).when(Gathering.change, plan(capacity=None), by=ANA, role="member", now=NOW).then(
            GatheringChanged(**{**PLAN, "capacity": None}), MovedUp(member_ids=(CLEO, DARA))
        )

    def test_with_less_room_nobody_is_thrown_out(self) -> None:
        """Who goes, goes; there is just no room again until enough went back on their word."""
        less = GatheringChanged(**{**PLAN, "capacity": 1})
        given(Gathering, *FULL).when(Gathering.change, plan(capacity=1), by=ANA, role="member", now=NOW).then(less)
        given(Gathering, *FULL, less).when(Gathering.answer, ANA, "not", now=NOW).then(says(ANA, "not"))
        given(Gathering, *FULL, less, says(ANA, "not")).when(Gathering.answer, BO, "not", now=NOW).then(
            says(BO, "not"), MovedUp(member_ids=(CLEO,))
        )

    def test_thousands_move_up_at_once(self) -> None:
        """One entry names a thousand at most, so that it fits in the log."""
        crowd = [uuid5(GROUP, str(number)) for number in range(MOVED_UP_MAX + 1)]
        gathering = given(Gathering, *FULL, *(says(member, "waiting") for member in crowd)).aggregate

        gathering.change(plan(capacity=None), by=ANA, role="member", now=NOW)

        _, *moves = gathering.collect_events()
        assert [len(move.member_ids) for move in moves] == [MOVED_UP_MAX, 2]  # type: ignore[attr-defined]
        assert gathering.going_count == MOVED_UP_MAX + 4

    def test_answers_stand_when_the_time_is_another(self) -> None:
        """The gathering shows that it was changed; it is for people to say otherwise."""
        later = plan(starts_at=START + timedelta(days=7), ends_at=END + timedelta(days=7))
        gathering = given(Gathering, *FULL).aggregate

        gathering.change(later, by=ANA, role="member", now=NOW)

        assert gathering.answers == {ANA: "going", BO: "going", CLEO: "waiting"}

    def test_while_it_goes_on(self) -> None:
        """Its end may be put off while it lasts; it cannot begin earlier, nor be over by a change."""
        during = START + timedelta(hours=1)
        longer = plan(ends_at=END + timedelta(hours=1))
        given(Gathering, SCHEDULED).when(Gathering.change, longer, by=ANA, role="member", now=during).then(
            GatheringChanged(**longer._asdict())
        )
        for past in (plan(starts_at=START - timedelta(hours=1)), plan(ends_at=during)):
            given(Gathering, SCHEDULED).when(Gathering.change, past, by=ANA, role="member", now=during).refuses(
                StartsInThePast
            )

    def test_not_when_it_is_over_or_cancelled(self) -> None:
        """Nothing more is decided then."""
        given(Gathering, SCHEDULED).when(Gathering.change, plan(), by=ANA, role="member", now=END).refuses(
            GatheringIsOver
        )
        given(Gathering, SCHEDULED, GatheringCancelled(reason=None)).when(
            Gathering.change, plan(), by=ANA, role="member", now=NOW
        ).refuses(GatheringIsCancelled)


class TestCancel:
    def test_the_organiser_or_a_steward_may(self) -> None:
        """Another member may not."""
        off = GatheringCancelled(reason="Flood")
        given(Gathering, *FULL).when(Gathering.cancel, "Flood", by=ANA, role="member", now=NOW).then(off)
        given(Gathering, *FULL).when(Gathering.cancel, "Flood", by=BO, role="steward", now=NOW).then(off)
        given(Gathering, *FULL).when(Gathering.cancel, "Flood", by=BO, role="member", now=NOW).refuses(NotYours)

    def test_twice_is_once(self) -> None:
        """The first reason stands."""
        given(Gathering, SCHEDULED, GatheringCancelled(reason="Flood")).when(
            Gathering.cancel, None, by=ANA, role="member", now=NOW
        ).then()

    def test_not_when_it_is_over(self) -> None:
        """What has been cannot be called off."""
        given(Gathering, SCHEDULED).when(Gathering.cancel, None, by=ANA, role="member", now=END).refuses(
            GatheringIsOver
        )


class TestStanding:
    def test_is_learnt(self) -> None:
        """What groups' log says first."""
        given(Standing).when(Standing, GROUP, ANA, "member", 12).then(
            StandingLearnt(group_id=GROUP, member_id=ANA, role="member", source_position=12)
        )

    def test_changes_with_newer_news_alone(self) -> None:
        """News that comes twice or late changes nothing."""
        learnt = StandingLearnt(group_id=GROUP, member_id=ANA, role="member", source_position=12)
        given(Standing, learnt).when(Standing.learn, None, source_position=13).then(
            StandingChanged(role=None, source_position=13)
        )
        given(Standing, learnt).when(Standing.learn, None, source_position=12).then()
        given(Standing, learnt).when(Standing.learn, "steward", source_position=11).then()
        given(Standing, learnt).when(Standing.learn, "member", source_position=13).then()

    def test_has_one_address(self) -> None:
        """A member has one standing in a group, and another in another."""
        assert Standing.create_id(GROUP, ANA) == Standing.create_id(GROUP, ANA)
        assert len({Standing.create_id(GROUP, ANA), Standing.create_id(GROUP, BO), Standing.create_id(BO, ANA)}) == 3


class TestDigest:
    def test_says_nothing_without_its_salt(self) -> None:
        """The same words have another digest each time, so nobody can guess them from the log."""
        assert digest_of("Bring cake.", b"one") != digest_of("Bring cake.", b"two")
        assert digest_of("Bring cake.", b"one") == digest_of("Bring cake.", b"one")
