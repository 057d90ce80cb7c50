"""Access for a day: given by a form, ended by a button. *Access* and *Today* tell of it."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions
from service.accounts import queries as accounts
from service.accounts.actor import Role
from service.accounts.held import Reason
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

emergencies = Blueprint("emergencies", __name__)


@emergencies.get("/p/<slug>/access/emergency")
@allows(Act.EMERGENCY_OPEN)
def ask_emergency(project_id: int) -> str:
    return _emergency_page(project_id)


@emergencies.post("/p/<slug>/access/emergency")
@allows(Act.EMERGENCY_OPEN)
@takes("person", "role", "reason")
def open_emergency(project_id: int) -> Response | tuple[str, int]:
    given = request.form
    chosen = {name: given.get(name, "") for name in ("person", "role", "reason")}
    is_whole = chosen["person"].isdecimal() and chosen["role"] in {*actions.EMERGENCY_ROLES}
    if not is_whole or chosen["reason"] not in {*Reason}:
        words = frame.say("emergency.choose_all")
        return _emergency_page(project_id, chosen=chosen, problem=words), 400
    with unit_of_work() as session:
        actions.open_emergency(
            session,
            actor(),
            project_id,
            int(chosen["person"]),
            Role(chosen["role"]),
            Reason(chosen["reason"]),
        )
    return redirect(f"/p/{frame.project().slug}/access#emergency", 303)


@emergencies.post("/p/<slug>/access/emergency/<int:emergency_id>/end")
@allows(Act.EMERGENCY_OPEN)
@takes()
def end_emergency(project_id: int, emergency_id: int) -> Response:
    with unit_of_work() as session:
        actions.end_emergency(session, actor(), project_id, emergency_id)
    return redirect(f"/p/{frame.project().slug}/access#emergency", 303)


def _emergency_page(
    project_id: int, *, chosen: dict[str, str] | None = None, problem: str = ""
) -> str:
    with reading() as session:
        members = accounts.list_members(session, project_id)
    return frame.page(
        "emergency.html",
        here="access",
        people=[one for one in members if one.is_active and one.id != actor().id],
        roles=actions.EMERGENCY_ROLES,
        reasons=[*Reason],
        hours=int(actions.EMERGENCY_LIFE.total_seconds()) // 3600,
        days=actions.EMERGENCY_TOLD.days,
        chosen=chosen or {"person": "", "role": "", "reason": ""},
        problem=problem,
    )
