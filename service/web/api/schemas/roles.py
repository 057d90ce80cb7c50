"""Roles, and who holds them, in the shape of ODK Central."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import ActorSchema


class RoleSchema(ma.Schema):
    """A role by Central's number and name where Central has it, and by ours where it does not.
    `verbs`: Central's words for what it lets one do."""

    id = ma.fields.Integer(dump_only=True)
    name = ma.fields.String(dump_only=True)
    system = ma.fields.String(dump_only=True)
    created_at = ma.fields.Constant(None, dump_only=True, data_key="createdAt")
    updated_at = ma.fields.Constant(None, dump_only=True, data_key="updatedAt")
    verbs = ma.fields.List(ma.fields.String(), dump_only=True)


class HeldRoleSchema(ma.Schema):
    """A role that a person holds in the project."""

    actor_id = ma.fields.Integer(dump_only=True, data_key="actorId")
    role_id = ma.fields.Integer(dump_only=True, data_key="roleId")
    areas = ma.fields.List(ma.fields.String(), dump_only=True, allow_none=True)
    """Codes of the places to which it is bound; null: it holds everywhere. Central has no such."""
    actor = ma.fields.Nested(ActorSchema, dump_only=True)


class FormAssignmentSchema(ma.Schema):
    """A phone that may fill a form of the project."""

    actor_id = ma.fields.Integer(dump_only=True, data_key="actorId")
    role_id = ma.fields.Constant(2, dump_only=True, data_key="roleId")
    xml_form_id = ma.fields.String(dump_only=True, data_key="xmlFormId")
    actor = ma.fields.Nested(ActorSchema, dump_only=True)
