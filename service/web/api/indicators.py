"""`/v1/projects/{pid}/indicators`: the catalogue, and one protected table at a time."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, jsonify
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.indicators import actions
from service.indicators.catalogue import INDICATORS, MISSING
from service.web import identify
from service.web.api.schemas.indicators import IndicatorSchema, TableQuery, TableSchema
from service.web.identify import allows

blp = Blueprint("indicators", __name__, description="Figures that betray nobody")


@blp.route("/v1/projects/<int:project_id>/indicators", methods=["GET"])
@allows(Act.FIGURES_READ)
@blp.response(200, IndicatorSchema(many=True))
def catalogue(project_id: int) -> list[dict[str, Any]]:
    """All indicators with the breakdowns that the caller may ask for, for each audience; and those
    that cannot be computed yet, with what they would need."""
    actor = identify.actor()
    computed = [
        {
            "id": one.id,
            "pillar": one.pillar,
            "title": one.title,
            "unit": one.unit,
            "frameworks": one.frameworks,
            "breakdowns": {
                audience.value: actions.grid_for(actor, project_id, one, audience)
                for audience in (Audience.PUBLIC, Audience.PARTNER)
            },
        }
        for one in INDICATORS.values()
    ]
    missing = [
        {
            "id": one.id,
            "pillar": one.pillar,
            "title": one.title,
            "unit": "",
            "frameworks": one.frameworks,
            "breakdowns": {},
            "needs": one.needs,
        }
        for one in MISSING.values()
    ]
    return computed + missing


@blp.route("/v1/projects/<int:project_id>/indicators/<indicator_id>", methods=["GET"])
@allows(Act.FIGURES_READ)
@blp.arguments(TableQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.alt_response(200, schema=TableSchema)
def table(query: dict[str, Any], project_id: int, indicator_id: str) -> Response:
    """One table, hidden cells hidden as for the audience asked for."""
    with reading(may_lag=True) as session:
        safe = actions.show(
            session,
            identify.actor(),
            project_id,
            indicator_id,
            tuple(name for name in query["by"].split(",") if name),
            query["audience"],
            query["period_from"],
            query["period_to"],
            query["as_of"],
        )
    if query["audience"] == Audience.INTERNAL:
        with unit_of_work() as session:
            actions.note_unhidden(session, identify.actor(), project_id, indicator_id)
    return jsonify(safe.as_dict())
