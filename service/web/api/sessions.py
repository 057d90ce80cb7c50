"""`/v1/sessions` and `/v1/users/current`: signing in as Central's clients do."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from service.accounts import actions
from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import SIGN_IN_NEEDED, WRONG_CREDENTIALS, Problem
from service.web import identify
from service.web.api.schemas.sessions import CurrentUserSchema, SessionSchema, SuccessSchema
from service.web.identify import PUBLIC, allows

blp = Blueprint("sessions", __name__, description="Signing in and out")


def open_session(email: str, password: str) -> actions.NewSignIn:
    """Check, then open: the slow hash runs before the unit of work. Raises WRONG_CREDENTIALS."""
    with reading() as session:
        verdict = actions.check_password(session, email, password)
    with unit_of_work() as session:
        opened = actions.sign_in(session, identify.settings().secrets.jwt_key, verdict)
    if opened is None:
        raise Problem(WRONG_CREDENTIALS)
    return opened


@blp.route("/v1/sessions", methods=["POST"])
@allows(PUBLIC)
@blp.arguments(SessionSchema, error_status_code=400)
@blp.response(200, SessionSchema)
def create(credentials: dict[str, str]) -> dict[str, Any]:
    """Open a session with e-mail and password; the token goes into `Authorization: Bearer`."""
    opened = open_session(credentials["email"], credentials["password"])
    return {
        "token": opened.token,
        "csrf": None,
        "created_at": clock.iso(opened.created_at),
        "expires_at": clock.iso(opened.expires_at),
    }


@blp.route("/v1/sessions/current", methods=["DELETE"])
@allows(Act.SESSION_END)
@blp.response(200, SuccessSchema)
def delete() -> dict[str, bool]:
    """End the session that the token names."""
    with unit_of_work() as session:
        actions.sign_out(session, identify.actor())
    return {"success": True}


@blp.route("/v1/users/current", methods=["GET"])
@allows(Act.SESSION_END)
@blp.response(200, CurrentUserSchema)
def current() -> dict[str, Any]:
    """The person whose token this is."""
    actor = identify.actor()
    if actor.sign_in_pk is None:
        raise Problem(SIGN_IN_NEEDED)
    return {"id": actor.id, "display_name": actor.name, "language": actor.language}
