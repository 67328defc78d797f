"""The front door, and whether it is open."""

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from gateway import problems

router = APIRouter(tags=["status"])

_PAGES = Path(__file__).parent.parent / "pages"


@router.get("/health/live", include_in_schema=False)
async def is_live() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "live"}


@router.get("/health/ready", include_in_schema=False)
async def is_ready(request: Request) -> Response:
    """Say whether requests will be answered: the services' keys are known and NATS is connected."""
    state = request.app.state
    if state.is_ready and state.client.is_connected:
        return Response('{"status":"ready"}', media_type="application/json", headers={"Cache-Control": "no-store"})
    return problems.response(503, "NotYet", "This gateway is still starting.")


@router.get("/api", include_in_schema=False)
async def api_documentation(request: Request) -> HTMLResponse:
    """Show every operation of the API, read from its own OpenAPI description."""
    return HTMLResponse(_operations(request.app.openapi()))


def _operations(openapi: dict[str, Any]) -> str:
    sections = [
        _operation(f"{method.upper()} {path}", operation, openapi["components"]["schemas"])
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return (_PAGES / "api.html").read_text().replace("{operations}", "\n".join(sections))


def _operation(address: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    name = escape(operation["operationId"])
    words = "".join(f"<p>{_prose(paragraph)}</p>" for paragraph in operation.get("description", "").split("\n\n"))
    more = _parameters(operation) + _body(operation, schemas)
    return f'<section id="{name}"><h2><code>{escape(address)}</code></h2>{words}{more}</section>'


def _parameters(operation: dict[str, Any]) -> str:
    names = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    return f"<p>Takes {', '.join(f'<code>{escape(name)}</code>' for name in names)}.</p>" if names else ""


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the example of what the operation takes, as its schema has it."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = schemas.get(content.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    if "example" not in schema:
        return ""
    return f"<pre>{escape(json.dumps(schema['example'], ensure_ascii=False, indent=1))}</pre>"


def _prose(paragraph: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(paragraph))
