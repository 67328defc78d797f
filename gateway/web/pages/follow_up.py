"""What follows from a result: tasks, the day of a second look, objections. All forms stand on the result's page."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.page import Page, PageDep
from gateway.web.pages.results import result_page
from gateway.web.refusals import told
from gateway.web.results.facts import Facts, facts_of
from gateway.web.texts import once_of
from libs.contracts.base import Command
from libs.contracts.governance import AgreeTask, MoveTask, PlanReview, RaiseObjection
from libs.contracts.groups import MembersOf
from libs.contracts.identity import ProfilesOf
from libs.errors import Problem

router = APIRouter()

MEMBERS_PAGES_MAX = 20


@router.post("/v/{poll_id}/resultat")
async def follow_up(poll_id: UUID, page: PageDep) -> Response:
    """Do one of the things that follow from a result, by the name of the form that was sent."""
    form = await page.form()
    page.member()
    facts = await facts_of(page, poll_id)
    command = await _command(page, form, facts)
    if command and form.is_good:
        try:
            await page.do(command, once=once_of(form))
            return page.redirect(f"/v/{poll_id}/resultat#suites")
        except Problem as problem:
            form.refuse(problem)
    refusal = told(form.refusal, page.words) if form.refusal else ""
    return result_page(page, facts, form=form, refusal=refusal, status=422)


async def _command(page: Page, form: Form, facts: Facts) -> Command | None:
    say, poll_id = Sentences(page.words), facts.poll.poll_id
    match form.get("act"):
        case "task":
            member_id = await _doer(page, form, facts)
            due_on = _day(page, form, "due_on")
            return form.make(AgreeTask, say, poll_id=poll_id, what=form.get("what"), member_id=member_id, due_on=due_on)
        case "move":
            return await _move(page, form, facts)
        case "review":
            return form.make(PlanReview, say, poll_id=poll_id, review_on=form.get("review_on"))
        case "object":
            return form.make(RaiseObjection, say, poll_id=poll_id, reason=form.get("reason"), remedy=form.get("remedy"))
        case _:
            form.fault("", page.words("Ceci ne va pas : vérifiez ce champ."))
            return None


async def _move(page: Page, form: Form, facts: Facts) -> Command | None:
    """Return the command that moves a task; who does it and by when stay where only its state was said."""
    tasks = {str(task.task_id): task for task in (facts.follow_up.tasks if facts.follow_up else ())}
    task = tasks.get(form.get("task_id"))
    if task is None:
        form.fault("", page.words("Cette tâche n’est plus là. Rechargez la page."))
        return None
    member_id, due_on = task.member_id, task.due_on
    if form.has("member"):
        member_id = await _doer(page, form, facts)
        due_on = _day(page, form, "due_on")
    if form.has("give_up"):
        member_id = None
    return form.make(
        MoveTask,
        Sentences(page.words),
        task_id=task.task_id,
        state=form.get("state"),
        member_id=member_id,
        due_on=due_on,
        note=form.get("note") or None,
    )


def _day(page: Page, form: Form, name: str) -> date | None:
    said = form.get(name)
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        form.fault(name, page.words("Cette date ne se lit pas."))
        return None


async def _doer(page: Page, form: Form, facts: Facts) -> UUID | None:
    """Return the member of the group who is called so; nobody where nobody is named."""
    handle = form.get("member").removeprefix("@").casefold()
    if not handle:
        return None
    asker, cursor = page.member().id, None
    for _ in range(MEMBERS_PAGES_MAX):
        members = await page.ask(MembersOf(group_id=facts.poll.group_id, asker=asker, cursor=cursor, limit=200))
        profiles = (await page.ask(ProfilesOf(member_ids=tuple(each.member_id for each in members.items)))).profiles
        for profile in profiles:
            if profile.handle and profile.handle.casefold() == handle:
                return profile.id
        cursor = members.next
        if cursor is None:
            break
    form.fault("member", page.words("Personne de ce nom dans le groupe."))
    return None
