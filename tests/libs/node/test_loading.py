"""What a person is told of the gazetteer's first loading."""

import httpx

from libs.node.loading import tell_of_loading


async def told(*states: tuple[str | None, int, int] | int) -> list[str]:
    """What is said when the node answers so, one state after another: version, done and total, or an HTTP status."""
    coming = iter(states)
    said: list[str] = []

    def answer(_: httpx.Request) -> httpx.Response:
        state = next(coming)
        if isinstance(state, int):
            return httpx.Response(state)
        version, done, total = state
        return httpx.Response(200, json={"version": version, "done": done, "total": total, "places_count": done})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://node.example") as client:
        await tell_of_loading(client, said.append, every_s=0)
    return said


async def test_says_how_far_it_is_and_when_it_is_done() -> None:
    """A line for each fifth, not for each look."""
    said = await told((None, 0, 0), (None, 0, 100), (None, 5, 100), (None, 41, 100), (None, 100, 100), ("1", 100, 100))

    assert said == [
        "Loading the gazetteer, once: 0 of 100 places ...",
        "Loading the gazetteer, once: 41 of 100 places ...",
        "Loading the gazetteer, once: 100 of 100 places ...",
        "The gazetteer is loaded: 100 places.",
    ]


async def test_says_nothing_where_one_stands() -> None:
    """At every later start."""
    assert await told(("1", 100, 100)) == []


async def test_waits_for_a_service_that_is_away() -> None:
    """Geo may be just starting again."""
    assert await told(503, (None, 50, 100), 503, ("1", 100, 100)) == [
        "Loading the gazetteer, once: 50 of 100 places ...",
        "The gazetteer is loaded: 100 places.",
    ]
