"""Publishing the manifesto, and approving it."""

from libs.contracts.identity import ApproveManifesto, PublishManifesto
from libs.errors import NotAllowed, NotYet
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from services.identity.commands.means import Means, caller
from services.identity.domain.manifesto import Manifesto, ManifestoStandsAlready, publish
from services.identity.domain.member import Member

OPERATOR = "operator"
"""Who runs the node; members' ids are UUIDs, so none is called so."""

ITSELF = "identity"


async def publish_manifesto(command: PublishManifesto, aggregates: Aggregates, _: Means) -> Recorded:
    """
    Let the text stand from now on. The service itself publishes the first version, its operator the others.

    Raises:
        NotAllowed: Somebody else would publish.
        ManifestoStandsAlready: It is the version that stands, or the service would publish where one stands.
    """
    if aggregates.actor not in (OPERATOR, ITSELF):
        raise NotAllowed("Only the operator of this node publishes a manifesto (plaanet manifesto publish).")
    last = await _last(aggregates)
    if last and aggregates.actor == ITSELF:
        raise ManifestoStandsAlready(f"Version {last.manifesto_version} of the manifesto stands.")
    return await aggregates.save(publish(command.text, behind=last))


async def approve_manifesto(command: ApproveManifesto, aggregates: Aggregates, _: Means) -> Recorded:
    """
    Note that the caller approved the version that stands; twice is once.

    Raises:
        ManifestoNotCurrent: The hash is not its.
    """
    member = await aggregates.get(Member, caller(aggregates))
    (await current_manifesto(aggregates)).check_is_current(command.sha256)
    member.approve(command.sha256)
    return await aggregates.save(member)


async def current_manifesto(aggregates: Aggregates) -> Manifesto:
    """
    Return the version that stands.

    Raises:
        NotYet: The node has just been set up and has none.
    """
    if (last := await _last(aggregates)) is None:
        raise NotYet("This node has no manifesto yet; it is starting.")
    return last


async def _last(aggregates: Aggregates) -> Manifesto | None:
    """Versions never change and stay in memory: only the search for one more than is known reads the log."""
    last, version = None, 1
    while found := await aggregates.find(Manifesto, Manifesto.create_id(version)):
        last, version = found, version + 1
    return last
