"""The verbs of accounts. Each asks the policy and leaves one audit entry of its name."""

from service.accounts.actions.device_use import DeviceWatch, Quota, note_fetch
from service.accounts.actions.digest_secrets import Challenger, challenges, check_answer
from service.accounts.actions.digest_secrets import Verdict as DigestVerdict
from service.accounts.actions.emergencies import (
    EMERGENCY_LIFE,
    EMERGENCY_ROLES,
    EMERGENCY_TOLD,
    RECORD_ROLE,
    end_emergency,
    note_emergency_reads,
    open_emergency,
)
from service.accounts.actions.ending import sign_out
from service.accounts.actions.invitations import create_setup_link, use_setup_link
from service.accounts.actions.outside import TOLD as ROLES_TOLD
from service.accounts.actions.outside import answer_role
from service.accounts.actions.people import (
    Invitation,
    create_user,
    end_sessions_of,
    get_user,
    grant,
    invite,
    make_link,
    may_manage,
    revoke_grant,
    set_active,
)
from service.accounts.actions.phones import (
    DEVICE_LIFE,
    LONGEST_DEVICE_LIFE,
    NewAppUser,
    accept_installation,
    create_app_user,
    create_numbered_app_user,
    fit_name,
    name_key,
    renew_app_user,
    revoke_app_user,
    revoke_app_users,
    token_made_at,
)
from service.accounts.actions.projects import create_project, get_project
from service.accounts.actions.refreshing import refresh
from service.accounts.actions.scripts import (
    API_TOKEN_LIFE,
    LONGEST_API_TOKEN_LIFE,
    NewApiToken,
    NewScriptSession,
    create_api_token,
    create_numbered_api_token,
    end_script_session,
    find_script,
    may_end,
    open_script_session,
    revoke_api_token,
)
from service.accounts.actions.signing_in import NewPageSignIn, NewSignIn
from service.accounts.actions.traces import forget_traces
from service.accounts.ranks import HUMAN_ROLES

__all__ = [
    "API_TOKEN_LIFE",
    "DEVICE_LIFE",
    "EMERGENCY_LIFE",
    "EMERGENCY_ROLES",
    "EMERGENCY_TOLD",
    "HUMAN_ROLES",
    "LONGEST_API_TOKEN_LIFE",
    "LONGEST_DEVICE_LIFE",
    "RECORD_ROLE",
    "ROLES_TOLD",
    "Challenger",
    "DeviceWatch",
    "DigestVerdict",
    "Invitation",
    "NewApiToken",
    "NewAppUser",
    "NewPageSignIn",
    "NewScriptSession",
    "NewSignIn",
    "Quota",
    "accept_installation",
    "answer_role",
    "challenges",
    "check_answer",
    "create_api_token",
    "create_app_user",
    "create_numbered_api_token",
    "create_numbered_app_user",
    "create_project",
    "create_setup_link",
    "create_user",
    "end_emergency",
    "end_script_session",
    "end_sessions_of",
    "find_script",
    "fit_name",
    "forget_traces",
    "get_project",
    "get_user",
    "grant",
    "invite",
    "make_link",
    "may_end",
    "may_manage",
    "name_key",
    "note_emergency_reads",
    "note_fetch",
    "open_emergency",
    "open_script_session",
    "refresh",
    "renew_app_user",
    "revoke_api_token",
    "revoke_app_user",
    "revoke_app_users",
    "revoke_grant",
    "set_active",
    "sign_out",
    "token_made_at",
    "use_setup_link",
]
