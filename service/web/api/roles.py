"""`/v1/roles` and who holds which in a project, as ODK Central tells it. To read: roles are given
on pages alone, where whoever gives one sees what it opens."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from service.accounts.actor import Role
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.accounts.queries import phones as rows
from service.accounts.queries.people import list_people
from service.accounts.reach import WHOLE_PROJECT
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.web import extended
from service.web.api import central_roles
from service.web.api.app_users import APP_USER_ROLE
from service.web.api.central_roles import BY_ROLE, ROLES, RoleTold
from service.web.api.schemas.central import ActorSchema
from service.web.api.schemas.roles import FormAssignmentSchema, HeldRoleSchema, RoleSchema
from service.web.identify import allows

blp = Blueprint("roles", __name__, description="Roles, and who holds them")
HELD = "/v1/projects/<int:project_id>/assignments"


@blp.route("/v1/roles", methods=["GET"])
@allows(Act.ACCOUNT_OWN)
@blp.response(200, RoleSchema(many=True))
def list_all() -> list[RoleTold]:
    """The roles there are, the same in every project."""
    return [*ROLES]  # a tuple would be an answer and its status


@blp.route("/v1/roles/<role_id>", methods=["GET"])
@allows(Act.ACCOUNT_OWN)
@blp.response(200, RoleSchema)
def show(role_id: str) -> RoleTold:
    """One of them, by its number or its `system` word."""
    return central_roles.get_role(role_id)


# --- people -------------------------------------------------------------------------------------
@blp.route(HELD, methods=["GET"])
@allows(Act.PEOPLE_READ)
@blp.response(200, HeldRoleSchema(many=True))
def list_held(project_id: int) -> list[dict[str, Any]]:
    """Who holds which role in the project now, by name. Roles of the installation are not among
    them, nor roles to which a coordinator has not agreed yet, nor access for a day."""
    held = _held(project_id)
    return _with_actors(held) if extended.is_extended() else held


@blp.route(f"{HELD}/<role_id>", methods=["GET"])
@allows(Act.PEOPLE_READ)
@blp.response(200, ActorSchema(many=True))
def list_holders(project_id: int, role_id: str) -> list[actors.ActorTold]:
    """Those who hold one role there, by its number or its word."""
    wanted = central_roles.get_role(role_id).id
    held = [one for one in _held(project_id) if one["role_id"] == wanted]
    return [one["actor"] for one in _with_actors(held)]


def _held(project_id: int) -> list[dict[str, Any]]:
    with reading() as session:
        people = list_people(session, project_id, clock.now())
    told = []
    for person in people:
        areas: dict[Role, list[str]] = {}
        for one in person.held if person.is_active else ():
            if not one.waits:
                areas.setdefault(one.role, []).append(one.area)
        for role, codes in areas.items():
            is_whole = WHOLE_PROJECT in codes
            told.append(
                {
                    "actor_id": person.id,
                    "role_id": BY_ROLE[role].id,
                    "areas": None if is_whole else sorted(codes),
                }
            )
    return told


def _with_actors(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with reading() as session:
        by_id = actors.find_actors(session, (one["actor_id"] for one in told))
    return [{**one, "actor": by_id[one["actor_id"]]} for one in told]


# --- phones, of all forms at once ---------------------------------------------------------------
@blp.route(f"{HELD}/forms", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, FormAssignmentSchema(many=True))
def list_of_forms(project_id: int) -> list[dict[str, Any]]:
    """Which phone may fill which form of the project."""
    return _of_forms(project_id)


def _of_forms(project_id: int) -> list[dict[str, Any]]:
    with reading() as session:
        every = sorted(forms.list_titles(session, project_id))
        live = [row for row in rows.list_app_users(session, project_id) if not row.revoked_at]
    told = [
        {"actor_id": phone.id, "xml_form_id": form_id}
        for form_id in every
        for phone in live
        if phone.all_forms or form_id in phone.form_ids
    ]
    return _with_actors(told) if extended.is_extended() else told


@blp.route(f"{HELD}/forms/<role_id>", methods=["GET"])
@allows(Act.DEVICE_MANAGE)
@blp.response(200, FormAssignmentSchema(many=True))
def list_of_forms_by_role(project_id: int, role_id: str) -> list[dict[str, Any]]:
    """The same by role: only that of phones is given form by form."""
    is_of_phones = str(central_roles.get_role(role_id).id) == APP_USER_ROLE
    return _of_forms(project_id) if is_of_phones else []
