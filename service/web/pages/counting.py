"""What figures count: what the project chose, and the form to choose otherwise."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.facts.counting import Counting
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import COUNTING_CHANGED_LATELY, Problem
from service.review.actions import counting as policies
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

counting = Blueprint("counting_policy", __name__)


@counting.get("/p/<slug>/counting")
@allows(Act.FIGURES_READ)
def show(project_id: int) -> str:
    return _page(project_id)


@counting.post("/p/<slug>/counting")
@allows(Act.COUNTING_SET)
@takes("counting")
def change(project_id: int) -> Response | tuple[str, int]:
    chosen = request.form.get("counting", "")
    if chosen not in {*Counting}:
        return _page(project_id, problem=frame.say("counting.choose")), 400
    try:
        with unit_of_work() as session:
            policies.set_policy(session, actor(), project_id, Counting(chosen))
    except Problem as problem:
        if problem.kind is not COUNTING_CHANGED_LATELY:
            raise
        return _page(project_id, problem=problem.text(frame.page_language())), 409
    return redirect(f"/p/{frame.project().slug}/counting?news=changed", 303)


def _page(project_id: int, problem: str = "") -> str:
    with reading() as session:
        held = policies.get_policy(session, actor(), project_id)
    return frame.page(
        "counting.html",
        here="figures",
        held=held,
        choices=[*Counting],
        may_set=policy.may(actor(), Act.COUNTING_SET, project_id),
        news=request.args.get("news") == "changed",
        problem=problem,
    )
