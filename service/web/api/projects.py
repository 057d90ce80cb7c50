"""`/v1/projects`: those that the caller has something to do with, as ODK Central tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries import assignments
from service.entities.queries import lists
from service.forms import queries as forms
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries import counting
from service.web import extended, identify
from service.web.api import central_roles
from service.web.api.schemas.projects import ProjectSchema
from service.web.identify import allows

blp = Blueprint("projects", __name__, description="Projects")


@blp.route("/v1/projects", methods=["GET"])
@allows(Act.ACCOUNT_OWN)
@blp.response(200, ProjectSchema(many=True))
def list_all() -> list[dict[str, Any]]:
    """Projects that the caller may open; with `X-Extended-Metadata: true` also counts, as far as
    the caller may know them."""
    actor = identify.actor()
    with reading() as session:
        found = [
            project
            for project in accounts.list_projects_of(session, actor)
            if policy.may(actor, Act.PROJECT_READ, project.id)
        ]
        return _told(session, actor, sorted(found, key=lambda project: project.id))


@blp.route("/v1/projects/<int:project_id>", methods=["GET"])
@allows(Act.PROJECT_READ)
@blp.response(200, ProjectSchema)
def show(project_id: int) -> dict[str, Any]:
    """One project; with `X-Extended-Metadata: true` also counts, and what the caller may do, in
    Central's words."""
    actor = identify.actor()
    with reading() as session:
        project = accounts.find_project(session, project_id)
        if project is None:
            raise Problem(NOT_FOUND)
        [told] = _told(session, actor, [project])
    if extended.is_extended():
        acts = [act for act in Act if policy.may(actor, act, project_id)]
        told["verbs"] = central_roles.verbs_of(acts)
    return told


def _told(session: Any, actor: Actor, found: Sequence[Any]) -> list[dict[str, Any]]:
    plain = [
        {"id": project.id, "name": project.name, "created_at": project.created_at}
        for project in found
    ]
    return _with_counts(session, actor, plain) if extended.is_extended() else plain


def _with_counts(session: Any, actor: Actor, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the caller may not know is null."""
    keys = [project["id"] for project in told]
    phones = assignments.count_live(session, keys)
    of_forms = forms.count_forms(session, keys)
    last = counting.last_received(session, keys)
    readable = [key for key in keys if policy.may(actor, Act.LIST_READ, key)]
    of_lists = lists.count_lists(session, readable)
    return [
        {
            **project,
            "forms": of_forms.get(key, 0) if policy.may(actor, Act.FORM_READ, key) else None,
            "app_users": phones.get(key, 0) if policy.may(actor, Act.DEVICE_MANAGE, key) else None,
            "datasets": of_lists[key].lists if key in of_lists else None,
            "last_entity": of_lists[key].last_at if key in of_lists else None,
            "last_submission": last.get(key)
            if policy.reach(actor, Act.SUBMISSION_LIST, key).is_whole
            else None,
        }
        for project, key in zip(told, keys, strict=True)
    ]
