"""`…/forms/{fid}/draft`: a version in the making, its files, and publishing it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions as entities
from service.exports.layout import layout_of
from service.exports.listed_fields import listed
from service.forms import actions, xform
from service.forms.queries import drafts as rows
from service.forms.queries import told
from service.forms.queries.told import FormTold
from service.forms.returned_file import FILE
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries import trials
from service.web import asking, extended, identify, raw_body
from service.web.api import bodies, definitions, forms
from service.web.api import submission_shapes as shapes
from service.web.api.schemas.forms import (
    DraftQuery,
    FieldSchema,
    FieldsQuery,
    FormFilePatchSchema,
    FormFileSchema,
    FormSchema,
    PublishQuery,
)
from service.web.api.schemas.sessions import SuccessSchema
from service.web.api.schemas.submissions import SubmissionSchema
from service.web.identify import allows
from service.web.openrosa import returned_csv

blp = Blueprint("drafts", __name__, description="Versions of forms in the making")
DRAFT = f"{forms.ONE}/draft"


@blp.route(DRAFT, methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.taken(bodies.XML, definitions.XLSX, is_required=False))
@blp.arguments(DraftQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SuccessSchema)
def create(query: dict[str, Any], project_id: int, form: str) -> dict[str, bool]:
    """A new draft from XForm XML or an XLSX workbook, or (empty body) of the published version.
    One that was there is replaced: phones that were trying it are told."""
    given = definitions.prepared(ignore_warnings=query["ignore_warnings"])
    with unit_of_work() as session:
        actions.replace_draft(session, identify.actor(), project_id, form, given, asking.blobs())
    return {"success": True}


@blp.route(DRAFT, methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, FormSchema)
def show(project_id: int, form: str) -> dict[str, Any]:
    """The draft, with the token by which phones try it."""
    with reading() as session:
        found = _get(project_id, form)
        draft = actions.get_draft(session, project_id, form)
        row = {**forms.as_dict(found), "draft_token": actions.token_of(draft)}
        return {**row, **_counted(session, found)} if extended.is_extended() else row


def _counted(session: Any, found: FormTold) -> dict[str, Any]:
    """Who made the form, and what was sent to try the draft: nobody looks at that."""
    sent = trials.list_of_draft(session, found.project_id, found.draft_pk or 0)
    [row] = forms.with_counts(session, found.project_id, [found])
    return {
        **{name: row[name] for name in ("created_by", "excel_content_type", "public_links")},
        "submissions": len(sent),
        "last_submission": sent[0].received_at if sent else None,
        "review_states": {"received": len(sent), "has_issues": 0, "edited": 0},
    }


@blp.route(f"{DRAFT}/fields", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.arguments(FieldsQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, FieldSchema(many=True))
def list_fields(query: dict[str, Any], project_id: int, form: str) -> list[dict[str, Any]]:
    """Its questions, groups and repeats."""
    with reading() as session:
        draft = actions.get_draft(session, project_id, form)
        schema = xform.read(rows.get_xml(session, draft.draft_pk))
    return listed(layout_of(schema), for_odata=query["odata"])


@blp.route(DRAFT, methods=["DELETE"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SuccessSchema)
def delete(project_id: int, form: str) -> dict[str, bool]:
    """Give the draft up. A form that has nothing else keeps it."""
    with unit_of_work() as session:
        actions.delete_draft(session, identify.actor(), project_id, form)
    return {"success": True}


@blp.route(f"{DRAFT}/publish", methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.arguments(PublishQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SuccessSchema)
def publish(query: dict[str, Any], project_id: int, form: str) -> dict[str, bool]:
    """Offer the draft to phones, under another `version` if one is named."""
    with unit_of_work() as session:
        actions.publish_draft(
            session,
            identify.actor(),
            project_id,
            form,
            asking.blobs(),
            query["version"],
        )
    return {"success": True}


@blp.route(f"{DRAFT}.xml", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.given(bodies.TEXT_XML))
def xml(project_id: int, form: str) -> Response:
    """Its XForm."""
    with reading() as session:
        draft = actions.get_draft(session, project_id, form)
        return Response(rows.get_xml(session, draft.draft_pk), content_type="text/xml")


@blp.route(f"{DRAFT}.xlsx", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.given(definitions.XLSX))
def workbook(project_id: int, form: str) -> Response:
    """The workbook it was made from, where it was."""
    return forms.answer_workbook(_get(project_id, form))


def _get(project_id: int, form: str) -> FormTold:
    with reading() as session:
        found = told.find_draft_told(session, project_id, form)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


# --- its files ----------------------------------------------------------------------------------
@blp.route(f"{DRAFT}/attachments", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, FormFileSchema(many=True))
def list_files(project_id: int, form: str) -> list[dict[str, Any]]:
    """The files that the draft refers to, and whether they are here."""
    with reading() as session:
        draft = actions.get_draft(session, project_id, form)
        named = xform.read(rows.get_xml(session, draft.draft_pk)).attachments
        here = {file.name: file for file in rows.list_files(session, draft.draft_pk)}
        lists = forms.names_of_lists(session, project_id)
    return forms.files_told(named, here, lambda file: file.updated_at, lists)


_FILE = f"{DRAFT}/attachments/<name:file>"


@blp.route(_FILE, methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.taken(bodies.ANY))
@blp.response(200, FormFileSchema)
def put_file(project_id: int, form: str, file: str) -> dict[str, Any]:
    """Give the draft a file (the body, as it is) that it refers to."""
    blobs = asking.blobs()
    raw_body.demand_disk(blobs)
    blob = actions.keep_draft_file(blobs, project_id, raw_body.pieces())
    with unit_of_work() as session:
        kept = actions.put_file(session, identify.actor(), project_id, form, file, blob)
    return forms.file_told(kept.name, kept, lambda one: one.updated_at)


@blp.route(_FILE, methods=["PATCH"])
@allows(Act.FORM_PUBLISH)
@blp.arguments(FormFilePatchSchema, error_status_code=400)
@blp.response(200, FormFileSchema)
def link_list(given: dict[str, bool], project_id: int, form: str, file: str) -> dict[str, Any]:
    """`dataset`: true, that the entity list `NAME` stands for the file `NAME.csv`; a file that was
    given for it is taken away, as it is by false. (The list stands for a missing file unasked.)"""
    with unit_of_work() as session:
        lists = forms.names_of_lists(session, project_id)
        if given["dataset"] and file not in lists:
            raise Problem(NOT_FOUND)
        actions.clear_file(session, identify.actor(), project_id, form, file)
    return forms.file_told(file, None, lambda _: None, is_list=file in lists)


@blp.route(_FILE, methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.given(bodies.ANY))
def show_file(project_id: int, form: str, file: str) -> Response:
    """A file of the draft; or `NAME.csv` of an entity list that it reads, with the rows of one that
    tells of nobody and the header alone of others."""
    with reading() as session:
        draft = actions.get_draft(session, project_id, form)
        named = xform.read(rows.get_xml(session, draft.draft_pk)).attachments
        here = {one.name: one for one in rows.list_files(session, draft.draft_pk)}
    if file in here:
        return answer_file(here[file])
    for one in entities.for_trial(project_id, {file} & set(named)):
        response = Response(entities.content(one), content_type="text/csv; charset=utf-8")
        response.headers.set("Content-Disposition", "attachment", filename=file)
        return response
    if file == FILE and file in named:
        return returned_csv.of_bytes(returned_csv.NOTHING)
    raise Problem(NOT_FOUND)


def answer_file(file: rows.DraftFile) -> Response:
    """Never shown in our origin: an SVG or HTML file beside a form could hold a script."""
    pieces = actions.draft_content(asking.blobs(), file)
    response = Response(pieces, content_type=file.media_type, direct_passthrough=True)
    response.content_length = file.size
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


@blp.route(_FILE, methods=["DELETE"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SuccessSchema)
def delete_file(project_id: int, form: str, file: str) -> dict[str, bool]:
    """Take a file from the draft."""
    with unit_of_work() as session:
        actions.delete_file(session, identify.actor(), project_id, form, file)
    return {"success": True}


@blp.route(f"{DRAFT}/submissions", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SubmissionSchema(many=True))
def list_trials(project_id: int, form: str) -> list[dict[str, Any]]:
    """What was sent to try the draft, the newest first; no answers."""
    with reading() as session:
        draft = actions.get_draft(session, project_id, form)
        found = trials.list_of_draft(session, project_id, draft.draft_pk)
    return [shapes.trial(one) for one in found]
