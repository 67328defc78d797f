"""
Old revisions, made new while they are read.

The log is never rewritten. A function here takes the `data` of an entry of one revision and returns that of the next;
its docstring states the historical fact that makes the new value right.
"""

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]

Upcasts = Mapping[tuple[str, int], Callable[[Data], Data]]

UPCASTS: Upcasts = {}
"""By the event's name and the revision that the function starts from."""


def upcast(name: str, revision: int, data: Data, *, to: int) -> Data:
    """
    Return *data*, made new revision by revision until it is one of revision *to*.

    Raises:
        KeyError: No function leads on from a revision in between.
    """
    while revision < to:
        data = UPCASTS[name, revision](data)
        revision += 1
    return data
