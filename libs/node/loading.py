"""
Tells a person how far the gazetteer's first loading is.

The node is ready before that: only searches for places wait for it. Whoever starts a node for the first time should
know why they do, and that it happens once.
"""

import asyncio
from collections.abc import Callable

import httpx

from libs.node.visitor import API

_STEP = 0.2


async def tell_of_loading(client: httpx.AsyncClient, say: Callable[[str], None], *, every_s: float = 1.0) -> None:
    """Say how far it is at every fifth of the way, until a gazetteer stands; nothing if one stands already."""
    said = -1
    while True:
        state = await _state(client)
        if state and state["version"]:
            if said >= 0:
                say(f"The gazetteer is loaded: {state['places_count']:,} places.")
            return
        if state and state["total"] and (step := int(state["done"] / state["total"] / _STEP)) > said:
            said = step
            say(f"Loading the gazetteer, once: {state['done']:,} of {state['total']:,} places ...")
        await asyncio.sleep(every_s)


async def _state(client: httpx.AsyncClient) -> dict[str, int] | None:
    try:
        answer = await client.get(f"{API}/gazetteer")
    except httpx.HTTPError:
        return None  # geo, or the gateway, is just being started again
    return answer.json() if answer.is_success else None
