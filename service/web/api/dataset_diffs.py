"""`…/forms/{fid}/dataset-diff`: what a form does to entity lists, as ODK Central tells it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions
from service.entities.actions import ComparedList
from service.foundation.db import reading
from service.web import identify
from service.web.api import conditional
from service.web.api.drafts import DRAFT
from service.web.api.forms import ONE
from service.web.api.schemas.datasets import DatasetDiffSchema
from service.web.identify import allows

blp = Blueprint("dataset_diffs", __name__, description="What forms do to entity lists")


@blp.route(f"{ONE}/dataset-diff", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200, DatasetDiffSchema(many=True))
def of_form(project_id: int, form: str) -> Response:
    """The lists of the offered version: each property, and whether the form names it."""
    with reading() as session:
        found = actions.compare_offered(session, identify.actor(), project_id, form)
    return conditional.answer([_told(one, of_draft=False) for one in found])


@blp.route(f"{DRAFT}/dataset-diff", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, DatasetDiffSchema(many=True))
def of_draft(project_id: int, form: str) -> Response:
    """The same of the draft, and which lists and properties publishing it would make."""
    with reading() as session:
        found = actions.compare_draft(session, identify.actor(), project_id, form)
    return conditional.answer([_told(one, of_draft=True) for one in found])


def _told(one: ComparedList, *, of_draft: bool) -> dict[str, Any]:
    """Of what is published nothing is new, and Central does not say so."""

    def new(is_new: bool) -> dict[str, bool]:
        return {"isNew": is_new} if of_draft else {}

    return {
        "name": one.name,
        **new(one.is_new),
        "properties": [
            {"name": each.name, **new(each.is_new), "inForm": each.in_form}
            for each in one.properties
        ],
    }
