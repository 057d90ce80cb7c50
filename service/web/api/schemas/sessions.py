"""Sign-in and sign-out, in the shape of ODK Central."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import Moment, Text


class SessionSchema(ma.Schema):
    """A session: credentials in, tokens out. Unknown fields are refused."""

    email = Text(required=True, load_only=True, validate=ma.validate.Length(max=254))
    password = Text(required=True, load_only=True, validate=ma.validate.Length(max=1024))
    totp = Text(load_only=True, load_default="", validate=ma.validate.Length(max=32))
    token = ma.fields.String(dump_only=True)
    refresh_token = ma.fields.String(dump_only=True)
    csrf = ma.fields.String(dump_only=True, allow_none=True)
    created_at = ma.fields.String(dump_only=True, data_key="createdAt")
    expires_at = ma.fields.String(dump_only=True, data_key="expiresAt")


class RefreshSchema(ma.Schema):
    """What a session is renewed by."""

    refresh_token = Text(required=True, load_only=True, validate=ma.validate.Length(max=1024))


class CurrentUserSchema(ma.Schema):
    """Who is signed in."""

    id = ma.fields.Integer(dump_only=True)
    type = ma.fields.String(dump_only=True)
    display_name = ma.fields.String(dump_only=True, data_key="displayName")
    email = ma.fields.String(dump_only=True)
    language = ma.fields.String(dump_only=True)
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = ma.fields.Constant(None, dump_only=True, data_key="updatedAt")
    deleted_at = ma.fields.Constant(None, dump_only=True, data_key="deletedAt")


class SuccessSchema(ma.Schema):
    success = ma.fields.Boolean(dump_only=True)
