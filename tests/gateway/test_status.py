"""The front door."""

import httpx

from gateway.border import SECURITY_HEADERS


async def test_the_front_door_says_what_this_is(stranger: httpx.AsyncClient) -> None:
    """A visitor reads which node this is, and finds the API, the log and its key."""
    page = await stranger.get("/")

    assert page.status_code == 200
    assert "node.example" in page.text
    for door in ("/api", "/api/v1/openapi.json", "/log/governance/entries", "/log/governance/key"):
        assert f'href="{door}"' in page.text
    assert page.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]


async def test_it_asks_nothing_of_third_parties(stranger: httpx.AsyncClient) -> None:
    """The pages load nothing from elsewhere, run no script and set no cookie."""
    for address in ("/", "/api"):
        page = await stranger.get(address)

        assert "http://" not in page.text.replace("http://node.example", "")
        assert "https://" not in page.text
        assert "<script" not in page.text
        assert "set-cookie" not in page.headers


async def test_every_operation_is_documented(stranger: httpx.AsyncClient) -> None:
    """The page of the API has each operation of its OpenAPI description, by its name, with words."""
    description = (await stranger.get("/api/v1/openapi.json")).json()
    page = (await stranger.get("/api")).text

    names = [operation["operationId"] for path in description["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert all(f'id="{name}"' in page for name in names)
    assert all(operation["description"] for path in description["paths"].values() for operation in path.values())


async def test_a_gateway_that_is_still_starting_says_so(stranger: httpx.AsyncClient) -> None:
    """Live it is, ready it is not."""
    assert (await stranger.get("/health/live")).status_code == 200
    assert (await stranger.get("/health/ready")).status_code == 503


async def test_an_unknown_address_is_a_problem_document(stranger: httpx.AsyncClient) -> None:
    """404 and 405 come in the same form as every refusal."""
    assert (await stranger.get("/nowhere")).json()["type"] == "/problems/NotFound"
    assert (await stranger.post("/health/live")).json()["type"] == "/problems/MethodNotAllowed"
