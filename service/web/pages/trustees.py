"""Keys that trustees hold together: when they last showed that these open, and the button."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.forms.actions import rehearsing
from service.forms.queries import rehearsals
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

trustees = Blueprint("trustees", __name__)


@trustees.get("/p/<slug>/trustees")
@allows(Act.FORM_PUBLISH)
def show(project_id: int) -> str:
    return _page(project_id)


@trustees.post("/p/<slug>/trustees")
@allows(Act.FORM_PUBLISH)
@takes("key", "took_part", "opened")
def note(project_id: int) -> Response | tuple[str, int]:
    """Remember a rehearsal: who, by the numbers of their sheets, and whether it opened."""
    form = request.form
    opened, key = form.get("opened", ""), form.get("key", "")
    try:
        if opened not in ("yes", "no"):
            raise Problem(INVALID_PARAMETER, name="opened", reason="yes, no")
        with unit_of_work() as session:
            rehearsing.note(
                session, actor(), project_id, key, form.get("took_part", "")[:80], opened == "yes"
            )
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        return _page(project_id, problem=frame.say("trustees.numbers")), 400
    return redirect(f"/p/{frame.project().slug}/trustees?news=noted", 303)


def _page(project_id: int, problem: str = "") -> str:
    with reading() as session:
        keys = rehearsals.list_keys(session, project_id)
    return frame.page(
        "trustees.html",
        here="forms",
        keys=[(one, one.is_due(clock.now())) for one in keys],
        news=request.args.get("news") == "noted",
        problem=problem,
    )
