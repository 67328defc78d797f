"""What people ask of identity, and what follows: one function for each command."""

from libs.contracts.identity import (
    ApproveManifesto,
    ChangePassword,
    EndSessions,
    EraseMember,
    LogIn,
    PublishManifesto,
    RefreshSession,
    ResolveSignUp,
    SignUp,
)
from libs.service.desk import CommandHandlers
from services.identity.commands.account import change_password, erase_member
from services.identity.commands.manifesto import approve_manifesto, publish_manifesto
from services.identity.commands.sessions import end_sessions, log_in, refresh_session
from services.identity.commands.sign_up import resolve_sign_up, sign_up

HANDLERS: CommandHandlers = {
    PublishManifesto: publish_manifesto,
    SignUp: sign_up,
    ResolveSignUp: resolve_sign_up,
    ApproveManifesto: approve_manifesto,
    LogIn: log_in,
    RefreshSession: refresh_session,
    EndSessions: end_sessions,
    ChangePassword: change_password,
    EraseMember: erase_member,
}
