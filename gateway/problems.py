"""
Refusals as clients see them: problem details for HTTP APIs (RFC 9457).

`type` is stable, one word below this node's own `/problems/`; `title` repeats it in words; `detail` is one sentence
for a person.
"""

import logging
import re
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from libs.contracts.base import View
from libs.errors import LogFault, Problem, Refused

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_OF_HTTP = {404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge", 415: "Unprocessable", 429: "TooMany"}


class ProblemDetails(View):
    """Why a request was not honoured (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def body(status: int, kind: str, detail: str) -> bytes:
    """Return the document's bytes."""
    title = re.sub(r"(?<!^)(?=[A-Z])", " ", kind).capitalize()
    return orjson.dumps({"type": f"/problems/{kind}", "title": title, "status": status, "detail": detail})


def response(status: int, kind: str, detail: str) -> Response:
    """Return the document as a response; one that may succeed later says when to try again."""
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body(status, kind, detail), status, headers, MEDIA_TYPE)


def of(problem: Problem) -> tuple[int, str, str]:
    """Return status, type and detail of *problem*."""
    if isinstance(problem, Refused):
        return problem.refused_status, problem.kind, problem.detail
    return problem.status, type(problem).__name__, problem.detail


def add_to(app: FastAPI) -> None:
    """Have *app* answer every kind of failure with a problem document."""

    async def on_problem(_: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return response(*of(problem))

    async def on_invalid(_: Request, fault: Exception) -> Response:
        assert isinstance(fault, RequestValidationError)
        return response(422, "Unprocessable", _sentence(fault.errors()[0]))

    async def on_http(_: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)
        kind = _OF_HTTP.get(fault.status_code, "Problem")
        detail = fault.detail if fault.status_code != 404 else "There is nothing at this address."
        return response(fault.status_code, kind, str(detail))

    async def on_log_fault(_: Request, fault: Exception) -> Response:
        log.critical("log fault", extra={"reason": str(fault)})
        return response(500, type(fault).__name__, str(fault))

    async def on_failure(_: Request, fault: Exception) -> Response:
        log.error("failed", exc_info=fault)
        return response(500, "Failed", "This failed for a reason that the node's operator can see.")

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(LogFault, on_log_fault)
    app.add_exception_handler(Exception, on_failure)


def _sentence(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path", "header"))
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {
        "model": ProblemDetails,
        "description": description,
        "content": {
            MEDIA_TYPE: {"example": {"type": f"/problems/{kind}", "title": title, "status": status, "detail": detail}}
        },
    }
    for status, kind, title, description, detail in (
        (401, "NotSignedIn", "Not signed in", "Who asks is not known.", "Sign in first."),
        (403, "NotAllowed", "Not allowed", "The caller may not do this.", "Only members of the group may do this."),
        (404, "NotFound", "Not found", "There is no such thing.", "There is no poll 98470e21-…."),
        (409, "Conflict", "Conflict", "The rules forbid it in the present state.", "The poll is closed already."),
        (
            413,
            "TooLarge",
            "Too large",
            "More than this node takes at once.",
            "The request is larger than 1000000 bytes.",
        ),
        (422, "Unprocessable", "Unprocessable", "The request makes no sense.", "name: the text is empty."),
        (429, "TooMany", "Too many", "More often than this node takes.", "Too many requests; slow down."),
        (503, "NotYet", "Not yet", "Not right now; try again.", "The read models are not at 1705 yet."),
    )
}
"""What every route may answer besides, for OpenAPI."""
