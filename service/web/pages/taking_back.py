"""Where a survivor, or whoever helps, types the code on the paper: no sign-in, no cookie."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, g, request

from service.accounts import queries as accounts
from service.consent import actions, withdrawal
from service.facts import paper_codes
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.web import asking
from service.web.fields import takes
from service.web.identify import PUBLIC, allows
from service.web.pages import frame, wording

taking_back = Blueprint("taking_back", __name__)


@taking_back.get("/withdraw/<project>")
@allows(PUBLIC)
def ask(project: str) -> str:
    project_of(project)
    return entry(project)


@taking_back.post("/withdraw/<project>")
@allows(PUBLIC)
@takes("code")
def take_back(project: str) -> str | tuple[str, int]:
    """The same page whether or not the code is on a record."""
    project_id, code = project_of(project), request.form.get("code", "")
    blobs = asking.blobs()
    try:
        asked = actions.ask_by_code(project_id, code, network=asking.network(), blobs=blobs)
    except Problem as problem:
        return entry(project, problem=why_not(problem, code)), problem.kind.status
    return done(project, code, asked)


def done(project: str, code: str, asked: actions.Asked) -> str:
    """What became of it; `code` "" for one that was typed before."""
    g.runs_script = True
    return frame.page(
        "forget_done.html",
        is_held=asked.status != actions.RECEIVED_NOW,
        is_strong=asked.is_strong,
        is_tried=not asked.is_strong and paper_codes.is_strong(code),
        until=withdrawal.dates(_today()).unreadable_on,
        again=address(project),
    )


def why_not(problem: Problem, code: str) -> str:
    """What is wrong with what was typed, in words for whoever typed it."""
    if problem.kind is INVALID_PARAMETER:
        return frame.say(
            "forget.mistyped_digit" if paper_codes.is_mistyped(code) else "forget.bad_code"
        )
    return problem.text(frame.page_language())


def entry(project: str, problem: str = "", title: str = "") -> str:
    """Where the code is typed: to see what is held, or to take all of it back."""
    g.runs_script = True
    heading = title or frame.say("forget.not_done")
    return frame.page("forget.html", problem=problem, heading=heading, at=address(project))


def address(project: str, path: str = "") -> str:
    """With the language in it: these pages leave no cookie to remember it by."""
    return f"/withdraw/{project}{path}?lang={frame.page_language()}"


def project_of(slug: str) -> int:
    """Raises NOT_FOUND."""
    with reading() as session:
        row = accounts.find_project_by_slug(session, slug)
    if row is None:
        raise Problem(NOT_FOUND)
    return row.id


def _today() -> dt.date:
    return clock.now().astimezone(wording.ZONE).date()
