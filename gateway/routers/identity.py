"""Members, their sessions, and the manifesto that they approve."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Actor
from gateway.border import AttemptLimit
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.events import EventsData, EventsDataOf
from libs.contracts.governance import GovernanceData, GovernanceDataOf
from libs.contracts.groups import GroupsData, GroupsDataOf
from libs.contracts.identity import (
    Account,
    AccountOf,
    ApproveManifesto,
    ChangePassword,
    CurrentManifesto,
    EndSessions,
    EraseMember,
    Handle,
    IdentityData,
    IdentityDataOf,
    LogIn,
    Manifesto,
    ManifestoOf,
    MemberCalled,
    Password,
    Profile,
    ProfileOf,
    RefreshSession,
    RefreshToken,
    Sessions,
    SessionsOf,
    SessionTokens,
    Sha256,
    SignUp,
)
from libs.contracts.text import Line

router = APIRouter(tags=["identity"])

_SHA256 = "9a3f0c5d1e7b2846a0c4e8f1b5d9372610fe5c8ab47d2e9610c3b7f8a4d5e6b1"
_HANDLE = Field(
    description="3 to 30 letters, digits, points, dashes or underscores, in one script; kept in small letters.",
    examples=["zoé"],
)
_PASSWORD = Field(description="At least 10 characters.", examples=["quatre chevaux verts"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewMember(_Body):
    """Who signs up."""

    handle: Annotated[Handle, _HANDLE]
    password: Annotated[Password, _PASSWORD]
    manifesto_sha256: Annotated[
        Sha256, Field(description="The hash of the manifesto as you read it: you approve it.", examples=[_SHA256])
    ]


class NewSession(_Body):
    """Who logs in, and where."""

    handle: Annotated[Handle, _HANDLE]
    password: Annotated[Password, _PASSWORD]
    label: Annotated[
        Line | None, Field(description="What its owner will know the device by.", examples=["Firefox, salon"])
    ] = None


class Refresh(_Body):
    """A session that goes on."""

    refresh_token: RefreshToken


class NewApproval(_Body):
    """Which manifesto is approved."""

    sha256: Annotated[Sha256, Field(examples=[_SHA256])]


class NewPassword(_Body):
    """The password so far, and from now on."""

    current: Annotated[Password, _PASSWORD]
    new: Annotated[Password, _PASSWORD]


class Farewell(_Body):
    """The password, so that nobody else erases you."""

    password: Annotated[Password, _PASSWORD]


class OwnData(BaseModel):
    """All that this node knows of you, by the service that knows it."""

    identity: IdentityData
    groups: GroupsData
    events: EventsData
    governance: GovernanceData


@router.get("/manifesto")
async def get_manifesto(services: ServicesDep) -> Manifesto:
    """Read the manifesto that stands."""
    return await services.ask(CurrentManifesto())


@router.get(
    "/manifestos/{sha256}",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"example": "# Manifeste\n…"}}}},
)
async def get_manifesto_text(sha256: Annotated[Sha256, Path(examples=[_SHA256])], services: ServicesDep) -> Response:
    """Read a version of the manifesto to the byte: `sha256sum` of the answer is its name."""
    manifesto = await services.ask(ManifestoOf(sha256=sha256))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(manifesto.text.encode(), headers=headers, media_type="text/markdown; charset=utf-8")


@router.post("/members", status_code=201, dependencies=[AttemptLimit])
async def sign_up(member: NewMember, services: ServicesDep, request: Request, response: Response) -> Receipt:
    """
    Become a member, under the manifesto whose hash you send back.

    A handle is yours alone: another that looks like it is taken, too. Then log in (POST /sessions).
    """
    command = SignUp(handle=member.handle, password=member.password, manifesto_sha256=member.manifesto_sha256)
    receipt = await services.do(command, actor=None)
    response.headers["Location"] = request.url_for("get_member", member_id=receipt.id).path
    return receipt


@router.get("/members")
async def find_member(
    handle: Annotated[Handle, Parameter(examples=["ana"])],
    actor: Actor,  # noqa: ARG001 - members only
    services: ServicesDep,
) -> Profile:
    """Find the member of that handle, however its letters are written: to name them as an auditor, say."""
    return await services.ask(MemberCalled(handle=handle))


@router.get("/members/{member_id}")
async def get_member(member_id: UUID, actor: Actor, services: ServicesDep) -> Profile:  # noqa: ARG001 - members only
    """Read a member's profile. Of a former member only the id is left: call them "a former member"."""
    return await services.ask(ProfileOf(member_id=member_id))


