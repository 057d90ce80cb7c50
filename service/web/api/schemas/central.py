"""What every resource of ODK Central's API has in common."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import marshmallow as ma

from service.foundation import clock

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Moment(ma.fields.Field[dt.datetime]):
    """ISO 8601 in UTC with milliseconds and Z."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else clock.iso(value)


class ActorSchema(ma.Schema):
    """Somebody or something that acts: a person, a phone, a script."""

    id = ma.fields.Integer(dump_only=True)
    type = ma.fields.String(dump_only=True)
    display_name = ma.fields.String(dump_only=True, data_key="displayName")
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = ma.fields.Constant(None, dump_only=True, data_key="updatedAt")
    deleted_at = Moment(dump_only=True, data_key="deletedAt")


class AuditSchema(ma.Schema):
    """Something that happened to a thing, in words of Central's log."""

    actor_id = ma.fields.Integer(dump_only=True, data_key="actorId")
    action = ma.fields.String(dump_only=True)
    actee_id = ma.fields.Constant(None, dump_only=True, data_key="acteeId")
    details = ma.fields.Dict(dump_only=True)
    notes = ma.fields.Constant(None, dump_only=True)
    logged_at = Moment(dump_only=True, data_key="loggedAt")
    actor = ma.fields.Nested(ActorSchema, dump_only=True)


class Text(ma.fields.String):
    """Text that can be stored, and written into XML: no half characters, no control characters but
    line breaks."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _UNFIT.search(text):
            raise ma.ValidationError("Characters that cannot be stored.")
        return text


class YesNo(ma.fields.Boolean):
    """As JavaScript and as Python write it: true, True, false, False."""

    truthy = {"true", "True", "TRUE", "1", True}  # noqa: RUF012 - as marshmallow declares it
    falsy = {"false", "False", "FALSE", "0", "", False}  # noqa: RUF012
