"""The verbs of accounts. Each asks the policy and leaves one audit entry of its name."""

from service.accounts.actions.invitations import SETUP_LIFE, create_setup_link, use_setup_link
from service.accounts.actions.people import HUMAN_ROLES, create_user, get_user, grant, revoke_grant
from service.accounts.actions.phones import (
    DEVICE_LIFE,
    NewAppUser,
    create_app_user,
    revoke_app_user,
)
from service.accounts.actions.projects import create_project, get_project
from service.accounts.actions.signing_in import (
    SIGN_IN_LIFE,
    NewSignIn,
    Verdict,
    check_password,
    sign_in,
    sign_out,
)

__all__ = [
    "DEVICE_LIFE",
    "HUMAN_ROLES",
    "SETUP_LIFE",
    "SIGN_IN_LIFE",
    "NewAppUser",
    "NewSignIn",
    "Verdict",
    "check_password",
    "create_app_user",
    "create_project",
    "create_setup_link",
    "create_user",
    "get_project",
    "get_user",
    "grant",
    "revoke_app_user",
    "revoke_grant",
    "sign_in",
    "sign_out",
    "use_setup_link",
]
