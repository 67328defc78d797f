"""How groups decide: their customs and their templates."""

from libs.contracts.governance import CustomsSet, TemplateChanged, TemplateDropped, TemplateMade
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(CustomsSet)
async def set_customs(tx: Connection, event: CustomsSet, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO customs (group_id, audience, delegations, carry_max, objection_days, position)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (group_id) DO UPDATE SET audience = excluded.audience,"
        " delegations = excluded.delegations, carry_max = excluded.carry_max,"
        " objection_days = excluded.objection_days, position = excluded.position",
        event.group_id,
        event.audience,
        event.delegations,
        event.carry_max,
        event.objection_days,
        recorded.position,
    )


@projection.on(TemplateMade)
async def add_template(tx: Connection, event: TemplateMade, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO template (template_id, group_id, name, terms, made_position) VALUES ($1, $2, $3, $4, $5)",
        recorded.aggregate_id,
        event.group_id,
        event.name,
        event.terms.model_dump(mode="json"),
        recorded.position,
    )


@projection.on(TemplateChanged)
async def change_template(tx: Connection, event: TemplateChanged, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE template SET name = $2, terms = $3 WHERE template_id = $1",
        recorded.aggregate_id,
        event.name,
        event.terms.model_dump(mode="json"),
    )


@projection.on(TemplateDropped)
async def drop_template(tx: Connection, _: TemplateDropped, recorded: Recorded) -> None:
    await tx.execute("DELETE FROM template WHERE template_id = $1", recorded.aggregate_id)
