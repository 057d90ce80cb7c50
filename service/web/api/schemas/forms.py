"""Forms, drafts and their files, in the shape of ODK Central."""

from __future__ import annotations

import marshmallow as ma

from service.forms.states import FormState
from service.web.api.schemas.central import ActorSchema, Moment, Text, YesNo


class StatesSchema(ma.Schema):
    """Records by what a look at them found."""

    received = ma.fields.Integer(dump_only=True)
    has_issues = ma.fields.Integer(dump_only=True, data_key="hasIssues")
    edited = ma.fields.Integer(dump_only=True)


class FormSchema(ma.Schema):
    """A form in a version, or its draft. `draftToken` is told of a draft to those who publish."""

    project_id = ma.fields.Integer(dump_only=True, data_key="projectId")
    form_id = ma.fields.String(dump_only=True, data_key="xmlFormId")
    state = ma.fields.Enum(FormState, by_value=True, dump_only=True)
    name = ma.fields.String(dump_only=True, attribute="title")
    version = ma.fields.String(dump_only=True)
    hash = ma.fields.String(dump_only=True, attribute="md5")
    enketo_id = ma.fields.Constant(None, dump_only=True, data_key="enketoId")
    enketo_once_id = ma.fields.Constant(None, dump_only=True, data_key="enketoOnceId")
    webforms_enabled = ma.fields.Constant(False, dump_only=True, data_key="webformsEnabled")
    key_id = ma.fields.Constant(None, dump_only=True, data_key="keyId")
    created_at = Moment(dump_only=True, data_key="createdAt")
    updated_at = ma.fields.Constant(None, dump_only=True, data_key="updatedAt")
    published_at = Moment(dump_only=True, data_key="publishedAt")
    draft_token = ma.fields.String(dump_only=True, data_key="draftToken")
    submissions = ma.fields.Integer(dump_only=True, allow_none=True)
    last_submission = Moment(dump_only=True, allow_none=True, data_key="lastSubmission")
    excel_content_type = ma.fields.String(
        dump_only=True, allow_none=True, data_key="excelContentType"
    )
    created_by = ma.fields.Nested(ActorSchema, dump_only=True, data_key="createdBy")
    published_by = ma.fields.Nested(ActorSchema, dump_only=True, data_key="publishedBy")
    review_states = ma.fields.Nested(
        StatesSchema, dump_only=True, allow_none=True, data_key="reviewStates"
    )
    entity_related = ma.fields.Boolean(dump_only=True, data_key="entityRelated")
    public_links = ma.fields.Integer(dump_only=True, data_key="publicLinks")
    id = ma.fields.Integer(dump_only=True)
    """Told of deleted forms alone, which are restored by it."""
    deleted_at = Moment(dump_only=True, data_key="deletedAt")


class FormsQuery(ma.Schema):
    """`deleted`: those that were deleted, and can be restored."""

    deleted = YesNo(load_default=False)


class FormStateSchema(ma.Schema):
    """What may be changed of a form."""

    state = ma.fields.Enum(FormState, by_value=True, required=True)


class DefinitionQuery(ma.Schema):
    """How a definition is taken."""

    publish = YesNo(load_default=False)
    ignore_warnings = YesNo(load_default=False, data_key="ignoreWarnings")


class DraftQuery(ma.Schema):
    ignore_warnings = YesNo(load_default=False, data_key="ignoreWarnings")


class PublishQuery(ma.Schema):
    version = Text(load_default=None, validate=ma.validate.Length(max=249))


class FieldsQuery(ma.Schema):
    """`odata`: names as in tables of OData."""

    odata = YesNo(load_default=False)


class FieldSchema(ma.Schema):
    """A question, a group or a repeat of a form."""

    path = ma.fields.String(dump_only=True)
    name = ma.fields.String(dump_only=True)
    type = ma.fields.String(dump_only=True)
    binary = ma.fields.Boolean(dump_only=True, allow_none=True)
    selectMultiple = ma.fields.Boolean(dump_only=True, allow_none=True)  # noqa: N815 - Central's


class FormFilePatchSchema(ma.Schema):
    """Whether an entity list stands for the file."""

    dataset = ma.fields.Boolean(required=True)


class FormFileSchema(ma.Schema):
    """A file that a form refers to."""

    name = ma.fields.String(dump_only=True)
    type = ma.fields.String(dump_only=True)
    hash = ma.fields.String(dump_only=True, allow_none=True)
    exists = ma.fields.Boolean(dump_only=True)
    blob_exists = ma.fields.Boolean(dump_only=True, data_key="blobExists")
    dataset_exists = ma.fields.Boolean(dump_only=True, data_key="datasetExists")
    size = ma.fields.Integer(dump_only=True, allow_none=True)
    updated_at = Moment(dump_only=True, allow_none=True, data_key="updatedAt")
