"""`/v1/projects/{pid}/app-users` and who may fill which form, as ODK Central has it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from service.accounts import actions
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.accounts.queries import phones as rows
from service.accounts.queries.phones import AppUserRow
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.web import extended, identify
from service.web.api.schemas.central import ActorSchema
from service.web.api.schemas.projects import AppUserSchema, AssignmentSchema
from service.web.api.schemas.sessions import SuccessSchema
from service.web.identify import allows

blp = Blueprint("app_users", __name__, description="Phones")

APP_USER_ROLE = "2"
"""Central's number of the role, which its clients have built in."""
NOT_SHOWN_AGAIN = "not-shown-again"
"""Where Central shows the token of a live phone. No token, but not null either: by null pyodk
means that the phone was ended, and would enrol it a second time."""


@blp.route("/v1/projects/<int:project_id>/app-users", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, AppUserSchema(many=True))
def list_all(project_id: int) -> list[dict[str, Any]]:
    """Phones whose access was not ended. Tokens are not among what is told: they are shown once."""
    with reading() as session:
        found = [row for row in rows.list_app_users(session, project_id) if not row.revoked_at]
        return _all_told(session, found)


@blp.route("/v1/projects/<int:project_id>/app-users/<int:phone_id>", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, AppUserSchema)
def show(project_id: int, phone_id: int) -> dict[str, Any]:
    """One phone whose access was not ended."""
    with reading() as session:
        row = rows.find_app_user(session, project_id, phone_id)
        if row is None or row.revoked_at:
            raise Problem(NOT_FOUND)
        return _all_told(session, [row])[0]


def _all_told(session: Any, found: list[AppUserRow]) -> list[dict[str, Any]]:
    told = [_told(row) for row in found]
    if extended.is_extended():
        by_id = actors.find_actors(session, (row.created_by for row in found))
        for one, row in zip(told, found, strict=True):
            one |= {"created_by": by_id.get(row.created_by), "last_used": row.fetched_at}
    return told


def _told(row: AppUserRow) -> dict[str, Any]:
    is_live = row.revoked_at is None and row.expires_at > clock.now()
    return {
        "id": row.id,
        "project_id": row.project_id,
        "display_name": row.name,
        "token": NOT_SHOWN_AGAIN if is_live else None,
        "created_at": row.created_at,
        "updated_at": row.renewed_at,
    }


@blp.route("/v1/projects/<int:project_id>/app-users", methods=["POST"])
@allows(Act.DEVICE_CREATE)
@blp.arguments(AppUserSchema, error_status_code=400)
@blp.response(200, AppUserSchema)
def create(given: dict[str, str], project_id: int) -> dict[str, Any]:
    """Enrol a phone, which may fill no form until forms are assigned to it. The answer is the only
    one that ever holds its token."""
    with unit_of_work() as session:
        made = actions.create_app_user(
            session, identify.actor(), project_id, given["display_name"], ()
        )
        row = rows.find_app_user(session, project_id, made.id)
    if row is None:
        raise Problem(NOT_FOUND)
    return {**_told(row), "token": made.token}


@blp.route("/v1/projects/<int:project_id>/app-users/<int:phone_id>", methods=["DELETE"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, SuccessSchema)
def delete(project_id: int, phone_id: int) -> dict[str, bool]:
    """End the phone's access, from its next request on."""
    with unit_of_work() as session:
        actions.revoke_app_user(session, identify.actor(), project_id, phone_id)
    return {"success": True}


@blp.route("/v1/projects/<int:project_id>/forms/<name:form>/assignments", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, AssignmentSchema(many=True))
def list_assignments(project_id: int, form: str) -> list[dict[str, Any]]:
    """The phones that may fill a form."""
    found = _phones_of(project_id, form)
    with reading() as session:
        by_id = actors.find_actors(session, (row.id for row in found))
    if extended.is_extended():
        return [{"actor_id": row.id, "actor": by_id[row.id]} for row in found]
    return [{"actor_id": row.id} for row in found]


@blp.route("/v1/projects/<int:project_id>/forms/<name:form>/assignments/<role_id>", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, ActorSchema(many=True))
def list_assigned(project_id: int, form: str, role_id: str) -> list[actors.ActorTold]:
    """The same by role: 2, that of phones, is the only one that is given form by form."""
    _demand_role(role_id)
    found = _phones_of(project_id, form)
    with reading() as session:
        by_id = actors.find_actors(session, (row.id for row in found))
    return [by_id[row.id] for row in found]


def _phones_of(project_id: int, form: str) -> list[AppUserRow]:
    with reading() as session:
        form_id = forms.get_form(session, project_id, form).form_id
        return [
            row
            for row in rows.list_app_users(session, project_id)
            if row.revoked_at is None and (row.all_forms or form_id in row.form_ids)
        ]


_ONE = "/v1/projects/<int:project_id>/forms/<name:form>/assignments/<role_id>/<int:phone_id>"


@blp.route(_ONE, methods=["POST"])
@allows(Act.DEVICE_ASSIGN)
@blp.response(200, SuccessSchema)
def assign(project_id: int, form: str, role_id: str, phone_id: int) -> dict[str, bool]:
    """Let a phone fill a form."""
    _demand_role(role_id)
    with unit_of_work() as session:
        form_id = forms.get_form(session, project_id, form).form_id
        actions.assign_form(session, identify.actor(), project_id, phone_id, form_id)
    return {"success": True}


@blp.route(_ONE, methods=["DELETE"])
@allows(Act.DEVICE_ASSIGN)
@blp.response(200, SuccessSchema)
def unassign(project_id: int, form: str, role_id: str, phone_id: int) -> dict[str, bool]:
    """Take a form from a phone. One that may fill all forms keeps the others it has now."""
    _demand_role(role_id)
    with unit_of_work() as session:
        form_id = forms.get_form(session, project_id, form).form_id
        every = forms.list_titles(session, project_id, even_deleted=True).keys()
        actions.unassign_form(session, identify.actor(), project_id, phone_id, form_id, every)
    return {"success": True}


def _demand_role(role_id: str) -> None:
    if role_id not in (APP_USER_ROLE, "app-user"):
        raise Problem(NOT_FOUND)
