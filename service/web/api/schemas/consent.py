"""The wire shape of withdrawals."""

from __future__ import annotations

import marshmallow as ma

from service.facts.codes import CONSENT_SCOPE
from service.web.api.schemas.central import Text


class AskingSchema(ma.Schema):
    """A code, or a record and why. Without `scopes` everything is taken back."""

    code = Text(load_only=True, validate=ma.validate.Length(1, 64))
    instance_id = Text(load_only=True, validate=ma.validate.Length(1, 249))
    reason = Text(load_only=True, validate=ma.validate.Length(1, 500))
    scopes = ma.fields.List(Text(validate=ma.validate.OneOf([*CONSENT_SCOPE])), load_default=list)


class AskedSchema(ma.Schema):
    """What whoever asked is told."""

    id = ma.fields.UUID(dump_only=True)
    status = ma.fields.String(dump_only=True)


class WithdrawalQuery(ma.Schema):
    """A page of the list."""

    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = ma.fields.UUID(load_default=None)


class DatesSchema(ma.Schema):
    """From which day on it is nowhere: here, readable in no backup, in no backup at all."""

    live_on = ma.fields.Date(dump_only=True)
    unreadable_on = ma.fields.Date(dump_only=True)
    overwritten_on = ma.fields.Date(dump_only=True)


class ActSchema(ma.Schema):
    """What the audit log knows of its use. `is_wide`: in a list, a form or a whole project in which
    it may have stood; `records`: of how many records the widest of those was."""

    act = ma.fields.String(dump_only=True)
    times = ma.fields.Integer(dump_only=True)
    first = ma.fields.String(dump_only=True)
    last = ma.fields.String(dump_only=True)
    is_wide = ma.fields.Boolean(dump_only=True)
    records = ma.fields.Integer(dump_only=True, allow_none=True)


class WithdrawalSchema(ma.Schema):
    """One withdrawal. It names nobody."""

    id = ma.fields.UUID(dump_only=True)
    asked_at = ma.fields.AwareDateTime(dump_only=True)
    channel = ma.fields.String(dump_only=True)
    reason = ma.fields.String(dump_only=True)
    status = ma.fields.String(dump_only=True)
    scopes = ma.fields.List(ma.fields.String(), dump_only=True)
    instances = ma.fields.Integer(dump_only=True)
    counted = ma.fields.List(ma.fields.String(), dump_only=True)
    acts = ma.fields.List(ma.fields.Nested(ActSchema), dump_only=True)
    first_received_on = ma.fields.Date(dump_only=True, allow_none=True)
    dates = ma.fields.Nested(DatesSchema, dump_only=True, allow_none=True)


class WithdrawalListSchema(ma.Schema):
    """A page of withdrawals."""

    items = ma.fields.List(ma.fields.Nested(WithdrawalSchema), dump_only=True)
    cursor = ma.fields.String(dump_only=True, allow_none=True)
    more = ma.fields.Boolean(dump_only=True)
