"""`…/submissions/{id}/diffs`: what each edit of a record changed, as ODK Central tells it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.review.actions import comparing
from service.review.actions import records as review
from service.review.diffs import ABSENT, Change
from service.web import identify
from service.web.api import conditional, pulling
from service.web.api.schemas.submissions import PurposeQuery
from service.web.api.submissions import RECORD
from service.web.identify import allows

blp = Blueprint("diffs", __name__, description="What edits changed")

CHANGE = {
    "type": "object",
    "required": ["path"],
    "properties": {
        "path": {"type": "array", "items": {}},
        "old": {"nullable": True},
        "new": {"nullable": True},
    },
}
CHANGES = {"type": "object", "additionalProperties": {"type": "array", "items": CHANGE}}


@blp.route(f"{RECORD}/diffs", methods=["GET"])
@allows(Act.ANSWERS_READ)
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.alt_response(200, schema=CHANGES, description="{instance ID of a version: changes}")
def show(_query: dict[str, Any], project_id: int, form: str, instance_id: str) -> Response:
    """For each version but the first, by its instance ID, what is not as it was before: `path`,
    `old`, `new`. What may not be seen is null in what came or went as a whole, and no change by
    itself."""
    wanted, actor = pulling.purpose_of_look(), identify.actor()
    with review.session_for(actor, project_id, wanted) as session:
        found = review.get_record(session, actor, Act.ANSWERS_READ, project_id, form, instance_id)
        changed = comparing.list_changes(session, actor, project_id, found, wanted)
    told = {version: [told_change(one) for one in changes] for version, changes in changed.items()}
    return conditional.answer(told)


def told_change(one: Change) -> dict[str, Any]:
    told: dict[str, Any] = {"path": one.path}
    if one.old is not ABSENT:
        told["old"] = one.old
    if one.new is not ABSENT:
        told["new"] = one.new
    return told
