"""One entity with its versions, and what two changed: decided field by field."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.entities import actions
from service.entities.versions import LABEL, Side
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import ENTITY_VERSION_CONFLICT, INVALID_PARAMETER, Problem
from service.review.purposes import ALWAYS
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.lists import back

MOST_FIELDS = 60
"""That one page settles; what is left comes with the next."""
SIDES = tuple(f"side{n}" for n in range(MOST_FIELDS))

entity = Blueprint("entity", __name__)


@entity.get("/p/<slug>/lists/<int:list_pk>/entities/<uuid:entity_id>")
@allows(Act.ENTITY_NAMES)
def show(project_id: int, list_pk: int, entity_id: uuid.UUID) -> str:
    """Names are shown: a fresh code and a purpose open the page, and every opening is an entry."""
    purpose = request.args.get("purpose", "")
    told = actions.open_list(actor(), project_id, list_pk).told
    if not purpose and told.ref.telling is not Telling.NOBODY:
        return frame.page(
            "entity_why.html", here="lists", told=told, entity_id=entity_id, purposes=ALWAYS
        )
    return _page(project_id, list_pk, entity_id, _purpose(purpose or Purpose.WORK))


def _purpose(said: str) -> Purpose:
    if said not in ALWAYS:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(ALWAYS))
    return Purpose(said)


def _page(
    project_id: int, list_pk: int, entity_id: uuid.UUID, purpose: Purpose, problem: str = ""
) -> str:
    opened = actions.open_list(actor(), project_id, list_pk, purpose=purpose)
    found = actions.get_history(opened, entity_id)
    return frame.page(
        "entity.html",
        here="lists",
        told=opened.told,
        found=found,
        values=found.current.version.values if found.current.version else None,
        label_key=LABEL,
        conflicts=found.conflicts[:MOST_FIELDS] if found.sees_values else (),
        may_change=policy.may(actor(), Act.ENTITY_CHANGE, project_id),
        purpose=purpose,
        is_noted=opened.sees_names,
        problem=problem,
    )


@entity.post("/p/<slug>/lists/<int:list_pk>/entities/<uuid:entity_id>/resolve")
@allows(Act.ENTITY_CHANGE)
@takes("version", "purpose", *SIDES)
def resolve(
    project_id: int, list_pk: int, entity_id: uuid.UUID
) -> str | tuple[str, int] | Response:
    """Settle what the page showed. The names of fields stay here: a form names them by number."""
    version = request.form.get("version", type=int)
    purpose = _purpose(request.form.get("purpose", ""))
    opened = actions.open_list(actor(), project_id, list_pk)
    with reading() as session:
        names = actions.contradicted_fields(session, opened, entity_id)
    picked = {name: request.form.get(side) for side, name in zip(SIDES, names, strict=False)}
    chosen = {name: Side(side) for name, side in picked.items() if side in list(Side)}
    try:
        with unit_of_work() as session:
            actions.resolve(
                session, actor(), project_id, list_pk, entity_id, chosen, base_version=version
            )
    except Problem as problem:
        if problem.kind is not ENTITY_VERSION_CONFLICT:
            raise
        words = problem.text(frame.page_language())
        return _page(project_id, list_pk, entity_id, purpose, words), 409
    return back(list_pk, "settled")
