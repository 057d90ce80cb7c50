"""The wire shape of JSON sync. Items are read by `intake.readers.json_item`, which is stricter and
quicker; a test holds the two to one verdict."""

from __future__ import annotations

import marshmallow as ma

from service.intake.actions.batches import MOST_ITEMS, Status
from service.intake.readers import json_item

_ID = [
    ma.validate.Length(1, json_item.MAX_ID),
    ma.validate.Regexp(json_item.ID_PATTERN, error="An ID has no blanks and no slash."),
]


class ItemSchema(ma.Schema):
    """One filled-in form. Groups are objects, repeats are lists of objects, a select_multiple is a
    list of codes."""

    id = ma.fields.String(required=True, validate=_ID)
    form_id = ma.fields.String(required=True, validate=ma.validate.Length(1, 249))
    version = ma.fields.String(load_default="", validate=ma.validate.Length(max=249))
    recorded_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)
    answers = ma.fields.Dict(keys=ma.fields.String(), required=True)
    edits = ma.fields.String(load_default=None, allow_none=True, validate=_ID)
    attachments = ma.fields.List(ma.fields.String(validate=ma.validate.Length(1, 255)))


class BatchSchema(ma.Schema):
    """What an app has to send."""

    device_id = ma.fields.String(load_default=None, allow_none=True)
    items = ma.fields.List(
        ma.fields.Nested(ItemSchema), required=True, validate=ma.validate.Length(max=MOST_ITEMS)
    )


class ItemProblemSchema(ma.Schema):
    """Why an item was not kept, and what to do."""

    code = ma.fields.String()
    message = ma.fields.String()
    details = ma.fields.Dict()


class ResultSchema(ma.Schema):
    """What became of one item."""

    id = ma.fields.String(allow_none=True)
    status = ma.fields.String(validate=ma.validate.OneOf([one.value for one in Status]))
    missing_attachments = ma.fields.List(ma.fields.String())
    problem = ma.fields.Nested(ItemProblemSchema, allow_none=True)


class HeldSchema(ma.Schema):
    """How many bytes of a file are held, of how many; `total` is null where none came yet."""

    held = ma.fields.Integer()
    total = ma.fields.Integer(allow_none=True)
    complete = ma.fields.Boolean(attribute="is_complete")


class PushedSchema(ma.Schema):
    """One result for each item, in their order, and where the next pull begins."""

    results = ma.fields.List(ma.fields.Nested(ResultSchema))
    cursor = ma.fields.String(allow_none=True)
