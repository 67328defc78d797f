"""Help: how votes are counted, how a result is checked, how one moves about, and what the words mean."""

from fastapi import APIRouter, Response

from gateway.web.page import PageDep

router = APIRouter()


@router.get("/aide")
async def guide(page: PageDep) -> Response:
    """Answer the questions that come up."""
    return page.render("help.html")
