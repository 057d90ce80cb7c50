"""Moving in: see what would come from another server, bring it, and see how far that is."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.foundation.db import reading
from service.foundation.outgoing import Rules
from service.foundation.problems import CATALOGUE, NOT_FOUND, Problem
from service.moving import places
from service.moving.actions import asking, runs
from service.moving.actions.reaching import Secret
from service.moving.places import Place
from service.moving.queries.runs import Run
from service.moving.states import OPEN
from service.web.asking import blobs, settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import casualty_reading as reading_of
from service.web.pages import frame

MOST = 50
LOOK_AGAIN_S = 5
"""How often the page loads itself anew while something moves: it needs no script."""
SECRETS = ("token", "email", "password")
NOTHING_CHOSEN = {"kind": "central", "address": "", "of_project": "", "form_ids": "", "dry": "yes"}

moving = Blueprint("moving", __name__)


@moving.get("/p/<slug>/moving")
@allows(Act.MOVES_LIST)
def show_list(project_id: int) -> Response:
    """What was brought, newest first."""
    with reading() as session:
        rows = runs.list_told(session, actor(), project_id, MOST)
    return _answer(frame.page("moving.html", here="moving", rows=rows), rows)


@moving.get("/p/<slug>/moving/new")
@allows(Act.MOVE_IN)
def show_new(project_id: int) -> Response:
    """The form. The fresh code comes before it, so that no token is typed twice."""
    again = request.args.get("again", "")
    return _form(_chosen_again(project_id, again) if again else {})


@moving.post("/p/<slug>/moving/new")
@allows(Act.MOVE_IN)
@takes("kind", "address", "of_project", "form_ids", "token", "email", "password", "dry")
def ask(project_id: int) -> AnyResponse:
    """Begin. The worker does it; the browser may be closed."""
    given = {name: value.strip() for name, value in request.form.items()}
    place = Place(
        kind=given.get("kind", ""),
        address=given.get("address", ""),
        project=given.get("of_project", ""),
        form_ids=tuple(given.get("form_ids", "").split()),
    )
    secret = Secret(**{name: given.get(name, "") for name in SECRETS})
    rules = Rules(allows_private=settings().move_in_private)
    try:
        run_pk = asking.ask(
            actor(), project_id, place, secret, rules, is_dry=given.get("dry", "yes") != "no"
        )
    except Problem as problem:
        if problem.kind.status != 400:
            raise
        words = problem.text(frame.page_language())
        return _form(given, problem=words, status=400)
    return redirect(f"/p/{frame.project().slug}/moving/{run_pk}", 303)


@moving.get("/p/<slug>/moving/<run>")
@allows(Act.MOVES_LIST)
def show(project_id: int, run: str) -> Response:
    """One move: how far it is, and what became of each thing, a page at a time."""
    return show_run(project_id, key_of(run))


def show_run(
    project_id: int, run_pk: uuid.UUID, *, problem: str = "", status: int = 200
) -> Response:
    """`problem`: what was wrong with the file that was sent for it."""
    number = request.args.get("page", "1")
    with reading() as session:
        found = asking.get_told(session, actor(), project_id, run_pk)
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        lines = runs.read_page(session, found, wanted)
    body = frame.page(
        "moving_run.html",
        here="moving",
        run=found,
        lines=lines,
        number=wanted,
        problem=_problem_of(found),
        file_problem=problem,
        most_mb=settings().max_body_mb,
        is_own=found.asked_by == actor().id,
        **reading_of.of_run(found),
    )
    response = _answer(body, [found])
    response.status_code = status
    return response


@moving.post("/p/<slug>/moving/<run>/stop")
@allows(Act.MOVES_LIST)
@takes()
def stop(project_id: int, run: str) -> AnyResponse:
    """Stop it. What came stays."""
    runs.stop(actor(), project_id, key_of(run), blobs())
    return redirect(f"/p/{frame.project().slug}/moving/{key_of(run)}", 303)


def _form(chosen: dict[str, Any], *, problem: str = "", status: int = 200) -> Response:
    """What opens the other server is never sent back."""
    told = {name: value for name, value in chosen.items() if name not in SECRETS}
    body = frame.page(
        "moving_new.html",
        here="moving",
        kinds=places.KINDS,
        chosen={**NOTHING_CHOSEN, **told},
        problem=problem,
    )
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def _chosen_again(project_id: int, run: str) -> dict[str, Any]:
    """What a move was asked with, but for what opened the server; to be done in earnest now."""
    with reading() as session:
        found = asking.get_told(session, actor(), project_id, key_of(run))
    return {
        "kind": found.kind,
        "address": found.address,
        "of_project": found.of_project,
        "form_ids": " ".join(found.form_ids),
        "dry": "no" if found.is_dry else "yes",
    }


def _answer(body: str, rows: list[Run]) -> Response:
    response = Response(body, content_type="text/html; charset=utf-8")
    if any(row.state in OPEN for row in rows):
        response.headers["Refresh"] = str(LOOK_AGAIN_S)
    return response


def _problem_of(run: Run) -> str:
    kind = CATALOGUE.get(run.problem or "")
    return Problem(kind, reason=run.reason).text(frame.page_language()) if kind else ""


def key_of(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
