"""A record is removed by a form, with a reason, and restored by a button on its page."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.review import actions
from service.review import queries as rights
from service.review.removing import Why
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.submissions import key_of

removing = Blueprint("removing", __name__)


@removing.get("/p/<slug>/submissions/<submission>/remove")
@allows(Act.RECORD_REMOVE)
def ask(project_id: int, submission: str) -> str:
    return _page(project_id, submission)


@removing.post("/p/<slug>/submissions/<submission>/remove")
@allows(Act.RECORD_REMOVE)
@takes("reason")
def remove(project_id: int, submission: str) -> Response | tuple[str, int]:
    """The page of the record follows, with the way back on it."""
    why = request.form.get("reason", "")
    if why not in {*Why}:
        return _page(project_id, submission, problem=frame.say("removing.choose")), 400
    with unit_of_work() as session:
        actions.remove_record(session, actor(), project_id, key_of(submission), Why(why))
    return redirect(f"/p/{frame.project().slug}/submissions/{key_of(submission)}", 303)


@removing.post("/p/<slug>/submissions/<submission>/restore")
@allows(Act.RECORD_REMOVE)
@takes()
def restore(project_id: int, submission: str) -> Response:
    with unit_of_work() as session:
        actions.restore_record(session, actor(), project_id, key_of(submission))
    address = f"/p/{frame.project().slug}/submissions/{key_of(submission)}"
    return redirect(f"{address}?news=restored", 303)


def _page(project_id: int, submission: str, problem: str = "") -> str:
    with reading() as session:
        thing = rights.find_thing(session, project_id, key_of(submission))
        if thing is None or rights.find_record(session, project_id, key_of(submission)) is None:
            raise Problem(NOT_FOUND)
    policy.demand_thing(actor(), Act.RECORD_REMOVE, project_id, thing)
    return frame.page(
        "remove.html", here="submissions", submission=submission, reasons=[*Why], problem=problem
    )
