"""Copies that contradict what stands. Ours: ODK Central refuses them."""

from __future__ import annotations

import enum

import marshmallow as ma

from service.intake.edit_rules import Reason
from service.review.actions.comparing import Against
from service.web.api.diffs import CHANGE
from service.web.api.schemas.central import Moment, Text


class Waits(enum.StrEnum):
    WAITING = "waiting"
    ASIDE = "aside"


class CopiesQuery(ma.Schema):
    """Which of them; the next page comes `after` the last id of this one."""

    state = ma.fields.Enum(Waits, by_value=Text, load_default=Waits.WAITING)
    form = Text(load_default=None, data_key="xmlFormId")
    after = ma.fields.UUID(load_default=None)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=500))


class CopySchema(ma.Schema):
    """When it came, from whom, and why it waits; nothing of what it says."""

    submission_pk = ma.fields.UUID(dump_only=True, data_key="id")
    form_id = ma.fields.String(dump_only=True, data_key="xmlFormId")
    version = ma.fields.String(dump_only=True, data_key="formVersion")
    instance_id = ma.fields.String(dump_only=True, data_key="instanceId")
    deprecated_id = ma.fields.String(dump_only=True, allow_none=True, data_key="deprecatedId")
    reason = ma.fields.String(
        dump_only=True, allow_none=True, metadata={"enum": [one.value for one in Reason]}
    )
    received_at = Moment(dump_only=True, data_key="createdAt")
    submitter = ma.fields.String(dump_only=True, allow_none=True, data_key="submitterName")
    files_expected = ma.fields.Integer(dump_only=True, data_key="attachmentsExpected")
    files_present = ma.fields.Integer(dump_only=True, data_key="attachmentsPresent")
    deleted_at = Moment(dump_only=True, allow_none=True, data_key="setAsideAt")


class ComparedSchema(ma.Schema):
    """A copy beside what it contradicts, as far as the caller may see. `changes` is null where
    nobody can compare them here."""

    copy = ma.fields.Nested(CopySchema, dump_only=True)
    against = ma.fields.Enum(Against, by_value=True, dump_only=True)
    record = ma.fields.String(dump_only=True, allow_none=True, data_key="recordInstanceId")
    changes = ma.fields.List(ma.fields.Raw(metadata=CHANGE), dump_only=True, allow_none=True)
    may_set_aside = ma.fields.Boolean(dump_only=True, data_key="maySetAside")
    may_place = ma.fields.Boolean(dump_only=True, data_key="mayPutInPlace")
