"""What the API says of itself, and whether it is open."""

import httpx


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
    assert (await stranger.get("/api/v1/nowhere")).json()["type"] == "/problems/NotFound"
    assert (await stranger.post("/health/live")).json()["type"] == "/problems/MethodNotAllowed"
