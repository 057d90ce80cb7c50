"""Copies that contradict what stands: which wait, what each says otherwise, and what becomes of it.

A copy has a page of its own while it waits or is set aside; what took its place is a version of a
record, and has the page of that.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.forms.schema import Field
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.intake.edit_rules import Reason
from service.intake.queries import copies as intake
from service.intake.queries.copies import Copy
from service.review import queries as rights
from service.review.actions import comparing, settling
from service.review.actions.comparing import Against, Compared
from service.review.actions.records import session_for
from service.review.diffs import ABSENT, Absent, Change, Value
from service.review.purposes import ALWAYS
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import key_of

PAGE = 50
MOST_LINES = 500
"""That one page shows: a copy may differ in thousands of answers."""

_NO_RECORD = {
    Against.REMOVED: "copies.against_removed",
    Against.NOTHING: "copies.against_nothing",
    Against.ELSEWHERE: "copies.against_elsewhere",
}
"""Why there is nothing whose place a copy could take, for this reader."""

copies = Blueprint("copies", __name__)


@copies.get("/p/<slug>/copies")
@allows(Act.SUBMISSION_LIST)
def show_list(project_id: int) -> str:
    """A page of copies that wait, newest first, or (`?state=aside`) of those that were set aside;
    the next page starts after the last key of this one."""
    after, is_aside = request.args.get("after", ""), request.args.get("state") == "aside"
    reach = policy.reach(actor(), Act.SUBMISSION_LIST, project_id)
    read = policy.reach(actor(), Act.RECORD_READ, project_id)
    with reading() as session:
        rows = intake.list_copies(
            session,
            project_id,
            reach,
            is_set_aside=is_aside,
            after=key_of(after) if after else None,
            limit=PAGE + 1,
        )
        named = intake.named_by(session, project_id, rows[:PAGE])
        reached = rights.list_reached(session, project_id, named.values(), read)
        titles = forms.list_titles(session, project_id, even_deleted=True)
    kept = {"state": "aside"} if is_aside else {}
    older = {**kept, "after": rows[PAGE - 1].submission_pk} if len(rows) > PAGE else None
    records = {key: version for key, version in named.items() if version in reached}
    return frame.page(
        "copies.html",
        here="submissions",
        rows=[(row, _why(row), records.get(row.submission_pk)) for row in rows[:PAGE]],
        titles=titles,
        is_aside=is_aside,
        older=f"?{urlencode(older)}" if older else "",
        newest=f"?{urlencode(kept)}" if after else "",
        areas=wording.areas(reach.areas, frame.page_language()),
    )


def _why(copy: Copy) -> str:
    return frame.say(f"reason.{Reason(copy.reason)}") if copy.reason else ""


@copies.get("/p/<slug>/copies/<submission>")
@allows(Act.ANSWERS_READ)
def show(project_id: int, submission: str) -> str | Response:
    """What the copy says otherwise than what stands; names and words are left out."""
    return _page(project_id, key_of(submission), None)


@copies.get("/p/<slug>/copies/<submission>/names")
@allows(Act.IDENTITY_READ)
def show_names(project_id: int, submission: str) -> str | Response:
    """With names and words, for a purpose that the people allowed. Every look is an entry."""
    purpose = request.args.get("purpose", "")
    if purpose and purpose not in ALWAYS:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(ALWAYS))
    return _page(project_id, key_of(submission), Purpose(purpose) if purpose else None)


def _page(project_id: int, key: uuid.UUID, purpose: Purpose | None) -> str | Response:
    with session_for(actor(), project_id, purpose) if purpose else reading() as session:
        thing, copy = comparing.find_copy(session, actor(), project_id, key)
        if copy is None:
            return redirect(f"/p/{frame.project().slug}/submissions/{key}", 303)
        standing = comparing.get_standing(session, actor(), project_id, copy)
        told = comparing.compare_copy(session, actor(), project_id, standing, purpose)
        titles = forms.list_titles(session, project_id, even_deleted=True)
    record = standing.record
    return frame.page(
        "copy.html",
        here="submissions",
        copy=copy,
        why=_why(copy),
        form_title=titles.get(copy.form_id, copy.form_id),
        no_record=frame.say(_NO_RECORD[standing.against]) if standing.against in _NO_RECORD else "",
        record=record,
        is_sealed=copy.sealed_to is not None or (record and record.sealed_to is not None),
        purposes=ALWAYS if policy.may(actor(), Act.IDENTITY_READ, project_id) else (),
        news=request.args.get("news", ""),
        **_differences(told, purpose),
        decisions=comparing.decisions(actor(), project_id, thing, standing),
    )


def _differences(told: Compared | None, purpose: Purpose | None) -> dict[str, Any]:
    """What the page says of them, and of what is left out."""
    lines = list(_lines(told)) if told else []
    sees_names = told is not None and told.sees_names
    return {
        "lines": lines[:MOST_LINES],
        "is_cut": len(lines) > MOST_LINES,
        "is_compared": told is not None,
        "is_closed": told is not None and not told.sees_codes,
        "purpose": purpose.value if purpose and sees_names else "",
        "is_refused": purpose is not None
        and told is not None
        and told.sees_codes
        and not sees_names,
    }


@copies.post("/p/<slug>/copies/<submission>/aside")
@allows(Act.RECORD_REMOVE)
@takes()
def set_aside(project_id: int, submission: str) -> Response:
    """What stands, stays. The page of the copy follows, with the way back on it."""
    with unit_of_work() as session:
        settling.set_aside(session, actor(), project_id, key_of(submission))
    return _to("copies", submission)


@copies.post("/p/<slug>/copies/<submission>/wait")
@allows(Act.RECORD_REMOVE)
@takes()
def wait_again(project_id: int, submission: str) -> Response:
    with unit_of_work() as session:
        settling.wait_again(session, actor(), project_id, key_of(submission))
    return _to("copies", submission, "waits")


@copies.post("/p/<slug>/copies/<submission>/place")
@allows(Act.SUBMISSION_EDIT)
@takes()
def put_in_place(project_id: int, submission: str) -> Response:
    """The page of the record follows, with the way back on it."""
    with unit_of_work() as session:
        settling.put_in_place(session, actor(), project_id, key_of(submission))
    return _to("submissions", submission, "placed")


@copies.post("/p/<slug>/copies/<submission>/out")
@allows(Act.SUBMISSION_EDIT)
@takes()
def take_out(project_id: int, submission: str) -> Response:
    with unit_of_work() as session:
        settling.take_out(session, actor(), project_id, key_of(submission))
    return _to("copies", submission, "waits")


def _to(where: str, submission: str, news: str = "") -> Response:
    address = f"/p/{frame.project().slug}/{where}/{key_of(submission)}"
    return redirect(f"{address}?news={news}" if news else address, 303)


# --- what differs, as people read it ------------------------------------------------------------
class Line(NamedTuple):
    """One question. None: hidden; "": no answer."""

    question: str
    before: str | None
    after: str | None


def _lines(told: Compared) -> Iterator[Line]:
    language = frame.page_language()
    for change in told.changes:
        yield from _of_change(change, told.fields, language)


def _of_change(
    change: Change, fields: Mapping[tuple[str, ...], Field], language: str
) -> Iterator[Line]:
    before, after = _leaves(change.old), _leaves(change.new)
    for below in {**before, **after}:
        steps = (*change.path, *below)
        names = tuple(step if isinstance(step, str) else step[0] for step in steps)
        field = fields.get(names)
        yield Line(
            _question(steps, field, language),
            _said(before.get(below, ""), field, language),
            _said(after.get(below, ""), field, language),
        )


Below = tuple[str | tuple[str, int], ...]


def _leaves(value: Value | Absent, path: Below = ()) -> dict[Below, str | None]:
    """The answers of a whole group or repeat that came or went; of one question, its own."""
    if value is ABSENT or isinstance(value, Absent):
        return {}
    if value is None or isinstance(value, str):
        return {path: value}
    if isinstance(value, dict):
        inside = [_leaves(one, (*path, name)) for name, one in value.items()]
    else:
        last = str(path[-1]) if path else ""
        inside = [_leaves(one, (*path[:-1], (last, n))) for n, one in enumerate(value)]
    return {key: one for each in inside for key, one in each.items()}


def _question(steps: Below, field: Field | None, language: str) -> str:
    """As the form asks it; in which of its repeats, counted from 1."""
    asked = _in(field.label, language) if field else ""
    places = [f"{step[0]} {step[1] + 1}" for step in steps if not isinstance(step, str)]
    last = steps[-1] if isinstance(steps[-1], str) else ""
    return " · ".join(filter(None, (*places, asked or last)))


def _said(value: str | None, field: Field | None, language: str) -> str | None:
    """In the words of the form's choices, where it has some."""
    if not value or field is None or not field.choice_labels:
        return value
    codes = value.split() if field.type == "select" else [value]
    return ", ".join(_in(field.choice_labels.get(code, {}), language) or code for code in codes)


def _in(labels: Mapping[str, str], language: str) -> str:
    """In the reader's language, else in the form's own."""
    return labels.get(language) or labels.get("") or next(iter(labels.values()), "")
