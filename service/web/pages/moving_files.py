"""Moving in from an export file: what it is of, the file, and bringing what was looked at."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.entities.queries import lists
from service.forms import queries as forms
from service.foundation.db import reading
from service.foundation.problems import Problem
from service.moving import places
from service.moving.actions import asking, casualty_files, uploads
from service.moving.actions.files import ending_of
from service.web import errors, one_file, raw_body
from service.web.asking import blobs, settings
from service.web.fields import streams, takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.moving import key_of, show_run

ENDINGS = {
    places.RECORDS: ("csv", "xlsx", "xlsm", "zip"),
    places.ENTITIES: ("csv",),
    places.CASUALTIES: casualty_files.ENDINGS,
}

moving_files = Blueprint("moving_files", __name__)


@moving_files.get("/p/<slug>/moving/file")
@allows(Act.MOVE_IN)
def show_new(project_id: int) -> Response:
    """Which form or list the file is of. The fresh code comes before the file."""
    return _form(project_id)


@moving_files.post("/p/<slug>/moving/file")
@allows(Act.MOVE_IN)
@takes("of", "list_name")
def ask(project_id: int) -> AnyResponse:
    """The file follows."""
    kind, _, target = request.form.get("of", "").partition(":")
    if kind == places.CASUALTIES:  # these are asked for with how they are read
        kind = ""
    if kind == places.ENTITIES and not target:
        target = request.form.get("list_name", "").strip()
    try:
        run_pk = asking.ask_for_file(actor(), project_id, kind, target)
    except Problem as problem:
        if problem.kind.status not in (400, 404):
            raise
        return _form(project_id, problem=problem.text(frame.page_language()), status=400)
    return redirect(_at(run_pk), 303)


@moving_files.post("/p/<slug>/moving/<run>/file")
@allows(Act.MOVES_LIST)
@takes("file")
@streams
def send(project_id: int, run: str) -> AnyResponse:
    """The file, as it comes. Whoever asked shows no code again: the question had one."""
    run_pk = key_of(run)
    asking.demand_waiting(actor(), project_id, run_pk)
    store = blobs()
    with reading() as session:
        kind = asking.get_told(session, actor(), project_id, run_pk).kind
    ending, receiving = "", None

    def begin(filename: str) -> uploads.Receiving:
        nonlocal ending, receiving
        ending = ending_of(filename)
        if ending not in ENDINGS[kind]:
            raise _Unfit
        raw_body.demand_disk(store)
        raw_body.demand_share(project_id)
        receiving = uploads.Receiving(project_id, store, lambda: raw_body.demand_disk(store))
        return receiving

    try:
        one_file.read("file", begin, settings().max_body_bytes)
        if receiving is None or not receiving.size:
            raise _Unfit
        receiving.keep(actor(), run_pk, ending)
    except BaseException as error:
        if receiving is not None:
            receiving.discard()
        words = _words(error, kind)
        if words is None:
            raise
        errors.drain()
        return show_run(project_id, run_pk, problem=words, status=400)
    return redirect(_at(run_pk), 303)


class _Unfit(Exception):  # noqa: N818 - nothing was chosen, or another kind of file
    pass


def _words(error: BaseException, kind: str) -> str | None:
    if isinstance(error, _Unfit):
        return frame.say("moving.file_endings", endings=", ".join(ENDINGS[kind]))
    if isinstance(error, Problem) and error.kind.status in (400, 413, 507):
        return error.text(frame.page_language())
    return None


@moving_files.post("/p/<slug>/moving/<run>/bring")
@allows(Act.MOVE_IN)
@takes()
def bring(project_id: int, run: str) -> AnyResponse:
    """What was looked at, in earnest. Where the file is gone meanwhile, its page says so."""
    run_pk = key_of(run)
    return redirect(_at(asking.bring_file(actor(), project_id, run_pk) or run_pk), 303)


def _at(run_pk: uuid.UUID) -> str:
    return f"/p/{frame.project().slug}/moving/{run_pk}"


def _form(project_id: int, *, problem: str = "", status: int = 200) -> Response:
    with reading() as session:
        titles = forms.list_titles(session, project_id)
        found = lists.list_counted(session, project_id)
    body = frame.page(
        "moving_file.html",
        here="moving",
        forms=titles,
        lists=[row.ref.name for row in found],
        chosen=request.form.get("of", ""),
        list_name=request.form.get("list_name", ""),
        problem=problem,
    )
    return Response(body, status=status, content_type="text/html; charset=utf-8")
