"""The wire shape of entries of the audit log."""

from __future__ import annotations

import marshmallow as ma

MOST = 500


class AuditQuery(ma.Schema):
    """`action` and `actor_id`: only such entries. `before`: as the page before gave it."""

    action = ma.fields.String(load_default=None, validate=ma.validate.Length(1, 48))
    actor_id = ma.fields.Integer(load_default=None, data_key="actorId")
    before = ma.fields.String(load_default=None, validate=ma.validate.Length(1, 4000))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, MOST))


class AuditEntrySchema(ma.Schema):
    """Who (null: the server itself) did what, to what, and when."""

    id = ma.fields.UUID(attribute="entry_pk")
    at = ma.fields.AwareDateTime()
    actor_id = ma.fields.Integer(allow_none=True, data_key="actorId")
    actor_name = ma.fields.String(attribute="name", allow_none=True, data_key="actorName")
    action = ma.fields.String()
    subject = ma.fields.String()
    details = ma.fields.Dict()


class AuditPageSchema(ma.Schema):
    """Entries, the newest first. `next`: the `before` of the next page; null: this was the last. A
    page with few entries, or none, need not be the last."""

    items = ma.fields.List(ma.fields.Nested(AuditEntrySchema))
    next = ma.fields.String(allow_none=True)
