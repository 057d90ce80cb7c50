"""`GET /v1/projects/{pid}/audits`: the audit log of a project, for those who answer for it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading
from service.review.actions import reading_log
from service.web import identify
from service.web.api.schemas.audits import AuditPageSchema, AuditQuery
from service.web.identify import allows

blp = Blueprint("audits", __name__, description="Who did what in a project, and when")


@blp.route("/v1/projects/<int:project_id>/audits", methods=["GET"])
@allows(Act.AUDIT_READ)
@blp.arguments(AuditQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, AuditPageSchema)
def list_entries(
    query: dict[str, Any], project_id: int
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Entries of the log, the newest first: ids and codes, no names of people and no answers.
    Whoever is bound to an area gets what was done to records there, and what she did herself."""
    with reading() as session:
        found, following = reading_log.list_entries(
            session,
            identify.actor(),
            project_id,
            action=query["action"],
            who=query["actor_id"],
            before=query["before"],
            limit=query["limit"],
        )
    return {"items": found, "next": following}, 200, {"Cache-Control": "no-store"}
