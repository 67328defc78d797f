"""A text on its way to a vote, with all that is said of it, and what one does there."""

import asyncio
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.methods import method_name
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.people import Names, names_of, unless
from gateway.web.refusals import told
from gateway.web.texts import AMENDMENT_STATES, PENDING, PHASES, SIDES, moment_of, once_of, settings_of, stages
from libs.contracts.base import Command
from libs.contracts.governance import (
    Amendments,
    AmendmentsOf,
    Difference,
    DifferenceBetween,
    MakeStatement,
    Proposal,
    ProposalOf,
    PutProposalToVote,
    Side,
    Statements,
    StatementsOn,
    SupportProposal,
    TakeProposalBack,
    TakeStatementBack,
    TakeSupportBack,
)
from libs.contracts.groups import GroupOf, GroupView
from libs.errors import Problem

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Sight:
    """A proposal and what is said of it, as who asks may see it."""

    proposal: Proposal
    group: GroupView | None
    statements: dict[Side, Statements]
    amendments: Amendments
    last_change: Difference | None
    names: Names
    is_author: bool
    zone: ZoneInfo

    @property
    def is_member(self) -> bool:
        """Whether who asks is in the group."""
        return self.group is not None and self.group.my_role is not None

    @property
    def may_put_to_vote(self) -> bool:
        """Whether who asks may have the group vote, once the time has come."""
        return self.is_author or (self.group is not None and self.group.my_role == "steward")


@router.get("/t/{proposal_id}")
async def show_text(proposal_id: UUID, page: PageDep) -> Response:
    """A text, where it stands, and what is said of it."""
    return text_page(page, await sight_of(page, proposal_id))


@router.post("/t/{proposal_id}")
async def act_on_text(proposal_id: UUID, page: PageDep) -> Response:
    """Do one of the things that one does with a text, by the name of the form that was sent."""
    form = await page.form()
    page.member()
    sight = await sight_of(page, proposal_id)
    command, anchor = _command(page, form, sight)
    if command and form.is_good:
        try:
            await page.do(command, once=once_of(form))
            return page.redirect(f"/t/{proposal_id}{anchor}")
        except Problem as problem:
            form.refuse(problem)
    return text_page(page, sight, form=form, status=422)


async def sight_of(page: Page, proposal_id: UUID) -> Sight:
    """
    Return a proposal and what is said of it.

    Raises:
        Refused: There is no such proposal, or none that the asker may know of.
    """
    asker = page.actor.id if page.actor else None
    query = page.request.query_params
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))

    def said(side: Side, cursor: str) -> StatementsOn:
        return StatementsOn(proposal_id=proposal_id, asker=asker, side=side, limit=20, cursor=query.get(cursor))

    group, pro, con, questions, amendments, last_change = await asyncio.gather(
        unless(page.ask(GroupOf(group_id=proposal.group_id, asker=asker)), "NotFound"),
        page.ask(said("for", "pour")),
        page.ask(said("against", "contre")),
        page.ask(said("question", "questions")),
        page.ask(AmendmentsOf(proposal_id=proposal_id, asker=asker, cursor=query.get("amendements"))),
        _last_change(page, proposal, asker),
    )
    statements: dict[Side, Statements] = {"for": pro, "against": con, "question": questions}
    wanted = [proposal.member_id, *(each.member_id for each in amendments.items)]
    wanted += [each.member_id for page_ in statements.values() for each in page_.items]
    return Sight(
        proposal=proposal,
        group=group,
        statements=statements,
        amendments=amendments,
        last_change=last_change,
        names=await names_of(page, wanted),
        is_author=asker is not None and proposal.member_id == asker,
        zone=await zone_of(page, group.place if group else None),
    )


async def _last_change(page: Page, proposal: Proposal, asker: UUID | None) -> Difference | None:
    newer = proposal.version_number
    if newer < 2:
        return None
    return await page.ask(
        DifferenceBetween(proposal_id=proposal.proposal_id, older=newer - 1, newer=newer, asker=asker)
    )


def text_page(page: Page, sight: Sight, *, form: Form | None = None, status: int = 200) -> Response:
    """Return a text's page, with a *form* that was refused where there is one."""
    words, proposal, form = page.words, sight.proposal, form or Form()
    named, current = stages(proposal, words, sight.zone)
    return page.render(
        "text.html",
        status=status,
        is_private=page.actor is not None,
        sight=sight,
        proposal=proposal,
        stages=named,
        current=current,
        is_pending=proposal.phase in PENDING,
        phase_name=words(PHASES[proposal.phase]),
        states={state: words(name) for state, name in AMENDMENT_STATES.items()},
        sides={side: words(name) for side, name in SIDES.items()},
        method=method_name(proposal.terms.method, words),
        form=form,
        refusal=told(form.refusal, words) if form.refusal else "",
        once=once_of(form),
        zone=sight.zone,
    )


def _command(page: Page, form: Form, sight: Sight) -> tuple[Command | None, str]:
    """Return what the form asks for, and where on the page one is afterwards."""
    say, proposal_id = Sentences(page.words), sight.proposal.proposal_id
    match form.get("act"):
        case "support":
            return SupportProposal(proposal_id=proposal_id), "#soutien"
        case "unsupport":
            return TakeSupportBack(proposal_id=proposal_id), "#soutien"
        case "say":
            said = {"side": form.get("side"), "words": form.get("words")}
            return form.make(MakeStatement, say, proposal_id=proposal_id, **said), "#avis"
        case "unsay":
            return form.make(TakeStatementBack, say, statement_id=form.get("statement_id")), "#avis"
        case "back":
            return form.make(TakeProposalBack, say, proposal_id=proposal_id, reason=form.get("reason") or None), ""
        case "vote":
            return _vote(page, form, sight), "#vote"
        case _:
            form.fault("", page.words("Ceci ne va pas : vérifiez ce champ."))
            return None, ""


def _vote(page: Page, form: Form, sight: Sight) -> Command | None:
    proposal = sight.proposal
    closes_at = moment_of(form, "closes_at", page.words, sight.zone)
    options, settings = settings_of(form, proposal, page.words)
    if len(options) < 2 and proposal.terms.method != "consent":
        form.fault("options", page.words("Il faut au moins deux choix, un par ligne."))
    if not form.is_good:
        return None
    return form.make(
        PutProposalToVote,
        Sentences(page.words),
        proposal_id=proposal.proposal_id,
        closes_at=closes_at,
        options=options,
        settings=settings,
    )
