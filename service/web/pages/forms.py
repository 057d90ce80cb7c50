"""Forms: which of them phones are offered, and which still take records; changed by a button."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.forms import actions, queries
from service.forms.states import FormState
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame

forms = Blueprint("forms", __name__)


@forms.get("/p/<slug>/forms")
@allows(Act.FORM_PUBLISH)
def show_list(project_id: int) -> str:
    with reading() as session:
        rows = queries.list_forms(session, project_id)
    changed = request.args.get("changed", type=int)
    return frame.page(
        "forms.html",
        here="forms",
        rows=rows,
        states=[*FormState],
        changed=next((row for row in rows if row.form_pk == changed), None),
        is_last_open=sum(row.state is FormState.OPEN for row in rows) == 1,
    )


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
