"""The first page: what this is, and what is alive here."""

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from gateway.web.page import PageDep
from libs.contracts.identity import CurrentManifesto

router = APIRouter()


@router.get("/")
async def landing(page: PageDep) -> Response:
    """Say in one sentence what this is; who is signed in is taken to what is near."""
    if page.actor:
        return page.redirect("/autour")
    return page.render("landing.html")


@router.get("/manifeste")
async def manifesto(page: PageDep) -> HTMLResponse:
    """Show what every member approves."""
    return page.render("manifesto.html", manifesto=await page.ask(CurrentManifesto()))
