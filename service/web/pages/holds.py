"""Legal holds: which records are kept although their period is over, why, until when, by whom."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import grants as accounts
from service.consent.actions import holding
from service.consent.holds import LONGEST, HoldWhy
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.web import asking
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording

NEWS = {
    "asked": "holds.news_asked", "agreed": "holds.news_agreed", "ended": "holds.news_ended",
}  # fmt: skip

holds = Blueprint("holds", __name__)


@holds.get("/p/<slug>/holds")
@allows(Act.RETENTION_READ)
def show(project_id: int) -> str:
    return _page(project_id)


@holds.post("/p/<slug>/holds")
@allows(Act.RETENTION_SET)
@takes("record", "why", "until")
def ask(project_id: int) -> Response | tuple[str, int]:
    """Ask for a hold; it is in force once a second person agreed."""
    form = request.form
    record, why, until = (form.get(name, "")[:249] for name in ("record", "why", "until"))
    try:
        with unit_of_work() as session:
            holding.ask(session, actor(), project_id, record, why, until)
    except Problem as problem:
        is_none = problem.kind is NOT_FOUND
        words = frame.say("back.no_record") if is_none else problem.text(frame.page_language())
        return _page(project_id, problem=words), problem.kind.status
    return _back("asked")


@holds.post("/p/<slug>/holds/<uuid:hold>/agree")
@allows(Act.RETENTION_SET)
@takes()
def agree(project_id: int, hold: uuid.UUID) -> Response | tuple[str, int]:
    try:
        with unit_of_work() as session:
            holding.agree(session, actor(), project_id, hold)
    except Problem as problem:
        return _page(project_id, problem=problem.text(frame.page_language())), problem.kind.status
    return _back("agreed")


@holds.post("/p/<slug>/holds/<uuid:hold>/end")
@allows(Act.RETENTION_SET)
@takes()
def end(project_id: int, hold: uuid.UUID) -> Response:
    """Clocks run again; what was taken back meanwhile is erased now."""
    holding.end(actor(), project_id, hold, asking.blobs())
    return _back("ended")


def _back(news: str) -> Response:
    return redirect(f"/p/{frame.project().slug}/holds?news={news}", 303)


def _page(project_id: int, problem: str = "") -> str:
    today = clock.now().astimezone(wording.ZONE).date()
    with reading() as session:
        rows = holding.list_all(session, actor(), project_id)
        people = {one for row in rows for one in (row.asked_by, row.agreed_by) if one is not None}
        names = accounts.list_names(session, people)
    news = NEWS.get(request.args.get("news", ""))
    return frame.page(
        "holds.html",
        here="withdrawals",
        rows=[(row, _state(row.agreed_at, row.ended_at, row.until, today)) for row in rows],
        names=names,
        whys=list(HoldWhy),
        latest=today + LONGEST,
        may_set=policy.may(actor(), Act.RETENTION_SET, project_id),
        own_id=actor().id,
        news=frame.say(news) if news else "",
        problem=problem,
        today=today,
    )


def _state(
    agreed: dt.datetime | None, ended: dt.datetime | None, until: dt.date, today: dt.date
) -> str:
    if ended is not None or until < today:
        return "over"
    return "asked" if agreed is None else "on"
