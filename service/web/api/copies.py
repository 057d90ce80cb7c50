"""`…/copies`: what contradicts a record and waits for somebody to decide, for programs. The pages
do the same (decision 0046); ODK Central refuses such copies, and has no such call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts import policy
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import COPY_SETTLED, Problem
from service.intake.queries import copies
from service.intake.queries.copies import Copy
from service.review.actions import comparing, settling
from service.review.actions import records as review
from service.web import identify
from service.web.api import pulling
from service.web.api.diffs import told_change
from service.web.api.schemas.copies import ComparedSchema, CopiesQuery, CopySchema, Waits
from service.web.api.schemas.sessions import SuccessSchema
from service.web.api.schemas.submissions import PurposeQuery
from service.web.identify import allows

blp = Blueprint("copies_api", __name__, description="Copies that contradict what stands")
LIST = "/v1/projects/<int:project_id>/copies"
ONE = f"{LIST}/<uuid:submission>"


@blp.route(LIST, methods=["GET"])
@allows(Act.SUBMISSION_LIST)
@blp.arguments(CopiesQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, CopySchema(many=True))
def list_all(query: dict[str, Any], project_id: int) -> Sequence[Copy]:
    """Copies that wait, the newest first, or (`state=aside`) those that somebody set aside."""
    reach = policy.reach(identify.actor(), Act.SUBMISSION_LIST, project_id)
    with reading() as session:
        return copies.list_copies(
            session,
            project_id,
            reach,
            is_set_aside=query["state"] is Waits.ASIDE,
            form_id=query["form"],
            after=query["after"],
            limit=query["limit"],
        )


@blp.route(ONE, methods=["GET"])
@allows(Act.ANSWERS_READ)
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, ComparedSchema)
def show(_query: dict[str, Any], project_id: int, submission: uuid.UUID) -> dict[str, Any]:
    """What a copy says otherwise than the record that stands: `path`, `old`, `new`. What may not be
    seen is no change. More than codes is seen by who may, for a `purpose` that the people of both
    allow, and the log says so. 409.35 for what waits no more."""
    wanted, actor = pulling.purpose_of_look(), identify.actor()
    with review.session_for(actor, project_id, wanted) as session:
        thing, copy = comparing.find_copy(session, actor, project_id, submission)
        if copy is None:
            raise Problem(COPY_SETTLED)
        standing = comparing.get_standing(session, actor, project_id, copy)
        found = comparing.compare_copy(session, actor, project_id, standing, wanted)
    return {
        "copy": copy,
        "against": standing.against,
        "record": standing.record.first.instance_id if standing.record else None,
        "changes": None if found is None else [told_change(one) for one in found.changes],
        **vars(comparing.decisions(actor, project_id, thing, standing)),
    }


@blp.route(f"{ONE}/set-aside", methods=["POST"])
@allows(Act.RECORD_REMOVE)
@blp.response(200, SuccessSchema)
def set_aside(project_id: int, submission: uuid.UUID) -> dict[str, bool]:
    """What stands, stays. The copy waits no more, and does not come back when it is sent again."""
    return _done(settling.set_aside, project_id, submission)


@blp.route(f"{ONE}/wait-again", methods=["POST"])
@allows(Act.RECORD_REMOVE)
@blp.response(200, SuccessSchema)
def wait_again(project_id: int, submission: uuid.UUID) -> dict[str, bool]:
    """Undo that."""
    return _done(settling.wait_again, project_id, submission)


@blp.route(f"{ONE}/put-in-place", methods=["POST"])
@allows(Act.SUBMISSION_EDIT)
@blp.response(200, SuccessSchema)
def put_in_place(project_id: int, submission: uuid.UUID) -> dict[str, bool]:
    """The copy becomes the record's present version, as an edit by whoever decides. 409.36 where it
    names no record that stands."""
    return _done(settling.put_in_place, project_id, submission)


@blp.route(f"{ONE}/take-out", methods=["POST"])
@allows(Act.SUBMISSION_EDIT)
@blp.response(200, SuccessSchema)
def take_out(project_id: int, submission: uuid.UUID) -> dict[str, bool]:
    """Undo that, while no edit has replaced it: what stood stands again, and the copy waits."""
    return _done(settling.take_out, project_id, submission)


def _done(settle: Callable[..., None], project_id: int, key: uuid.UUID) -> dict[str, bool]:
    with unit_of_work() as session:
        settle(session, identify.actor(), project_id, key)
    return {"success": True}
