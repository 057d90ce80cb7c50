"""Where a survivor, or whoever helps, types the code on the paper: no sign-in, no cookie."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, request

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
    _project_id(project)
    return _page(project)


@taking_back.post("/withdraw/<project>")
@allows(PUBLIC)
@takes("code")
def take_back(project: str) -> str | tuple[str, int]:
    """The same page whether or not the code is on a record."""
    project_id, code = _project_id(project), request.form.get("code", "")
    blobs = asking.blobs()
    try:
        asked = actions.ask_by_code(project_id, code, network=asking.network(), blobs=blobs)
    except Problem as problem:
        is_code = problem.kind is INVALID_PARAMETER
        words = frame.say("forget.bad_code") if is_code else problem.text(frame.page_language())
        return _page(project, problem=words), problem.kind.status
    return frame.page(
        "forget_done.html",
        is_held=asked.status != actions.RECEIVED_NOW,
        is_strong=paper_codes.is_strong(code),
        until=withdrawal.dates(_today()).unreadable_on,
        again=_address(project),
    )


def _page(project: str, problem: str = "") -> str:
    return frame.page("forget.html", problem=problem, action=_address(project))


def _address(project: str) -> str:
    """With the language in it: this page leaves no cookie to remember it by."""
    return f"/withdraw/{project}?lang={frame.page_language()}"


def _project_id(slug: str) -> int:
    with reading() as session:
        row = accounts.find_project_by_slug(session, slug)
    if row is None:
        raise Problem(NOT_FOUND)
    return row.id


def _today() -> dt.date:
    return clock.now().astimezone(wording.ZONE).date()
