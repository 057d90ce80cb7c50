"""Importing casualties that others counted: how the file is read, and the way back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.exports.casualties.words import lists
from service.foundation.db import reading
from service.foundation.problems import Problem
from service.moving import places
from service.moving.actions import asking, casualty_files, casualty_reports, mappings, undoing
from service.moving.casualties import dates
from service.moving.casualties.form import FORM_ID
from service.moving.queries import mappings as kept
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.moving import key_of

NOTHING_CHOSEN = {"source": "", "order": "", "mapping": ""}

moving_casualties = Blueprint("moving_casualties", __name__)


@moving_casualties.get("/p/<slug>/moving/casualties")
@allows(Act.MOVE_IN)
def show_new(project_id: int) -> Response:
    """Who counted, and how files of theirs are read. The fresh code comes before the file."""
    return _form(project_id)


@moving_casualties.post("/p/<slug>/moving/casualties")
@allows(Act.MOVE_IN)
@takes("source", "order", "mapping")
def ask(project_id: int) -> AnyResponse:
    """The file follows."""
    name = request.form.get("mapping", "")
    more = {one: request.form[one] for one in ("source", "order") if request.form.get(one)}
    try:
        told: dict[str, Any] = {}
        if name:
            with reading() as session:
                told = mappings.get(session, project_id, name).as_json()
        mapping = casualty_files.read_mapping(told | more)
        run_pk = asking.ask_for_file(actor(), project_id, places.CASUALTIES, FORM_ID, mapping)
    except Problem as problem:
        if problem.kind.status not in (400, 404):
            raise
        return _form(project_id, problem=problem.text(frame.page_language()), status=400)
    return redirect(_at(str(run_pk)), 303)


@moving_casualties.post("/p/<slug>/moving/<run>/reading")
@allows(Act.MOVE_IN)
@takes("source", "order", "heading", "field", "word_of", "word", "code", "name")
def read_otherwise(project_id: int, run: str) -> AnyResponse:
    """Look once more at the file, with what somebody said of its columns and words; and keep that
    under a name, where there is one."""
    run_pk, given = key_of(run), request.form
    with reading() as session:
        looked = asking.get_told(session, actor(), project_id, run_pk)
    how = casualty_reports.find(looked)
    words = {name: dict(told) for name, told in how.reading.words.items()} if how else {}
    for name, word, code in zip(
        given.getlist("word_of"), given.getlist("word"), given.getlist("code"), strict=False
    ):
        if code:
            words.setdefault(name, {})[word] = code
    mapping = casualty_files.read_mapping(
        {
            "columns": dict(zip(given.getlist("heading"), given.getlist("field"), strict=False)),
            "words": words,
            "source": given.get("source", ""),
            "order": given.get("order", ""),
        }
    )
    if given.get("name", "").strip():
        mappings.keep(actor(), project_id, given["name"], mapping)
    new_pk = asking.look_again(actor(), project_id, run_pk, mapping) or run_pk
    return redirect(_at(str(new_pk)), 303)


@moving_casualties.post("/p/<slug>/moving/<run>/undo")
@allows(Act.MOVE_IN)
@takes()
def undo(project_id: int, run: str) -> AnyResponse:
    """All that an import brought goes into the trash; the worker does it."""
    run_pk = key_of(run)
    return redirect(_at(str(undoing.ask(actor(), project_id, run_pk) or run_pk)), 303)


def _at(run: str) -> str:
    return f"/p/{frame.project().slug}/moving/{run}"


def _form(project_id: int, *, problem: str = "", status: int = 200) -> Response:
    language = frame.page_language()
    with reading() as session:
        names = kept.names(session, project_id)
    sources = {code: label[language] for code, label in lists()["source"].items()}
    body = frame.page(
        "moving_casualties.html",
        here="moving",
        sources=sources,
        orders=dates.ORDERS,
        mappings=names,
        chosen={**NOTHING_CHOSEN, **request.form.to_dict()},
        problem=problem,
    )
    return Response(body, status=status, content_type="text/html; charset=utf-8")
