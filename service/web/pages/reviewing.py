"""Records are taken on, decided on and spoken of: one on its page, many from the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.review import queries as rights
from service.review.actions import comments, deciding, flagging, many
from service.review.actions.deciding import Seen
from service.review.flags.kinds import Code
from service.review.queries import records
from service.review.queries.records import RecordTold
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, submissions
from service.web.pages.review_panel import decision_of, read_seen, typed
from service.web.pages.submissions import key_of

reviewing = Blueprint("reviewing", __name__)
KEPT = (REVIEW_OUTDATED, SECOND_PERSON_NEEDED)
"""Why a decision is not done: the page comes back with what was typed, and what happened."""
MOST_COMMENT = 10_000
Answer = Response | tuple[str, int]


@reviewing.post("/p/<slug>/submissions/<submission>/take")
@allows(Act.REVIEW_STATE)
@takes("seen")
def take_on(project_id: int, submission: str) -> Answer:
    return _do(project_id, submission, deciding.take_on)


@reviewing.post("/p/<slug>/submissions/<submission>/let-go")
@allows(Act.REVIEW_STATE)
@takes("seen")
def let_go(project_id: int, submission: str) -> Answer:
    return _do(project_id, submission, deciding.let_go)


def _do(project_id: int, submission: str, act: Callable[..., None]) -> Answer:
    seen = _seen(project_id, submission)
    try:
        with unit_of_work() as session:
            act(session, actor(), project_id, key_of(submission), seen)
    except Problem as problem:
        return _again(project_id, submission, problem)
    return _to(submission)


@reviewing.post("/p/<slug>/submissions/<submission>/decide")
@allows(Act.REVIEW_STATE)
@takes("seen", "decision", "reasons", "words")
def decide(project_id: int, submission: str) -> Answer:
    """What was chosen and typed comes back with the page where it is not done."""
    seen = _seen(project_id, submission)
    with reading() as session:
        record_pk = rights.find_record(session, project_id, seen.version)
    decision = decision_of(is_first=record_pk == seen.version)
    if isinstance(decision, str):
        return submissions.record_page(project_id, submission, typed(decision)), 400
    try:
        with unit_of_work() as session:
            done = deciding.make(session, actor(), project_id, key_of(submission), decision, seen)
    except Problem as problem:
        return _again(project_id, submission, problem)
    return _to(submission, "" if done else "second")


def _seen(project_id: int, submission: str) -> Seen:
    """What the form says that was seen, of a record within reach. Raises NOT_FOUND for others."""
    with reading() as session:
        _reached(session, project_id, key_of(submission))
    return read_seen(request.form.get("seen", ""))


def _reached(session: Any, project_id: int, key: uuid.UUID) -> None:
    """Raises NOT_FOUND for what the reader may not review."""
    thing = rights.find_thing(session, project_id, key)
    if thing is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor(), Act.REVIEW_STATE, project_id, thing)


def _again(project_id: int, submission: str, problem: Problem) -> Answer:
    if problem.kind not in KEPT:
        raise problem
    kept = typed(problem.text(frame.page_language()))
    return submissions.record_page(project_id, submission, kept), problem.kind.status


def _to(submission: str, news: str = "") -> Response:
    address = f"/p/{frame.project().slug}/submissions/{key_of(submission)}"
    return redirect(f"{address}?news={news}#review" if news else f"{address}#review", 303)


@reviewing.post("/p/<slug>/submissions/<submission>/flags")
@allows(Act.REVIEW_STATE)
@takes("flag")
def look_at_flag(project_id: int, submission: str) -> Response:
    """Somebody looked at what a rule had noticed: it is told no more."""
    key, flag = key_of(submission), request.form.get("flag", "")
    with reading() as session:
        _reached(session, project_id, key)
    if flag not in [*Code]:
        raise Problem(INVALID_PARAMETER, name="flag", reason=", ".join(Code))
    with unit_of_work() as session:
        flagging.look_at_flag(session, actor(), project_id, key, Code(flag))
    return redirect(f"/p/{frame.project().slug}/submissions/{key}#flags", 303)


@reviewing.post("/p/<slug>/submissions")
@allows(Act.REVIEW_STATE)
@takes("chosen", "decision", "reasons", "words", "form", "state", "stage", "after")
def decide_many(project_id: int) -> tuple[str, int]:
    """The list again, with what became of each; what was left is still chosen."""
    chosen = [read_seen(one) for one in request.form.getlist("chosen")[: many.MOST]]
    decision = decision_of()
    if isinstance(decision, str) or not chosen:
        problem = decision if isinstance(decision, str) else frame.say("review.choose_records")
        return submissions.list_page(project_id, typed(problem)), 400
    told = many.decide(actor(), project_id, chosen, decision)
    return submissions.list_page(project_id, typed(), told), 200


# --- what the team says -------------------------------------------------------------------------
@reviewing.get("/p/<slug>/submissions/<submission>/comments")
@allows(Act.REVIEW_COMMENT)
def show_comments(project_id: int, submission: str) -> str:
    """They may say what the record says: each look is an entry."""
    with unit_of_work() as session:
        record = _record(session, project_id, submission)
        found = comments.list_comments(session, actor(), project_id, record)
        names = actors.find_actors(session, [one.actor_id for one in found])
    return _comments_page(submission, [(one, names.get(one.actor_id)) for one in found])


@reviewing.post("/p/<slug>/submissions/<submission>/comments")
@allows(Act.REVIEW_COMMENT)
@takes("body")
def comment(project_id: int, submission: str) -> Answer:
    body = request.form.get("body", "").strip()
    with reading() as session:
        _record(session, project_id, submission)
    if not 0 < len(body) <= MOST_COMMENT:
        problem = frame.say("review.say_something", most=MOST_COMMENT)
        return _comments_page(submission, [], body, problem), 400
    with unit_of_work() as session:
        record = _record(session, project_id, submission)
        comments.add_comment(session, actor(), project_id, record, body)
    return redirect(f"/p/{frame.project().slug}/submissions/{key_of(submission)}/comments", 303)


def _record(session: Any, project_id: int, submission: str) -> RecordTold:
    """By any version of it. Raises NOT_FOUND, out of reach too."""
    record_pk = rights.find_record(session, project_id, key_of(submission))
    found = record_pk and records.find_by_record(session, project_id, record_pk)
    if not found:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor(), Act.REVIEW_COMMENT, project_id, found.thing)
    return found


def _comments_page(submission: str, found: Sequence[Any], body: str = "", problem: str = "") -> str:
    return frame.page(
        "comments.html",
        here="submissions",
        submission=key_of(submission),
        comments=found,
        body=body,
        most=MOST_COMMENT,
        problem=problem,
    )
