"""The wire shape of JSON sync. Items are read by `intake.readers.json_item`, which is stricter and
quicker; a test holds the two to one verdict."""

from __future__ import annotations

import marshmallow as ma

from service.intake.actions.batches import MOST_ITEMS, Status
from service.intake.readers import json_item
from service.review.states import Reason, Stage
from service.web.api.schemas.central import Text

_ID = [
    ma.validate.Length(1, json_item.MAX_ID),
    ma.validate.Regexp(json_item.ID_PATTERN, error="An ID has no blanks and no slash."),
]


class ItemSchema(ma.Schema):
    """One filled-in form. Groups are objects, repeats are lists of objects, a select_multiple is a
    list of codes."""

    id = Text(required=True, validate=_ID)
    form_id = Text(required=True, validate=ma.validate.Length(1, 249))
    version = Text(load_default="", validate=ma.validate.Length(max=249))
    recorded_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)
    answers = ma.fields.Dict(keys=Text(), required=True)
    edits = Text(load_default=None, allow_none=True, validate=_ID)
    attachments = ma.fields.List(Text(validate=ma.validate.Length(1, 255)))


class BatchSchema(ma.Schema):
    """What an app has to send."""

    device_id = Text(load_default=None, allow_none=True)
    cursor = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "Where your pulls have come to; the answer gives it back"},
    )
    items = ma.fields.List(
        ma.fields.Nested(ItemSchema), required=True, validate=ma.validate.Length(max=MOST_ITEMS)
    )


class ItemProblemSchema(ma.Schema):
    """Why an item was not kept, and what to do."""

    code = Text()
    message = Text()
    details = ma.fields.Dict()


class ResultSchema(ma.Schema):
    """What became of one item."""

    id = Text(allow_none=True)
    status = Text(validate=ma.validate.OneOf([one.value for one in Status]))
    missing_attachments = ma.fields.List(Text())
    problem = ma.fields.Nested(ItemProblemSchema, allow_none=True)


class HeldSchema(ma.Schema):
    """How many bytes of a file are held, of how many; `total` is null where none came yet."""

    held = ma.fields.Integer()
    total = ma.fields.Integer(allow_none=True)
    complete = ma.fields.Boolean(attribute="is_complete")


MAX_CURSOR = 16_000
"""It says where the app is in each of some dozens of lists."""


class PullQuery(ma.Schema):
    """Where to go on."""

    cursor = Text(load_default=None, validate=ma.validate.Length(max=MAX_CURSOR))
    limit = ma.fields.Integer(load_default=500, validate=ma.validate.Range(1, 1000))


class OfferedFormSchema(ma.Schema):
    """A form to fetch, as the form list has it."""

    form_id = Text()
    version = Text()
    title = Text()
    hash = Text()
    download_url = Text()


class ChangeSchema(ma.Schema):
    """One thing that is not as it was. `id`, `form_id` and what follows: of an item; `list`: of an
    entity list, or of an entity, by an `id` that this caller alone knows it by."""

    type = Text(validate=ma.validate.OneOf(["item", "forms", "entity_list", "entity"]))
    id = Text()
    form_id = Text()
    status = Text()
    reason = Text(allow_none=True)
    attachments_expected = ma.fields.Integer()
    attachments_present = ma.fields.Integer()
    changed_at = Text()
    review = Text(
        allow_none=True,
        validate=ma.validate.OneOf([one.value for one in Stage]),
        metadata={"description": "Of an item that is stored: where it stands in the office"},
    )
    reasons = ma.fields.List(
        Text(validate=ma.validate.OneOf([one.value for one in Reason])),
        metadata={"description": "Why it was returned"},
    )
    forms = ma.fields.List(ma.fields.Nested(OfferedFormSchema))
    list_ = Text(data_key="list", attribute="list")
    properties = ma.fields.List(Text(), allow_none=True)
    forget = ma.fields.Boolean()
    entity_id = Text(allow_none=True)
    entity_version = ma.fields.Integer(allow_none=True)
    label = Text(allow_none=True)
    data = ma.fields.Dict(keys=Text(), values=Text(), allow_none=True)


class PulledSchema(ma.Schema):
    """What changed since the cursor, oldest first."""

    changes = ma.fields.List(ma.fields.Nested(ChangeSchema))
    cursor = Text()
    more = ma.fields.Boolean()


class PushedSchema(ma.Schema):
    """One result for each item, in their order, and where the next pull begins."""

    results = ma.fields.List(ma.fields.Nested(ResultSchema))
    cursor = Text(allow_none=True)