@router.post("/sessions", status_code=201, dependencies=[AttemptLimit])
async def log_in(session: NewSession, services: ServicesDep, request: Request, response: Response) -> SessionTokens:
    """
    Log in: begin a session.

    The access token goes with every request (`Authorization: Bearer …`) for ten minutes. The refresh token is good
    once, for POST /sessions/refresh; keep it where nobody else can read it.
    """
    command = LogIn(handle=session.handle, password=session.password, label=session.label)
    tokens = await services.do(command, actor=None, answer=SessionTokens)
    response.headers["Location"] = request.url_for("end_session", session_id=tokens.session_id).path
    return tokens


@router.post("/sessions/refresh", dependencies=[AttemptLimit])
async def refresh_session(refresh: Refresh, services: ServicesDep) -> SessionTokens:
    """
    Go on with a session: trade the refresh token for two new tokens. Send no access token along.

    A refresh token used twice means that somebody has a copy of it: the session ends. For ten seconds the token used
    last is taken once more, for a client that lost the answer; ask one at a time.
    """
    return await services.do(RefreshSession(refresh_token=refresh.refresh_token), actor=None, answer=SessionTokens)


@router.get("/sessions")
async def get_sessions(actor: Actor, services: ServicesDep) -> Sessions:
    """Read where you are logged in."""
    return await services.ask(SessionsOf(asker=actor.id, current=actor.session_id))


@router.delete("/sessions/current")
async def log_out(actor: Actor, services: ServicesDep) -> Receipt:
    """Log out here. The session stops working at once, its live streams too."""
    return await services.do(EndSessions(session_ids=(actor.session_id,)), actor=actor)


@router.delete("/sessions/{session_id}")
async def end_session(session_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Log out somewhere else."""
    return await services.do(EndSessions(session_ids=(session_id,)), actor=actor)


@router.delete("/sessions")
async def log_out_everywhere(actor: Actor, services: ServicesDep) -> Receipt:
    """Log out everywhere, here too."""
    return await services.do(EndSessions(), actor=actor)


@router.get("/me")
async def get_account(actor: Actor, services: ServicesDep) -> Account:
    """Read your own account."""
    return await services.ask(AccountOf(asker=actor.id))


@router.put("/me/approval")
async def approve_manifesto(approval: NewApproval, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Approve the manifesto that stands, by its hash.

    When a new one is published, you can read, approve and leave; all else waits for this.
    """
    return await services.do(ApproveManifesto(sha256=approval.sha256), actor=actor)


@router.put("/me/password", dependencies=[AttemptLimit])
async def change_password(passwords: NewPassword, actor: Actor, services: ServicesDep) -> Receipt:
    """Take a new password. Every other session of yours ends."""
    command = ChangePassword(current=passwords.current, new=passwords.new, session_id=actor.session_id)
    return await services.do(command, actor=actor)


@router.get("/me/data")
async def get_own_data(actor: Actor, services: ServicesDep, response: Response) -> OwnData:
    """Take all that this node knows of you with you, as a file."""
    response.headers["Content-Disposition"] = 'attachment; filename="plaanet-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return OwnData(
        identity=await services.ask(IdentityDataOf(asker=actor.id, current=actor.session_id)),
        groups=await services.ask(GroupsDataOf(member_id=actor.id)),
        events=await services.ask(EventsDataOf(member_id=actor.id)),
        governance=await services.ask(GovernanceDataOf(member_id=actor.id)),
    )


@router.delete("/me", dependencies=[AttemptLimit])
async def erase_member(farewell: Farewell, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Erase yourself.

    What names you goes, your sessions end, your handle is free again. What was decided with you stays, and every
    count with it; pages say "a former member".
    """
    return await services.do(EraseMember(password=farewell.password), actor=actor)
