"""Records, their versions, files, comments, in the shape of ODK Central."""

from __future__ import annotations

import marshmallow as ma

from service.review.flags.kinds import Code
from service.review.removing import Why
from service.review.states import ReviewState
from service.web.api.schemas.central import ActorSchema, Moment, Text, YesNo


class VersionSchema(ma.Schema):
    """One version of a record. `deviceId` stands for the phone's own id; `instanceName`, which
    often names somebody, is always null."""

    instance_id = ma.fields.String(dump_only=True, data_key="instanceId")
    instance_name = ma.fields.Constant(None, dump_only=True, data_key="instanceName")
    submitter_id = ma.fields.Integer(dump_only=True, data_key="submitterId")
    device_id = ma.fields.String(dump_only=True, allow_none=True, data_key="deviceId")
    user_agent = ma.fields.String(dump_only=True, allow_none=True, data_key="userAgent")
    form_version = ma.fields.String(dump_only=True, data_key="formVersion")
    created_at = Moment(dump_only=True, data_key="createdAt")
    current = ma.fields.Boolean(dump_only=True)
    submitter = ma.fields.Nested(ActorSchema, dump_only=True)


class SubmissionSchema(ma.Schema):
    """A record: by its first version, and with its present one."""

    instance_id = ma.fields.String(dump_only=True, data_key="instanceId")
    instance_name = ma.fields.Constant(None, dump_only=True, data_key="instanceName")
    submitter_id = ma.fields.Integer(dump_only=True, data_key="submitterId")
    device_id = ma.fields.String(dump_only=True, allow_none=True, data_key="deviceId")
    user_agent = ma.fields.String(dump_only=True, allow_none=True, data_key="userAgent")
    review_state = ma.fields.Enum(
        ReviewState, by_value=True, dump_only=True, allow_none=True, data_key="reviewState"
    )
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = Moment(dump_only=True, allow_none=True, data_key="updatedAt")
    deleted_at = Moment(dump_only=True, allow_none=True, data_key="deletedAt")
    submitter = ma.fields.Nested(ActorSchema, dump_only=True)
    current_version = ma.fields.Nested(VersionSchema, dump_only=True, data_key="currentVersion")


class SubmissionsQuery(ma.Schema):
    """Which part of the list; all of it without these. `deleted`: those that were removed."""

    limit = ma.fields.Integer(load_default=None, validate=ma.validate.Range(min=0))
    offset = ma.fields.Integer(load_default=0, validate=ma.validate.Range(min=0))
    deleted = YesNo(load_default=False)


class SentQuery(ma.Schema):
    device_id = Text(load_default="", data_key="deviceID")


class PurposeQuery(ma.Schema):
    """What the answers are wanted for; without it: `work`."""

    purpose = Text(load_default=None)


class RemovalQuery(ma.Schema):
    """Why a record is removed. Central asks for no reason: without one it is `other`."""

    reason = ma.fields.Enum(Why, by_value=Text, load_default=Why.OTHER)


class ReviewSchema(ma.Schema):
    review_state = ma.fields.Enum(
        ReviewState, by_value=True, allow_none=True, data_key="reviewState"
    )


class CommentSchema(ma.Schema):
    """What somebody of the team said of a record."""

    body = Text(required=True, validate=ma.validate.Length(min=1, max=10_000))
    actor_id = ma.fields.Integer(dump_only=True, data_key="actorId")
    created_at = Moment(dump_only=True, data_key="createdAt")
    actor = ma.fields.Nested(ActorSchema, dump_only=True)


class FileSchema(ma.Schema):
    """A file that a record names."""

    name = ma.fields.String(dump_only=True)
    exists = ma.fields.Boolean(dump_only=True, attribute="is_here")


class KeySchema(ma.Schema):
    """A key that Central would manage."""

    id = ma.fields.Integer(dump_only=True)
    public = ma.fields.String(dump_only=True)
    managed = ma.fields.Boolean(dump_only=True)
    hint = ma.fields.String(dump_only=True, allow_none=True)


class FlagReasonSchema(ma.Schema):
    """One sentence of an explanation: which, what is filled into it, and in words."""

    why = ma.fields.String(dump_only=True)
    values = ma.fields.Dict(keys=ma.fields.String(), dump_only=True)
    en = ma.fields.String(dump_only=True)
    km = ma.fields.String(dump_only=True)


class FlagSchema(ma.Schema):
    """What a rule noticed of a record, and who looked at it since."""

    code = ma.fields.Enum(Code, by_value=True, dump_only=True)
    reasons = ma.fields.List(ma.fields.Nested(FlagReasonSchema), dump_only=True)
    made_at = Moment(dump_only=True, data_key="madeAt")
    looked_at = Moment(dump_only=True, allow_none=True, data_key="lookedAt")
    looked_by = ma.fields.String(dump_only=True, allow_none=True, data_key="lookedByName")


class LookSchema(ma.Schema):
    """Which of them somebody looked at."""

    code = ma.fields.Enum(Code, by_value=Text, required=True)
