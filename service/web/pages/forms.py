"""Forms: which of them phones are offered, and which still take records; changed by a button.
Deleted ones stand below, each with the way back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.forms import actions, queries
from service.forms.publish_rules import open_testimony
from service.forms.queries import OfferedForm, told
from service.forms.states import FormState
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

forms = Blueprint("forms", __name__)


@forms.get("/p/<slug>/forms")
@allows(Act.FORM_PUBLISH)
def show_list(project_id: int) -> str:
    with reading() as session:
        rows = queries.list_forms(session, project_id)
        schemas = queries.schemas_of(session, rows)
        deleted = told.list_told(session, project_id, with_drafts=True, deleted=True)
    return frame.page(
        "forms.html",
        here="forms",
        rows=rows,
        in_clear={pk for pk, schema in schemas.items() if open_testimony(schema) is not None},
        states=[*FormState],
        changed=next((row for row in rows if row.form_pk == _asked("changed")), None),
        is_last_open=_open(rows) == 1,
        deleted=deleted,
        restored=next((row for row in rows if row.form_pk == _asked("restored")), None),
        gone=next((row for row in deleted if row.form_pk == _asked("deleted")), None),
    )


def _asked(name: str) -> int | None:
    return request.args.get(name, type=int)


def _open(rows: Sequence[OfferedForm]) -> int:
    return sum(row.state is FormState.OPEN for row in rows)


@forms.post("/p/<slug>/forms/<int:form_pk>/state")
@allows(Act.FORM_PUBLISH)
@takes("state")
def set_state(project_id: int, form_pk: int) -> Response:
    """Phones see it at their next look at the list."""
    wanted = request.form.get("state", "")
    if wanted not in {*FormState}:
        raise Problem(INVALID_PARAMETER, name="state", reason=", ".join(FormState))
    with unit_of_work() as session:
        actions.set_state(session, actor(), project_id, form_pk, FormState(wanted))
    return redirect(f"/p/{frame.project().slug}/forms?changed={form_pk}", 303)


@forms.get("/p/<slug>/forms/<int:form_pk>/delete")
@allows(Act.FORM_PUBLISH)
def ask(project_id: int, form_pk: int) -> str:
    """What deleting it does, and what not, before it is done."""
    with reading() as session:
        rows = queries.list_forms(session, project_id)
    form = next((row for row in rows if row.form_pk == form_pk), None)
    if form is None:
        raise Problem(NOT_FOUND)
    is_last_open = form.state is FormState.OPEN and _open(rows) == 1
    return frame.page("form_delete.html", here="forms", form=form, is_last_open=is_last_open)


@forms.post("/p/<slug>/forms/<int:form_pk>/delete")
@allows(Act.FORM_PUBLISH)
@takes()
def delete(project_id: int, form_pk: int) -> Response:
    with unit_of_work() as session:
        actions.delete_form(session, actor(), project_id, form_pk)
    return redirect(f"/p/{frame.project().slug}/forms?deleted={form_pk}", 303)


@forms.post("/p/<slug>/forms/<int:form_pk>/restore")
@allows(Act.FORM_PUBLISH)
@takes()
def restore(project_id: int, form_pk: int) -> Response:
    with unit_of_work() as session:
        actions.restore_form(session, actor(), project_id, form_pk)
    return redirect(f"/p/{frame.project().slug}/forms?restored={form_pk}", 303)
