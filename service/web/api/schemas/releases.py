"""Releases as they are asked for and handed out."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import Text
from service.web.api.schemas.indicators import TableSchema


class TableWantedSchema(ma.Schema):
    """One table of a release."""

    indicator = Text(required=True)
    by = ma.fields.List(Text(), load_default=list)


class ReleaseWantedSchema(ma.Schema):
    """What is to be frozen."""

    title = Text(required=True)
    audience = Text(required=True, validate=ma.validate.OneOf(["public", "partner"]))
    tables = ma.fields.List(ma.fields.Nested(TableWantedSchema), required=True)
    corrects = ma.fields.Integer(load_default=None, allow_none=True, strict=True)
    reason = Text(load_default="")


class WordSchema(ma.Schema):
    """What a second person says of a frozen release."""

    said = Text(required=True, validate=ma.validate.OneOf(["published", "dropped"]))


class PaperQuery(ma.Schema):
    """In which language a release is printed."""

    language = Text(load_default="en", validate=ma.validate.OneOf(["en", "km"]))


class PageQuery(ma.Schema):
    """Which page of the list."""

    cursor = ma.fields.Integer(load_default=None, metadata={"description": "As was answered"})
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


class ReleaseToldSchema(ma.Schema):
    """A release, without its tables."""

    number = ma.fields.Integer()
    title = Text()
    audience = Text()
    frozen_at = Text()
    corrects = ma.fields.Integer(allow_none=True)
    sha256 = Text()
    standing = Text(metadata={"description": "frozen, published or dropped"})
    published_at = Text(allow_none=True)


class ReleasesSchema(ma.Schema):
    """A page of them, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ReleaseToldSchema))
    cursor = ma.fields.Integer(allow_none=True)
    more = ma.fields.Boolean()


class FrozenTableSchema(TableSchema):
    """A table as it was frozen."""

    unit = Text()
    carried_from = ma.fields.Integer(
        allow_none=True,
        metadata={"description": "Release whose table stands here once more: too little changed"},
    )


class ReleaseSchema(ReleaseToldSchema):
    """A whole release. What `sha256` is of, `method` says."""

    reason = Text()
    tables = ma.fields.List(ma.fields.Nested(FrozenTableSchema))
    method = ma.fields.Dict()
    signature = Text()
    public_key = Text()
