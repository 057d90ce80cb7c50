"""A record is removed and restored through the API, as ODK Central has it. Nothing is erased."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import unit_of_work
from service.review import actions
from service.review.actions import records as review
from service.web import identify
from service.web.api.schemas.sessions import SuccessSchema
from service.web.api.schemas.submissions import RemovalQuery
from service.web.api.submissions import RECORD
from service.web.identify import allows

blp = Blueprint("removals", __name__, description="Records that are taken out, and put back")


@blp.route(RECORD, methods=["DELETE"])
@allows(Act.RECORD_REMOVE)
@blp.arguments(RemovalQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SuccessSchema)
def remove(query: dict[str, Any], project_id: int, form: str, instance_id: str) -> dict[str, bool]:
    """Take a record, with all its versions, out of every list, table and figure. It stays whole
    until somebody restores it; only consent taken back, or its period's end, erases it."""
    actor = identify.actor()
    with unit_of_work() as session:
        named = (project_id, form, instance_id)
        found = review.get_record(session, actor, Act.RECORD_REMOVE, *named)
        key = found.current.submission_pk
        actions.remove_record(session, actor, project_id, key, query["reason"])
    return {"success": True}


@blp.route(f"{RECORD}/restore", methods=["POST"])
@allows(Act.RECORD_REMOVE)
@blp.response(200, SuccessSchema)
def restore(project_id: int, form: str, instance_id: str) -> dict[str, bool]:
    """Put a removed record back: its facts follow, and edits that waited for it take their
    place."""
    actor = identify.actor()
    with unit_of_work() as session:
        named = (project_id, form, instance_id)
        found = review.get_removed(session, actor, Act.RECORD_REMOVE, *named)
        actions.restore_record(session, actor, project_id, found.current.submission_pk)
    return {"success": True}
