"""Scripts: tokens for tools that run without anybody at the keyboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, policy
from service.accounts.actor import Scope
from service.accounts.policy import Act
from service.accounts.queries import scripts as queries
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, names_taken

LIVES = (30, 90, 365)
"""Days that the page offers."""

scripts = Blueprint("scripts", __name__)


@scripts.get("/p/<slug>/scripts")
@allows(Act.SCRIPT_MANAGE)
def show_list(project_id: int) -> str:
    return _page(project_id)


@scripts.post("/p/<slug>/scripts")
@allows(Act.SCRIPT_CREATE)
@takes("name", "scope", "newest", "days")
def create(project_id: int) -> str | tuple[str, int] | Response:
    """Make a token of this project. The answer is the only page that ever shows it: loading it
    again sends the form again, and makes no second one."""
    offered = policy.scopes_to_give(actor(), project_id)
    wanted = {scope for scope in offered if scope.value in request.form.getlist("scope")}
    days = request.form.get("days", LIVES[0], type=int)
    name = request.form.get("name", "")
    chosen = {"name": name, "scopes": wanted, "days": days}
    if not wanted:
        return _page(project_id, chosen=chosen, problem=frame.say("scripts.choose_scopes")), 400
    try:
        with unit_of_work() as session:
            life = dt.timedelta(days=days if days in LIVES else LIVES[0])
            made = actions.create_api_token(session, actor(), name, [project_id], wanted, life)
    except Problem as problem:
        before = names_taken.made_by_this_form(project_id, problem, name, queries.find_live_by_name)
        if before is not None:
            return redirect(f"/p/{frame.project().slug}/scripts?again={before}", 303)
        return _page(project_id, chosen=chosen, problem=_why(problem)), problem.kind.status
    return frame.page(
        "script_made.html",
        here="scripts",
        name=made.name,
        made=made,
        scopes=sorted(wanted),
        address=settings().public_url,
    )


def _why(problem: Problem) -> str:
    taken, bad = frame.say("scripts.name_taken"), frame.say("scripts.bad_name")
    return names_taken.in_words(problem, taken=taken, bad=bad)


@scripts.get("/p/<slug>/scripts/<int:script_id>/revoke")
@allows(Act.SCRIPT_MANAGE)
def ask_revoke(project_id: int, script_id: int) -> str:
    with reading() as session:
        rows = queries.list_api_tokens(session, project_id)
    row = next((one for one in rows if one.id == script_id), None)
    if row is None:
        raise Problem(NOT_FOUND)
    return frame.page("script_revoke.html", here="scripts", script=row)


@scripts.post("/p/<slug>/scripts/<int:script_id>/revoke")
@allows(Act.SCRIPT_MANAGE)
@takes()
def revoke(project_id: int, script_id: int) -> Response:
    with unit_of_work() as session:
        actions.revoke_api_token(session, actor(), script_id, project_id)
    return redirect(f"/p/{frame.project().slug}/scripts?ended={script_id}", 303)


def _page(project_id: int, *, chosen: dict[str, Any] | None = None, problem: str = "") -> str:
    with reading() as session:
        rows = queries.list_api_tokens(session, project_id, clock.now())
    given = policy.scopes_to_give(actor(), project_id)
    return frame.page(
        "scripts.html",
        here="scripts",
        rows=[(row, actions.may_end(actor(), row, project_id)) for row in rows],
        now=clock.now(),
        offered=[scope for scope in Scope if scope in given],
        lives=LIVES,
        chosen=chosen or {"name": "", "scopes": (), "days": 90},
        problem=problem,
        newest=max((row.id for row in rows), default=0),
        news=_news(rows),
    )


def _news(rows: Sequence[queries.ApiTokenRow]) -> str:
    """What has just become of a token, by the address to which its form led."""
    ended, again = (request.args.get(name, type=int) for name in ("ended", "again"))
    for row in rows:
        if row.id == ended and row.revoked_at:
            return frame.say("scripts.revoked", name=row.name)
        if row.id == again:
            return frame.say("scripts.token_once", name=row.name)
    return ""
