"""How a group decides: its customs and its templates, which stewards settle."""

from uuid import UUID

from libs.contracts.governance import ChangeTemplate, DropTemplate, MakeTemplate, SetCustoms
from libs.errors import NotFound
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import electorate_of, member_of
from services.governance.commands.office import Office
from services.governance.domain.customs import Customs
from services.governance.domain.template import Template, check_terms


async def set_customs(command: SetCustoms, aggregates: Aggregates, office: Office) -> Recorded:
    customs = await customs_of(command.group_id, aggregates)
    await _check_is_steward(command.group_id, aggregates, office)
    customs.settle(**command.model_dump(exclude={"group_id"}))
    return await aggregates.save(customs)


async def make_template(command: MakeTemplate, aggregates: Aggregates, office: Office) -> Recorded:
    template_id = aggregates.new_id()
    if await aggregates.find(Template, template_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")
    await _check_is_steward(command.group_id, aggregates, office)
    check_terms(command.terms)
    return await aggregates.save(
        Template(id=template_id, group_id=command.group_id, name=command.name, terms=command.terms)
    )


async def change_template(command: ChangeTemplate, aggregates: Aggregates, office: Office) -> Recorded:
    template = await aggregates.get(Template, command.template_id)
    await _check_is_steward(template.group_id, aggregates, office)
    check_terms(command.terms)
    template.change(command.name, command.terms)
    return await aggregates.save(template)


async def drop_template(command: DropTemplate, aggregates: Aggregates, office: Office) -> Recorded:
    template = await aggregates.get(Template, command.template_id)
    await _check_is_steward(template.group_id, aggregates, office)
    template.drop()
    return await aggregates.save(template)


async def customs_of(group_id: UUID, aggregates: Aggregates) -> Customs:
    """Return how the group decides where nobody says otherwise."""
    return await aggregates.find(Customs, Customs.create_id(group_id)) or Customs.before_any(group_id)


async def template_of(template_id: UUID, group_id: UUID, aggregates: Aggregates) -> Template:
    """
    Return a template of the group, to begin something with.

    Raises:
        NotFound: The group has none of that id.
        TemplateWasDropped: It has no longer.
    """
    template = await aggregates.look_at(Template, template_id)
    if template.group_id != group_id:
        raise NotFound(f"There is no template {template_id} in this group.")
    template.check_stands()
    return template


async def _check_is_steward(group_id: UUID, aggregates: Aggregates, office: Office) -> None:
    electorate = await electorate_of(aggregates, group_id)
    electorate.check_is_steward(office.pseudonyms.elector(group_id, member_of(aggregates)))


HANDLERS: CommandHandlers = {
    SetCustoms: set_customs,
    MakeTemplate: make_template,
    ChangeTemplate: change_template,
    DropTemplate: drop_template,
}
