"""What a look at a record found, and the team's comments on it, as ODK Central has it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.accounts.queries.actors import SYSTEM_ID
from service.foundation.db import reading, unit_of_work
from service.review.actions import comments as team
from service.review.actions import deciding, flagging
from service.review.actions import records as review
from service.review.flags.kinds import Code
from service.review.queries import records
from service.review.queries.deciding import find_look
from service.review.queries.records import RecordTold
from service.web import extended, identify
from service.web.api import submissions
from service.web.api.schemas.central import AuditSchema
from service.web.api.schemas.submissions import (
    CommentSchema,
    FlagSchema,
    LookSchema,
    ReviewSchema,
    SubmissionSchema,
)
from service.web.identify import allows
from service.web.pages import flag_panel

blp = Blueprint("reviews", __name__, description="What the team says of records")


@blp.route(submissions.RECORD, methods=["PATCH"])
@allows(Act.REVIEW_STATE)
@blp.arguments(ReviewSchema, error_status_code=400)
@blp.response(200, SubmissionSchema)
def decide(given: dict[str, Any], project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """Say what a look at a record's present version found; null takes that back. An edit that
    comes later makes it `edited` again. Testimony is approved by two people: after the first, the
    state that is answered is still the one from before."""
    actor = identify.actor()
    with unit_of_work() as session:
        named = (project_id, form, instance_id)
        found = review.get_record(session, actor, Act.REVIEW_STATE, *named)
        if "review_state" in given:
            deciding.decide(session, actor, project_id, found, given["review_state"])
            found = review.get_record(session, actor, Act.REVIEW_STATE, *named)
        return submissions.told(session, found)


@blp.route(f"{submissions.RECORD}/audits", methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, AuditSchema(many=True))
def list_audits(project_id: int, form: str, instance_id: str) -> list[dict[str, Any]]:
    """Who sent and edited a record and who looked at it last, the newest first; no answers."""
    actor = identify.actor()
    with reading() as session:
        found = review.get_record(session, actor, Act.RECORD_READ, project_id, form, instance_id)
        versions = records.list_versions(session, project_id, found.record_pk)
        look = find_look(session, project_id, found.record_pk)
        told: list[dict[str, Any]] = [
            {
                "actor_id": one.submitter_id or SYSTEM_ID,
                "action": f"submission.{'create' if is_first else 'update.version'}",
                "details": {"instanceId": one.instance_id},
                "logged_at": one.received_at,
            }
            for one in versions
            for is_first in (one.submission_pk == found.record_pk,)
        ]
        if look is not None:
            told.append(
                {
                    "actor_id": look.decided_by or SYSTEM_ID,
                    "action": "submission.update",
                    "details": {"reviewState": look.state},
                    "logged_at": look.decided_at,
                }
            )
        if extended.is_extended():
            by_id = actors.find_actors(session, [one["actor_id"] for one in told])
            told = [{**one, "actor": by_id.get(one["actor_id"])} for one in told]
    return sorted(told, key=lambda one: one["logged_at"], reverse=True)


@blp.route(f"{submissions.RECORD}/flags", methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, FlagSchema(many=True))
def list_flags(project_id: int, form: str, instance_id: str) -> list[dict[str, Any]]:
    """What about a record's present version wants a second look, and why: each reason by its code
    and what led to it, and in words, in English and Khmer; none where consent allows nobody to
    read coded answers. None of them stops anything. Ours: Central has no such list."""
    named = (project_id, form, instance_id)
    with reading() as session:
        found = review.get_record(session, identify.actor(), Act.RECORD_READ, *named)
        return _flags(session, project_id, found)


@blp.route(f"{submissions.RECORD}/flags", methods=["POST"])
@allows(Act.REVIEW_STATE)
@blp.arguments(LookSchema, error_status_code=400)
@blp.response(200, FlagSchema(many=True))
def look_at_flag(
    given: dict[str, Code], project_id: int, form: str, instance_id: str
) -> list[dict[str, Any]]:
    """Say that somebody looked: it is told no more. Answers the list as it is then."""
    actor, named = identify.actor(), (project_id, form, instance_id)
    with unit_of_work() as session:
        found = review.get_record(session, actor, Act.REVIEW_STATE, *named)
        version = found.current.submission_pk
        flagging.look_at_flag(session, actor, project_id, version, given["code"])
        return _flags(session, project_id, found)


def _flags(session: Any, project_id: int, found: RecordTold) -> list[dict[str, Any]]:
    """The record that one is compared with has a key that says nothing here: it is left out."""
    told = []
    reach = policy.reach(identify.actor(), Act.RECORD_READ, project_id)
    for one in flagging.tell(session, project_id, found.current.submission_pk, reach):
        reasons = [
            {
                "why": reason.why,
                "values": {k: v for k, v in reason.values.items() if k != "other"},
                "en": flag_panel.explain([reason], "en")[0],
                "km": flag_panel.explain([reason], "km")[0],
            }
            for reason in one.reasons
        ]
        told.append({**vars(one), "reasons": reasons})
    return told


@blp.route(f"{submissions.RECORD}/comments", methods=["GET"])
@allows(Act.REVIEW_COMMENT)
@blp.response(200, CommentSchema(many=True))
def list_comments(project_id: int, form: str, instance_id: str) -> list[dict[str, Any]]:
    """The team's comments on a record, the newest first."""
    actor = identify.actor()
    with unit_of_work() as session:
        found = review.get_record(session, actor, Act.REVIEW_COMMENT, project_id, form, instance_id)
        comments = team.list_comments(session, actor, project_id, found)
        by_id = actors.find_actors(session, (one.actor_id for one in comments))
    return [_told(one, by_id if extended.is_extended() else None) for one in comments]


@blp.route(f"{submissions.RECORD}/comments", methods=["POST"])
@allows(Act.REVIEW_COMMENT)
@blp.arguments(CommentSchema, error_status_code=400)
@blp.response(200, CommentSchema)
def comment(given: dict[str, str], project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """Say something of a record. It is sealed, and goes with the record."""
    actor = identify.actor()
    with unit_of_work() as session:
        found = review.get_record(session, actor, Act.REVIEW_COMMENT, project_id, form, instance_id)
        return _told(team.add_comment(session, actor, project_id, found, given["body"]))


def _told(one: team.Comment, by_id: Any = None) -> dict[str, Any]:
    told = {
        "body": one.body,
        "actor_id": one.actor_id or actors.SYSTEM_ID,
        "created_at": one.created_at,
    }
    return told if by_id is None else {**told, "actor": by_id.get(one.actor_id)}
