"""What a coordinator answers to a role that was given from outside: *Today* tells of it."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions
from service.accounts.policy import Act
from service.foundation.db import unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

given_outside = Blueprint("given_outside", __name__)

ANSWERS = {"agree": True, "end": False, "known": None}


@given_outside.post("/p/<slug>/people/given/<int:notice_id>")
@allows(Act.ROLE_ANSWER)
@takes("answer")
def answer_role(project_id: int, notice_id: int) -> Response:
    """Agree, end it, or say that one knows of it. Pressed twice, it is done once."""
    answer = request.form.get("answer", "end")
    if answer not in ANSWERS:
        raise Problem(INVALID_PARAMETER, name="answer", reason=", ".join(ANSWERS))
    with unit_of_work() as session:
        actions.answer_role(session, actor(), project_id, notice_id, agrees=ANSWERS[answer])
    return redirect(f"/p/{frame.project().slug}/#outside", 303)
