"""Testimonies that may be used now, as programs read them: codes, no words and no names. Ours."""

from __future__ import annotations

import marshmallow as ma

from service.testimonies.actions.writing import LANGUAGES
from service.testimonies.terms import Audience, Kind, Naming
from service.web.api.schemas.central import Text

MOST_ROWS = 200


class TestimoniesQuery(ma.Schema):
    """For what they are wanted, and which of them; the next page begins after the `cursor` of this
    one."""

    audience = ma.fields.Enum(Audience, by_value=Text, load_default=Audience.CAMBODIA)
    attribution = ma.fields.Enum(Naming, by_value=Text, load_default=Naming.NONE)
    language = Text(load_default="", validate=ma.validate.OneOf(["", *LANGUAGES]))
    kind = Text(load_default="", validate=ma.validate.Length(max=24))
    province = Text(load_default="", validate=ma.validate.Length(max=2))
    cursor = ma.fields.UUID(load_default=None, allow_none=True)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=MOST_ROWS))


class UsableTestimonySchema(ma.Schema):
    """A text that may be used so on this day."""

    version_pk = ma.fields.UUID(dump_only=True, data_key="id")
    form = ma.fields.String(
        dump_only=True, attribute="kind", metadata={"enum": [one.value for one in Kind]}
    )
    language = ma.fields.String(dump_only=True, metadata={"enum": [*LANGUAGES]})
    tells_of = ma.fields.String(dump_only=True, data_key="kind")
    province = ma.fields.String(dump_only=True)
    attributions = ma.fields.List(ma.fields.String(), dump_only=True, attribute="namings")
    until = ma.fields.Date(dump_only=True, allow_none=True)


class UsableTestimoniesSchema(ma.Schema):
    """A page; `cursor` is null on the last one."""

    items = ma.fields.List(ma.fields.Nested(UsableTestimonySchema), dump_only=True)
    cursor = ma.fields.UUID(dump_only=True, allow_none=True)
