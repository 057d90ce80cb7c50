"""Bringing entities in from a file: first what would happen, then that; and taking it back."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.entities import actions
from service.foundation.db import unit_of_work
from service.foundation.problems import IMPORT_MOVED, INVALID_PARAMETER, Problem
from service.web.body_limits import takes_up_to
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.lists import back, list_page

MAX_BYTES = 2_000_000
"""Of a file that goes through the page: it comes back with the preview. Larger ones: the API."""
TOLD = 30
"""Rows that cannot be brought in, of which the page tells."""

list_files = Blueprint("list_files", __name__)


@list_files.post("/p/<slug>/lists/<int:list_pk>/import")
@allows(Act.ENTITY_CHANGE)
@takes("file", "text", "sure", "state")
@takes_up_to(20 * MAX_BYTES)
def bring_in(project_id: int, list_pk: int) -> str | tuple[str, int] | Response:
    """A file shows what it would do; the same again, with `sure`, does that and nothing else."""
    upload = request.files.get("file")
    text = request.form.get("text", "")
    data = upload.stream.read(MAX_BYTES + 1) if upload else text.encode()
    if not data or len(data) > MAX_BYTES:
        words = frame.say("list.file_size", mb=MAX_BYTES // 1_000_000)
        return list_page(project_id, list_pk, problem=words), 400
    moved = ""
    try:
        if request.form.get("sure") == "yes":
            with unit_of_work() as session:
                state = request.form.get("state", "")
                done = actions.import_file(session, actor(), project_id, list_pk, data, state=state)
            return back(list_pk, "brought" if done.import_pk else "same")
    except Problem as problem:
        if problem.kind is not IMPORT_MOVED:
            raise
        moved = frame.say("list.file_moved")
    try:
        page = _preview(project_id, list_pk, data, moved)
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        return list_page(project_id, list_pk, problem=_words(problem)), 400
    return (page, 409) if moved else page


def _preview(project_id: int, list_pk: int, data: bytes, problem: str) -> str:
    with unit_of_work() as session:
        told = actions.preview(session, actor(), project_id, list_pk, data)
        one = actions.tell_list(session, actor(), project_id, list_pk)
    return frame.page(
        "list_import.html",
        here="lists",
        told=one,
        preview=told,
        faulty=told.faulty[:TOLD],
        more=max(0, len(told.faulty) - TOLD),
        text=data.decode("utf-8-sig"),
        problem=problem,
    )


def _words(problem: Problem) -> str:
    fault, _, column = str(problem.context.get("reason", "")).partition(" ")
    known = {
        "not_text": frame.say("list.file_not_text"),
        "no_label_column": frame.say("list.file_no_label"),
        "strange_column": frame.say("list.file_strange", name=column),
        "too_many": frame.say("list.file_too_many"),
    }
    return known.get(fault) or problem.text(frame.page_language())


@list_files.post("/p/<slug>/lists/<int:list_pk>/imports/<uuid:import_id>/undo")
@allows(Act.ENTITY_CHANGE)
@takes()
def undo(project_id: int, list_pk: int, import_id: uuid.UUID) -> Response:
    """Take back what a file did; what somebody changed since stays."""
    with unit_of_work() as session:
        actions.undo_import(session, actor(), project_id, list_pk, import_id)
    return back(list_pk, "undone")
