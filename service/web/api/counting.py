"""`/v1/projects/{pid}/counting`: whether figures count what nobody approved yet."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.facts.counting import Counting, Policy
from service.foundation.db import reading, unit_of_work
from service.review.actions import counting as policies
from service.web import identify
from service.web.api.schemas.central import Moment, Text
from service.web.identify import allows

blp = Blueprint("counting", __name__, description="What figures count")
AT = "/v1/projects/<int:project_id>/counting"


class PolicySchema(ma.Schema):
    """`all_but_rejected` or `approved_only`, and since when."""

    counting = ma.fields.Enum(Counting, by_value=Text, required=True)
    changed_at = Moment(dump_only=True, allow_none=True)


@blp.route(AT, methods=["GET"])
@allows(Act.FIGURES_READ)
@blp.response(200, PolicySchema)
def show(project_id: int) -> Policy:
    """What figures count. Rejected records they never do."""
    with reading() as session:
        return policies.get_policy(session, identify.actor(), project_id)


@blp.route(AT, methods=["PATCH"])
@allows(Act.COUNTING_SET)
@blp.arguments(PolicySchema, error_status_code=400)
@blp.response(200, PolicySchema)
def change(given: dict[str, Any], project_id: int) -> Policy:
    """Count otherwise from now on. Once in 30 days: tables of both kinds can be subtracted."""
    with unit_of_work() as session:
        policies.set_policy(session, identify.actor(), project_id, given["counting"])
        return policies.get_policy(session, identify.actor(), project_id)
