"""`/v1/sessions` and `/v1/users/current`: signing in as Central's clients do."""

from __future__ import annotations

import hmac
from typing import Any

from flask import request
from flask_smorest import Blueprint

from service.accounts import actions
from service.accounts.credentials import looks_like_api_token
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_ALLOWED, SIGN_IN_NEEDED, Problem
from service.web import asking, entering, identify
from service.web.api.schemas.sessions import (
    CurrentUserSchema,
    RefreshSchema,
    SessionSchema,
    SuccessSchema,
)
from service.web.identify import PUBLIC, allows

blp = Blueprint("sessions", __name__, description="Signing in and out")


@blp.route("/v1/sessions", methods=["POST"])
@allows(PUBLIC)
@blp.arguments(SessionSchema, error_status_code=400)
@blp.response(200, SessionSchema)
def create(credentials: dict[str, str]) -> dict[str, Any]:
    """Open a session with e-mail and password, and `totp` where the role needs it; the token goes
    into `Authorization: Bearer`, and the refresh token brings the next one."""
    email, password = credentials["email"], credentials["password"]
    if looks_like_api_token(password):  # a script, whose clients know only e-mail and password
        return _told(entering.open_script_session(email, password))
    return _shape(
        entering.open_session(
            asking.settings().secrets.jwt_key,
            email,
            password,
            credentials["totp"],
            asking.caller(),
        )
    )


@blp.route("/v1/sessions/refresh", methods=["POST"])
@allows(PUBLIC)
@blp.arguments(RefreshSchema, error_status_code=400)
@blp.response(200, SessionSchema)
def renew(given: dict[str, str]) -> dict[str, Any]:
    """The next token, by a refresh token, which is used up: a used one ends the session."""
    return _shape(
        entering.renew_session(
            asking.settings().secrets.jwt_key, given["refresh_token"], asking.caller()
        )
    )


def _shape(opened: actions.NewSignIn) -> dict[str, Any]:
    return {**_told(opened), "refresh_token": opened.refresh_token}


def _told(opened: actions.NewSignIn | actions.NewScriptSession) -> dict[str, Any]:
    """What every session answers. A script needs no refresh token: it has its token."""
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
    return end()


def end() -> dict[str, bool]:
    with unit_of_work() as session:
        actor = identify.actor()
        if actor.scopes is None:
            actions.sign_out(session, actor)
        else:
            actions.end_script_session(session, actor)
    return {"success": True}


@blp.route("/v1/sessions/<token>", methods=["DELETE"])
@allows(Act.SESSION_END)
@blp.response(200, SuccessSchema)
def delete_named(token: str) -> dict[str, bool]:
    """The same by the session's own token, as Central's older clients do. Any other is refused,
    whether it is somebody's or nobody's; so is a script's lasting token, which is no session."""
    came_by = request.authorization.token if request.authorization else None
    is_own = hmac.compare_digest(token.encode(), (came_by or "").encode())
    if not is_own or looks_like_api_token(token):
        raise Problem(NOT_ALLOWED)
    return end()


@blp.route("/v1/users/current", methods=["GET"])
@allows(Act.ACCOUNT_OWN)
@blp.response(200, CurrentUserSchema)
def current() -> dict[str, Any]:
    """The person, or the script, whose token this is."""
    actor = identify.actor()
    if actor.sign_in_pk is None and actor.scopes is None:
        raise Problem(SIGN_IN_NEEDED)
    with reading() as session:
        told = actors.find_actors(session, [actor.id])[actor.id]
        email = actors.find_email(session, told.id)
    return {
        "id": told.id,
        "type": told.type,
        "display_name": actor.name,
        "email": email,
        "language": actor.language,
        "created_at": told.created_at,
    }
