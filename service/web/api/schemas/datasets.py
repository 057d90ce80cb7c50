"""The wire shape of entity lists and entities: ODK Central's datasets."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from service.forms.entity_lists import Telling
from service.web.api.schemas.central import Text, YesNo

NAME = ma.validate.Length(1, 100)
MOST_AT_ONCE = 50_000


class PropertySchema(ma.Schema):
    """A property of a list."""

    name = Text(required=True, validate=NAME)
    odata_name = ma.fields.String(dump_only=True, data_key="odataName")
    published_at = ma.fields.String(dump_only=True, data_key="publishedAt")
    forms = ma.fields.List(ma.fields.String(), dump_only=True)


class DatasetSchema(ma.Schema):
    """An entity list. `telling`: people, undeclared or nobody."""

    name = Text(required=True, validate=NAME)
    approval_required = ma.fields.Boolean(load_default=False, data_key="approvalRequired")
    project_id = ma.fields.Integer(dump_only=True, data_key="projectId")
    created_at = ma.fields.String(dump_only=True, data_key="createdAt")
    telling = ma.fields.String(dump_only=True)
    properties = ma.fields.List(ma.fields.Nested(PropertySchema), dump_only=True)


class DatasetPatchSchema(ma.Schema):
    """What of a list can be changed. `telling` (Central has no such word): of whom it tells."""

    approval_required = ma.fields.Boolean(load_default=None, data_key="approvalRequired")
    telling = ma.fields.Enum(Telling, by_value=True, load_default=None)

    @ma.validates_schema
    def _says_something(self, given: dict[str, Any], **_: object) -> None:
        if all(value is None for value in given.values()):
            raise ma.ValidationError("missing", "approvalRequired")


class DatasetPatchQuery(ma.Schema):
    """What becomes of records that wait for an approval which is asked for no more."""

    convert = YesNo(load_default=None)


class Values(ma.fields.Dict):
    """What properties hold, by their names. None at all: null, or `[]`, as R writes a list without
    names."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize({} if value in (None, []) else value, *args, **kwargs)


class NewEntitySchema(ma.Schema):
    """One entity of a bulk request."""

    uuid = Text(load_default=None)
    label = Text(required=True)
    data = Values(keys=Text(), values=Text(), load_default=dict, allow_none=True)


class SourceSchema(ma.Schema):
    """Where a bulk request comes from. The name of a file may tell of somebody: it is not kept."""

    name = Text(required=True)
    size = ma.fields.Integer(load_default=None, allow_none=True)


class EntityCreateSchema(ma.Schema):
    """One entity, or many with their source."""

    uuid = Text(load_default=None)
    label = Text(load_default=None)
    data = Values(keys=Text(), values=Text(), load_default=dict, allow_none=True)
    entities = ma.fields.List(
        ma.fields.Nested(NewEntitySchema),
        load_default=None,
        validate=ma.validate.Length(1, MOST_AT_ONCE),
    )
    source = ma.fields.Nested(SourceSchema, load_default=None)


class EntityIdsSchema(ma.Schema):
    """Which entities."""

    ids = ma.fields.List(Text(), required=True, validate=ma.validate.Length(max=MOST_AT_ONCE))


class CountSchema(ma.Schema):
    """Of how many something was done."""

    count = ma.fields.Integer(dump_only=True)


class EntityPatchSchema(ma.Schema):
    """What is changed; what is not named stays."""

    label = Text(load_default=None, allow_none=True)
    data = Values(keys=Text(), values=Text(), load_default=dict, allow_none=True)


class EntityPatchQuery(ma.Schema):
    base_version = ma.fields.Integer(
        load_default=None, data_key="baseVersion", validate=ma.validate.Range(1)
    )
    force = ma.fields.Boolean(load_default=False)
    resolve = ma.fields.Boolean(load_default=False)
    purpose = ma.fields.String(load_default=None)


class EntityListQuery(ma.Schema):
    deleted = ma.fields.Boolean(load_default=False)
    conflict = ma.fields.Boolean(load_default=False)
    purpose = ma.fields.String(load_default=None)


class ComparedPropertySchema(ma.Schema):
    name = ma.fields.String(dump_only=True)
    is_new = ma.fields.Boolean(dump_only=True, data_key="isNew")
    in_form = ma.fields.Boolean(dump_only=True, data_key="inForm")


class DatasetDiffSchema(ma.Schema):
    """What a version of a form does to a list; `isNew` of drafts alone."""

    name = ma.fields.String(dump_only=True)
    is_new = ma.fields.Boolean(dump_only=True, data_key="isNew")
    properties = ma.fields.List(ma.fields.Nested(ComparedPropertySchema), dump_only=True)


class ResolutionSchema(ma.Schema):
    """Whose value each field gets that two changed: base, theirs (what stood here), mine (what the
    update said) or now (what stands here, which may be later than both)."""

    fields_ = ma.fields.Dict(
        keys=Text(),
        values=Text(validate=ma.validate.OneOf(["base", "theirs", "mine", "now"])),
        data_key="fields",
        required=True,
    )
    base_version = ma.fields.Integer(
        required=True, data_key="baseVersion", validate=ma.validate.Range(1)
    )
    """What the caller saw: nobody settles versions that came since."""


class ImportQuery(ma.Schema):
    dry_run = ma.fields.Boolean(load_default=False, data_key="dryRun")
    state = Text(load_default=None)


class ImportSchema(ma.Schema):
    """What a file did, or would do."""

    id = ma.fields.UUID(dump_only=True, allow_none=True)
    created = ma.fields.Integer(dump_only=True)
    changed = ma.fields.Integer(dump_only=True)
    same = ma.fields.Integer(dump_only=True)
    faulty = ma.fields.List(ma.fields.Dict(), dump_only=True)
    state = ma.fields.String(dump_only=True, allow_none=True)


class UndoneSchema(ma.Schema):
    """`left`: entities that somebody changed since."""

    undone = ma.fields.Integer(dump_only=True)
    left = ma.fields.Integer(dump_only=True)
