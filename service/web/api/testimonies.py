"""`/v1/projects/{pid}/testimonies`: which texts may be used now, for a purpose."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading
from service.testimonies.actions import using
from service.testimonies.queries.library import Filters
from service.testimonies.terms import Wanted
from service.web import identify
from service.web.api.schemas.testimonies import TestimoniesQuery, UsableTestimoniesSchema
from service.web.identify import allows

blp = Blueprint("testimonies", __name__, description="Testimonies that may be used")


@blp.route("/v1/projects/<int:project_id>/testimonies", methods=["GET"])
@allows(Act.TESTIMONY_LIBRARY)
@blp.arguments(TestimoniesQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, UsableTestimoniesSchema)
def list_usable(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Texts that were read back to their narrators and released, and that may be used so today, the
    newest first. Codes alone: words are read, and used, on the pages."""
    with reading() as session:
        found = using.list_usable(
            session,
            identify.actor(),
            project_id,
            Wanted(audience=query["audience"], naming=query["attribution"]),
            Filters(language=query["language"], tells_of=query["kind"], province=query["province"]),
            before=query["cursor"],
            limit=query["limit"],
        )
    return {"items": found.texts, "cursor": found.after}
