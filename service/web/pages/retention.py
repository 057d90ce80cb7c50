"""For how long things are kept, what goes in the next month, and the form to change it."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.consent import actions
from service.consent.periods import LONGEST_DAYS, LONGEST_MONTHS, SHORTEST_DAYS, Periods
from service.forms import queries as forms
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

retention = Blueprint("retention", __name__)


@retention.get("/p/<slug>/kept")
@allows(Act.RETENTION_READ)
def show(project_id: int) -> str:
    return _page(project_id)


@retention.post("/p/<slug>/kept")
@allows(Act.RETENTION_SET)
@takes("records_months", "testimony_months", "quarantine_days", "confirmed")
def change(project_id: int) -> Response | str | tuple[str, int]:
    """A shorter period is asked about once more, with how much would go by it."""
    try:
        wanted = Periods(
            records_months=_number("records_months"),
            testimony_months=_number("testimony_months") if _said("testimony_months") else None,
            quarantine_days=_number("quarantine_days"),
        )
    except Problem as problem:
        return _page(project_id, problem=problem.text(frame.page_language())), 400
    with reading() as session:
        due = actions.tell_due(session, actor(), project_id, days=1, periods=wanted)
    if wanted.is_shorter_than(due.periods) and request.form.get("confirmed") != "yes":
        return _page(project_id, wanted=wanted, going=due)
    with unit_of_work() as session:
        actions.set_periods(session, actor(), project_id, wanted)
    return redirect(f"/p/{frame.project().slug}/kept?news=changed", 303)


def _said(name: str) -> bool:
    return bool(request.form.get(name, "").strip())


def _number(name: str) -> int:
    try:
        return int(request.form.get(name, ""))
    except ValueError as error:
        raise Problem(INVALID_PARAMETER, name=name, reason="a number") from error


def _page(
    project_id: int,
    *,
    wanted: Periods | None = None,
    going: actions.Due | None = None,
    problem: str = "",
) -> str:
    with reading() as session:
        due = actions.tell_due(session, actor(), project_id)
        titles = forms.list_titles(session, project_id, even_deleted=True)
    return frame.page(
        "retention.html",
        here="withdrawals",
        due=due,
        titles=titles,
        chosen=wanted or due.periods,
        going=going,
        limits={"months": LONGEST_MONTHS, "days": (SHORTEST_DAYS, LONGEST_DAYS)},
        may_set=policy.may(actor(), Act.RETENTION_SET, project_id),
        news=request.args.get("news") == "changed",
        problem=problem,
    )
