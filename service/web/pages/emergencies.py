"""Access for a day, to the project or to one record: given by a form, ended by a button. *Access*
and *Today* tell of it."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions
from service.accounts import queries as accounts
from service.accounts.actor import Role
from service.accounts.held import Reason
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.review import queries as review
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.submissions import key_of

emergencies = Blueprint("emergencies", __name__)


@emergencies.get("/p/<slug>/access/emergency")
@allows(Act.EMERGENCY_OPEN)
def ask_emergency(project_id: int) -> str:
    return _page(project_id)


@emergencies.post("/p/<slug>/access/emergency")
@allows(Act.EMERGENCY_OPEN)
@takes("person", "role", "reason")
def open_emergency(project_id: int) -> Response | tuple[str, int]:
    if request.form.get("role") not in {*actions.EMERGENCY_ROLES} or not _is_whole():
        return _page(project_id, problem=frame.say("emergency.choose_all")), 400
    return _open(project_id, Role(request.form["role"]))


@emergencies.get("/p/<slug>/submissions/<submission>/emergency")
@allows(Act.EMERGENCY_OPEN)
def ask_for_record(project_id: int, submission: str) -> str:
    _record(project_id, submission)
    return _page(project_id, submission)


@emergencies.post("/p/<slug>/submissions/<submission>/emergency")
@allows(Act.EMERGENCY_OPEN)
@takes("person", "reason")
def open_for_record(project_id: int, submission: str) -> Response | tuple[str, int]:
    """Let somebody read this one record, in whatever version, and nothing else."""
    record = _record(project_id, submission)
    if not _is_whole():
        return _page(project_id, submission, frame.say("emergency.choose_both")), 400
    return _open(project_id, actions.RECORD_ROLE, record)


@emergencies.post("/p/<slug>/access/emergency/<int:emergency_id>/end")
@allows(Act.EMERGENCY_OPEN)
@takes()
def end_emergency(project_id: int, emergency_id: int) -> Response:
    with unit_of_work() as session:
        actions.end_emergency(session, actor(), project_id, emergency_id)
    return _back()


def _is_whole() -> bool:
    """Whether the form says to whom, and why."""
    given = request.form
    return given.get("person", "").isdecimal() and given.get("reason") in {*Reason}


def _open(project_id: int, role: Role, record: uuid.UUID | None = None) -> Response:
    """Pressed twice, it is one access, and both lead to it."""
    person, reason = int(request.form["person"]), Reason(request.form["reason"])
    with unit_of_work() as session:
        actions.open_emergency(session, actor(), project_id, person, role, reason, record)
    return _back()


def _back() -> Response:
    return redirect(f"/p/{frame.project().slug}/access#emergency", 303)


def _record(project_id: int, submission: str) -> uuid.UUID:
    with reading() as session:
        found = review.find_record(session, project_id, key_of(submission))
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _page(project_id: int, submission: str = "", problem: str = "") -> str:
    with reading() as session:
        members = accounts.list_members(session, project_id)
    return frame.page(
        "emergency.html",
        here="submissions" if submission else "access",
        people=[one for one in members if one.is_active and one.id != actor().id],
        roles=actions.EMERGENCY_ROLES,
        reasons=[*Reason],
        hours=int(actions.EMERGENCY_LIFE.total_seconds()) // 3600,
        days=actions.EMERGENCY_TOLD.days,
        submission=submission,
        chosen={name: request.form.get(name, "") for name in ("person", "role", "reason")},
        problem=problem,
    )
