"""Projects, phones and who may fill which form, in the shape of ODK Central."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import ActorSchema, Moment, Text


class ProjectSchema(ma.Schema):
    """A body of work with its own forms, people and phones; its counts only where the extended
    metadata are asked for."""

    id = ma.fields.Integer(dump_only=True)
    name = ma.fields.String(dump_only=True)
    description = ma.fields.Constant(None, dump_only=True)
    archived = ma.fields.Constant(None, dump_only=True)
    key_id = ma.fields.Constant(None, dump_only=True, data_key="keyId")
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = ma.fields.Constant(None, dump_only=True, data_key="updatedAt")
    deleted_at = ma.fields.Constant(None, dump_only=True, data_key="deletedAt")
    forms = ma.fields.Integer(dump_only=True, allow_none=True)
    app_users = ma.fields.Integer(dump_only=True, allow_none=True, data_key="appUsers")
    datasets = ma.fields.Integer(dump_only=True, allow_none=True)
    last_submission = Moment(dump_only=True, allow_none=True, data_key="lastSubmission")
    last_entity = Moment(dump_only=True, allow_none=True, data_key="lastEntity")
    verbs = ma.fields.List(ma.fields.String(), dump_only=True)


class AppUserSchema(ma.Schema):
    """A phone. Its token stands in the answer that makes it, and nowhere else."""

    id = ma.fields.Integer(dump_only=True)
    project_id = ma.fields.Integer(dump_only=True, data_key="projectId")
    type = ma.fields.Constant("field_key", dump_only=True)
    display_name = Text(
        required=True, data_key="displayName", validate=ma.validate.Length(min=1, max=120)
    )
    token = ma.fields.String(dump_only=True, allow_none=True)
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = Moment(dump_only=True, data_key="updatedAt")
    deleted_at = ma.fields.Constant(None, dump_only=True, data_key="deletedAt")
    created_by = ma.fields.Nested(ActorSchema, dump_only=True, data_key="createdBy")
    last_used = Moment(dump_only=True, data_key="lastUsed")


class AssignmentSchema(ma.Schema):
    """A phone that may fill a form."""

    actor_id = ma.fields.Integer(dump_only=True, data_key="actorId")
    role_id = ma.fields.Constant(2, dump_only=True, data_key="roleId")
    actor = ma.fields.Nested(ActorSchema, dump_only=True)
