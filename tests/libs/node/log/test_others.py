"""When the other servers of a cluster are well enough to lose one's copy."""

from collections.abc import Mapping
from typing import Any

import pytest

from libs.node.log.others import objection_to


def standing(
    *, leader: str | None = "one", two: Mapping[str, Any] | None = None, three: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What *leader*, who has led for twelve seconds, says of a log on one, two and three, of which three stopped."""
    followers = [
        {"name": "two", "current": True, **(two or {})},
        {"name": "three", "current": False, "offline": True, **(three or {})},
    ]
    since, now = "2026-11-26T15:00:00.123456789Z", "2026-11-26T15:00:12.123456789Z"
    return {"ts": now, "cluster": {"leader": leader, "leader_since": since, "replicas": followers}}


WELL = standing()


def test_nothing_speaks_against_it() -> None:
    """The server is stopped, and both others have all of every log."""
    assert objection_to("three", {"governance": WELL, "identity": WELL}) is None


@pytest.mark.parametrize(
    "identity, said",
    [
        (standing(leader=None), "no leader for identity"),
        (standing(two={"current": False}), "two does not have all of identity yet"),
        (standing(two={"offline": True}), "two does not have all of identity yet, or is down"),
        (standing(three={"offline": False, "active": 1}), "three runs"),
        (standing(three={"offline": False, "active": 1, "current": True}), "three runs"),
        (standing(leader="three"), "three runs"),
    ],
)
def test_every_log_has_to_be_well(identity: dict[str, Any], said: str) -> None:
    """All logs are lost with a server's data, so each must stand on both others; what may pass is waited for."""
    objection = objection_to("three", {"governance": WELL, "identity": identity})

    assert objection is not None
    assert said in objection.sentence
    assert objection.may_pass


def test_a_server_that_was_killed_is_silent() -> None:
    """One that could not say that it stops has ended when nobody has heard of it for ten seconds."""
    heard = {"current": True, "offline": False, "active": 10_000_000_000}
    silent = {"current": False, "offline": False, "active": 10_000_000_001}

    assert objection_to("three", {"governance": standing(three=heard)}) is not None
    assert objection_to("three", {"governance": standing(three=silent)}) is None


def test_a_server_that_was_never_heard_of() -> None:
    """A new leader has not heard of it yet: that is silence only when it has led for ten seconds."""
    unheard = {"current": False, "offline": False, "active": 0}
    led_long = standing(three=unheard)
    led_briefly = {**led_long, "ts": "2026-11-26T15:00:05.5Z"}

    assert objection_to("three", {"governance": led_long}) is None
    assert objection_to("three", {"governance": led_briefly}) is not None


def test_servers_that_say_nothing_are_not_well() -> None:
    """Where no log is told of, nothing is given up."""
    objection = objection_to("three", {})

    assert objection is not None
    assert "do not say" in objection.sentence


def test_a_server_that_is_none_of_them() -> None:
    """A name that the cluster does not know is said at once, with those that it knows."""
    objection = objection_to("data", {"governance": WELL})

    assert objection is not None
    assert not objection.may_pass
    assert "one, three, two" in objection.sentence


@pytest.mark.parametrize("server", ["one", "two"])
def test_one_of_two_is_not_given_up(server: str) -> None:
    """A log on two servers has no majority without one of them."""
    two = {"cluster": {"leader": "one", "replicas": [{"name": "two", "current": True, "offline": True}]}}

    objection = objection_to(server, {"governance": two})

    assert objection is not None
    assert not objection.may_pass
