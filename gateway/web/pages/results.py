"""What a vote came to: its result, or how it stands; who voted how; who carried whose vote."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web import charts
from gateway.web.forms import Form
from gateway.web.methods import counted_name, method_name
from gateway.web.near import clocks_told
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of, unless
from gateway.web.results.facts import Facts, facts_of
from gateway.web.results.figures import Rounds, Sight, board_of
from gateway.web.results.labels import LOST, TASK_STATES, round_name, votes
from gateway.web.results.lots import ties_of
from gateway.web.results.told import rules_told, running, told
from gateway.web.texts import once_of
from libs.contracts.governance import BallotsIn, DelegationsIn, NamedBallot, PollDetails, PollOf
from libs.contracts.groups import GroupOf

router = APIRouter()

PAGE_BALLOTS = 30


@router.get("/v/{poll_id}/resultat")
async def show_result(poll_id: UUID, page: PageDep) -> Response:
    """What came out, why, and what follows."""
    return result_page(page, await facts_of(page, poll_id))


def result_page(
    page: Page, facts: Facts, *, form: Form | None = None, refusal: str = "", status: int = 200
) -> Response:
    """Return the page of a result, with a *form* that was refused where there is one."""
    poll, words, result = facts.poll, page.words, facts.result
    board = board_of(Sight.of(poll, facts.own, words), facts.tally, result)
    shown: dict[str, Any] = {"told": None, "ties": [], "flows": (), "trail": ""}
    if result and board:
        shown["told"] = told(poll, result, board, words)
        shown["ties"] = ties_of(poll, result, words)
        if isinstance(board, Rounds):
            shown |= {"flows": _flows(page, board), "trail": _trail(page, board)}
    return page.render(
        "result.html",
        status=status,
        is_private=page.actor is not None,
        facts=facts,
        poll=poll,
        result=result,
        board=board,
        charts=charts,
        running=running(facts.tally, words),
        method=method_name(poll.method, words),
        rules=rules_told(poll.terms.rules, words) if poll.terms.rules else [],
        zone=facts.zone,
        clocks=clocks_told(page, facts.zone),
        form=form or Form(),
        once=once_of(form or Form()),
        states={state: words(name) for state, name in TASK_STATES.items()},
        refusal=refusal,
        lost={kind: words(sentence) for kind, sentence in LOST.items()},
        votes=lambda count, unit: votes(count, unit, words),
        **shown,
    )


def _flows(page: Page, board: Rounds) -> tuple[Any, ...]:
    """Return the flow twice: for a phone, and for a wide page."""
    words, flow = page.words, board.flow
    return tuple(
        charts.flow(
            flow,
            lambda count: votes(count, flow.unit, words, digits=1),
            lambda number: round_name(number, words),
            words("Sans suite"),
            wide=wide,
        )
        for wide in (False, True)
    )


def _trail(page: Page, board: Rounds) -> str:
    """Return in words for which options one's own ballot counted, and when."""
    words, flow = page.words, board.flow
    if not flow.track:
        return ""
    stays: list[tuple[int | None, int, int]] = []
    for number, place in enumerate(flow.track, flow.first_number):
        if stays and stays[-1][0] == place:
            stays[-1] = (place, stays[-1][1], number)
        else:
            stays.append((place, number, number))
    told_stays = []
    for place, first, last in stays:
        name = words("personne") if place is None else flow.options[place]
        when = (
            words("tour %(number)s", number=first)
            if first == last
            else words("tours %(first)s à %(last)s", first=first, last=last)
        )
        told_stays.append(f"{name} ({when})")
    return words(", puis pour ").join(told_stays)


@router.get("/v/{poll_id}/bulletins")
async def show_ballots(poll_id: UUID, page: PageDep) -> Response:
    """Who voted how, for members of the group; and whose vote was carried by whom."""
    asker = page.member().id
    query = page.request.query_params
    poll = await page.ask(PollOf(poll_id=poll_id, asker=asker))
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=asker))
    ballots = await page.ask(BallotsIn(poll_id=poll_id, asker=asker, limit=PAGE_BALLOTS, cursor=query.get("suite")))
    carried = None
    if poll.terms.takes_delegations and poll.is_result_declared:
        carried = await unless(
            page.ask(DelegationsIn(poll_id=poll_id, asker=asker, limit=PAGE_BALLOTS, cursor=query.get("delegations"))),
            "ResultIsNotYet",
        )
    wanted = [ballot.member_id for ballot in ballots.items]
    for outcome in carried.items if carried else ():
        wanted += [each.member_id for each in (outcome.delegator, outcome.carrier) if each and each.member_id]
    return page.render(
        "ballots.html",
        is_private=True,
        poll=poll,
        group=group,
        ballots=ballots,
        carried=carried,
        said={ballot.position: _said(page, poll, ballot) for ballot in ballots.items},
        names=await names_of(page, wanted),
        lost={kind: page.words(sentence) for kind, sentence in LOST.items()},
    )


def _said(page: Page, poll: PollDetails, ballot: NamedBallot) -> list[str]:
    """Return what a ballot says, an item for each option that it names, in the words of its method."""
    words = page.words
    choices = ballot.choices or ()
    names = [counted_name(poll.method, choice, words) for choice in choices]
    marks = ballot.marks
    match poll.method:
        case "score" | "dots":
            return [
                words("%(option)s : %(mark)s", option=name, mark=mark) for name, mark in zip(names, marks, strict=True)
            ]
        case "judgment":
            grades = poll.terms.settings.grades
            return [
                words("%(option)s : %(mark)s", option=name, mark=grades[mark])
                for name, mark in zip(names, marks, strict=True)
            ]
        case "date":
            answers = (words("non"), words("si besoin"), words("oui"))
            return [
                words("%(option)s : %(mark)s", option=name, mark=answers[mark])
                for name, mark in zip(names, marks, strict=True)
            ]
        case "ranked" | "stv" | "schulze" | "borda":
            ranks = marks or tuple(range(1, len(names) + 1))
            return [f"{rank}. {name}" for rank, name in zip(ranks, names, strict=True)]
        case _:
            return names
