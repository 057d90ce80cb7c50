"""The verbs of accounts. Each asks the policy and leaves one audit entry of its name."""

from service.accounts.actions.ending import sign_out
from service.accounts.actions.invitations import create_setup_link, use_setup_link
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
    NewAppUser,
    create_app_user,
    revoke_app_user,
)
from service.accounts.actions.projects import create_project, get_project
from service.accounts.actions.refreshing import refresh
from service.accounts.actions.signing_in import NewPageSignIn, NewSignIn
from service.accounts.ranks import HUMAN_ROLES

__all__ = [
    "DEVICE_LIFE",
    "HUMAN_ROLES",
    "Invitation",
    "NewAppUser",
    "NewPageSignIn",
    "NewSignIn",
    "create_app_user",
    "create_project",
    "create_setup_link",
    "create_user",
    "end_sessions_of",
    "get_project",
    "get_user",
    "grant",
    "invite",
    "make_link",
    "may_manage",
    "refresh",
    "revoke_app_user",
    "revoke_grant",
    "set_active",
    "sign_out",
    "use_setup_link",
]
