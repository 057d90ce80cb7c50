"""Files of records: ask for one, see how far it is, agree to it, fetch it, delete it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import policy
from service.accounts.policy import Act
from service.exports.actions import making, runs
from service.exports.actions.runs import Wanted
from service.exports.kinds import Kind, State
from service.exports.shapes import Words
from service.forms import queries as forms
from service.foundation.db import reading, unit_of_work
from service.foundation.formats.zip_stream import safe_member
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.review import classes
from service.web import asking, disposition, parts
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

MOST = 50
LOOK_AGAIN_S = 5
"""How often the page loads itself anew while a file is made: it needs no script."""
NOTHING_CHOSEN = {"form_id": "", "kind": "", "words": "", "purpose": "", "identity": ""}
OPEN = (State.WAITING, State.QUEUED, State.RUNNING)

exports = Blueprint("exports", __name__)


@exports.get("/p/<slug>/exports")
@allows(Act.EXPORTS_LIST)
def show_list(project_id: int) -> Response:
    """What was asked for, newest first, and the form to ask for more."""
    return _list(project_id)


@exports.post("/p/<slug>/exports")
@allows(Act.ROWS_EXPORT)
@takes("form_id", "kind", "words", "purpose", "identity")
def ask(project_id: int) -> AnyResponse:
    """Ask for a file. The worker makes it; the browser may be closed."""
    chosen = request.form.to_dict()
    try:
        wanted = Wanted(
            form_id=chosen.get("form_id", ""),
            kind=Kind(chosen.get("kind", "")),
            words=Words(chosen.get("words", "")),
            purpose=chosen.get("purpose", ""),
            with_identity=chosen.get("identity") == "yes",
        )
    except ValueError:
        return _list(project_id, chosen=chosen, problem=frame.say("exports.choose"), status=400)
    try:
        with unit_of_work() as session:
            run_pk = runs.ask(session, actor(), project_id, wanted)
    except Problem as problem:
        words = frame.say("exports.choose")
        if problem.kind is not NOT_FOUND and problem.kind.status != 400:
            raise
        return _list(project_id, chosen=chosen, problem=words, status=problem.kind.status)
    return redirect(f"{_address()}#run-{run_pk}", 303)


@exports.post("/p/<slug>/exports/<run>/agree")
@allows(Act.EXPORT_AGREE)
@takes()
def agree(project_id: int, run: str) -> AnyResponse:
    """As a second person, to a file with names and testimony."""
    with unit_of_work() as session:
        runs.agree(session, actor(), project_id, _key(run))
    return redirect(f"{_address()}#run-{_key(run)}", 303)


@exports.get("/p/<slug>/exports/<run>/file")
@allows(Act.ROWS_EXPORT)
def download(project_id: int, run: str) -> Response:
    """The file, once it is made, for whoever asked for it; a part of it if asked (206), so that a
    download that broke goes on."""
    found, pieces = runs.open_file(actor(), project_id, _key(run), asking.blobs())
    ending = found.kind.ending
    response = Response(pieces, content_type=making.CONTENT_TYPES[ending], direct_passthrough=True)
    name = f"{safe_member(found.form_id)} {found.asked_at:%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = disposition.to_keep(name)
    response.headers["Cache-Control"] = "no-store"
    response.set_etag(md5_hex(f"{found.run_pk} {found.blob}".encode()))
    return parts.answer(response, found.size)


@exports.post("/p/<slug>/exports/<run>/delete")
@allows(Act.EXPORTS_LIST)
@takes()
def delete(project_id: int, run: str) -> AnyResponse:
    """Delete a file, or stop making it. Its line stays."""
    runs.delete(actor(), project_id, _key(run), asking.blobs())
    return redirect(_address(), 303)


def _list(
    project_id: int,
    *,
    chosen: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    with reading() as session:
        rows = runs.list_told(session, actor(), project_id, MOST)
        titles = forms.list_titles(session, project_id)
    body = frame.page(
        "exports.html",
        here="exports",
        rows=rows,
        titles=titles,
        kinds=list(Kind),
        purposes=list(classes.OPENED),
        languages=list(Words),
        chosen={**NOTHING_CHOSEN, **(chosen or {})},
        problem=problem,
        kept_days=runs.KEPT.days,
        may_agree=policy.may(actor(), Act.EXPORT_AGREE, project_id),
        me=actor().id,
    )
    response = Response(body, status=status, content_type="text/html; charset=utf-8")
    if request.method == "GET" and any(row.state in OPEN[1:] for row in rows):
        response.headers["Refresh"] = str(LOOK_AGAIN_S)
    return response


def _address() -> str:
    return f"/p/{frame.project().slug}/exports"


def _key(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
