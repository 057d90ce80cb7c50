"""`/v1/projects/{pid}/forms`: what there is, as ODK Central tells of it; new ones; their state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.exports.layout import layout_of
from service.exports.listed_fields import listed
from service.forms import actions, queries
from service.forms.queries import told
from service.forms.queries.told import FormTold
from service.forms.returned_file import FILE
from service.foundation.blobs import CHUNK
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_FIELDS, NOT_FOUND, Problem
from service.intake.queries import counting
from service.review.queries import records
from service.web import asking, extended, identify
from service.web.api import bodies, definitions
from service.web.api.schemas.forms import (
    DefinitionQuery,
    FieldSchema,
    FieldsQuery,
    FormFileSchema,
    FormSchema,
    FormsQuery,
    FormStateSchema,
)
from service.web.api.schemas.sessions import SuccessSchema
from service.web.identify import allows

blp = Blueprint("api_forms", __name__, description="Forms")
FORMS = "/v1/projects/<int:project_id>/forms"
ONE = f"{FORMS}/<name:form>"


@blp.route(FORMS, methods=["GET"])
@allows(Act.FORM_READ)
@blp.arguments(FormsQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, FormSchema(many=True))
def list_all(query: dict[str, Any], project_id: int) -> Sequence[Any]:
    """All forms, whatever their state; drafts that were never published to those who publish. With
    `deleted=true` those that were deleted, with the `id` by which they are restored."""
    publishes, deleted = _publishes(project_id), query["deleted"]
    with reading() as session:
        found = told.list_told(session, project_id, with_drafts=publishes, deleted=deleted)
        rows: Sequence[Any] = found
        if extended.is_extended():
            rows = with_counts(session, project_id, found)
        elif deleted:
            rows = [as_dict(form) for form in found]
    if deleted:
        rows = [{**row, "id": row["form_pk"], "deleted_at": row["gone_at"]} for row in rows]
    return rows


def as_dict(form: FormTold) -> dict[str, Any]:
    return {name: getattr(form, name) for name in FormTold.__slots__}


@blp.route(FORMS, methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.taken(bodies.XML, definitions.XLSX))
@blp.arguments(DefinitionQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, FormSchema)
def create(query: dict[str, Any], project_id: int) -> FormTold:
    """A new form from XForm XML or an XLSX workbook (the body): as a draft or, with
    `publish=true`, at once."""
    actor, blobs, anew = identify.actor(), asking.blobs(), query["ignore_warnings"]
    form = definitions.prepared(ignore_warnings=True)
    if form is None:
        raise Problem(INVALID_FIELDS, details={"body": ["XForm XML, or an XLSX workbook"]})
    if not anew:
        with reading() as session:
            definitions.demand_no_other(session, project_id, form)
        definitions.demand_decided(form)
    with unit_of_work() as session:
        if not anew:
            definitions.demand_new_id(session, project_id, form)
        draft = actions.create_form(session, actor, project_id, form, blobs, anew=anew)
        if query["publish"]:
            actions.publish_draft(session, actor, project_id, draft.form_id, blobs)
        return get_told(session, project_id, draft.form_id)


@blp.route(ONE, methods=["GET"])
@allows(Act.FORM_READ)
@blp.response(200, FormSchema)
def show(project_id: int, form: str) -> Any:
    """One form, in the version that phones are offered, or would be."""
    with reading() as session:
        found = get_told(session, project_id, form, with_draft=_publishes(project_id))
        return with_counts(session, project_id, [found])[0] if extended.is_extended() else found


@blp.route(ONE, methods=["PATCH"])
@allows(Act.FORM_PUBLISH)
@blp.arguments(FormStateSchema, error_status_code=400)
@blp.response(200, FormSchema)
def change(given: dict[str, Any], project_id: int, form: str) -> FormTold:
    """Open a form, hide it from phones (`closing`), or refuse its records (`closed`)."""
    with unit_of_work() as session:
        actions.set_state(session, identify.actor(), project_id, form, given["state"])
        return get_told(session, project_id, form)


@blp.route(ONE, methods=["DELETE"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SuccessSchema)
def delete(project_id: int, form: str) -> dict[str, bool]:
    """Take a form from phones, lists and tables. Its records are kept, and still come in; it can be
    restored."""
    with unit_of_work() as session:
        actions.delete_form(session, identify.actor(), project_id, form)
    return {"success": True}


@blp.route(f"{FORMS}/<int:form_pk>/restore", methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SuccessSchema)
def restore(project_id: int, form_pk: int) -> dict[str, bool]:
    """Put a deleted form back, by its `id` in the list of those."""
    with unit_of_work() as session:
        actions.restore_form(session, identify.actor(), project_id, form_pk)
    return {"success": True}


def get_told(session: Any, project_id: int, form: str, *, with_draft: bool = True) -> FormTold:
    """Raises NOT_FOUND."""
    found = told.find_told(session, project_id, form, with_draft=with_draft)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _publishes(project_id: int) -> bool:
    return policy.may(identify.actor(), Act.FORM_PUBLISH, project_id)


_NO_RECORDS = records.StatesTold(received=0, has_issues=0, edited=0)


def with_counts(session: Any, project_id: int, found: Sequence[FormTold]) -> list[dict[str, Any]]:
    """With who made each form, its records and when the last came, as far as the caller may
    know."""
    reach = policy.reach(identify.actor(), Act.SUBMISSION_LIST, project_id)
    counts = counting.of_forms(session, project_id) if reach.is_whole else None
    states = records.count_states(session, project_id) if reach.is_whole else None
    makers = told.find_creators(session, [form.form_pk for form in found])
    by_id = actors.find_actors(session, makers.values())
    versions = [form.version_pk for form in found if form.version_pk is not None]
    with_entities = told.list_with_entities(session, versions)
    rows = []
    for form in found:
        count, last = (None, None) if counts is None else counts.get(form.form_pk, (0, None))
        rows.append(
            {
                **as_dict(form),
                "submissions": count,
                "last_submission": last,
                "excel_content_type": definitions.XLSX if form.source_sha256 else None,
                "created_by": by_id.get(makers.get(form.form_pk)),
                "review_states": None if states is None else states.get(form.form_pk, _NO_RECORDS),
                "entity_related": form.version_pk in with_entities,
                "public_links": 0,
            }
        )
    return rows


# --- workbook, versions, files ------------------------------------------------------------------
@blp.route(f"{ONE}.xlsx", methods=["GET"])
@allows(Act.FORM_READ)
@blp.doc(**bodies.given(definitions.XLSX))
def workbook(project_id: int, form: str) -> Response:
    """The workbook that the offered version was made from, where it was."""
    with reading() as session:
        found = get_told(session, project_id, form, with_draft=False)
    return answer_workbook(found)


def answer_workbook(form: FormTold) -> Response:
    blobs = asking.blobs()
    if form.source_sha256 is None or not blobs.exists(form.source_sha256):
        raise Problem(NOT_FOUND)
    name = form.source_sha256

    def pieces() -> Iterator[bytes]:
        with blobs.open(name) as source:
            while piece := source.read(CHUNK):
                yield piece

    response = Response(pieces(), content_type=definitions.XLSX, direct_passthrough=True)
    response.headers.set("Content-Disposition", "attachment", filename=f"{form.form_id}.xlsx")
    return response


@blp.route(f"{ONE}/fields", methods=["GET"])
@allows(Act.FORM_READ)
@blp.arguments(FieldsQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, FieldSchema(many=True))
def list_fields(query: dict[str, Any], project_id: int, form: str) -> list[dict[str, Any]]:
    """The questions, groups and repeats of the offered version; with `odata=true` under the names
    that its tables have. A form that has a draft alone has none of them yet, for those who may
    know it."""
    with reading() as session:
        found = queries.find_version(session, project_id, form)
        if found is None:
            get_told(session, project_id, form, with_draft=_publishes(project_id))
            return []
        schema = queries.schema_of(session, found.version_pk)
    return listed(layout_of(schema), for_odata=query["odata"])


@blp.route(f"{ONE}/attachments", methods=["GET"])
@allows(Act.FORM_READ)
@blp.response(200, FormFileSchema(many=True))
def list_files(project_id: int, form: str) -> list[dict[str, Any]]:
    """The files that the offered version refers to, and whether they are here; none while there is
    a draft alone."""
    with reading() as session:
        found = get_told(session, project_id, form, with_draft=_publishes(project_id))
        return [] if found.version_pk is None else files_of(session, found)


def files_of(session: Any, form: FormTold) -> list[dict[str, Any]]:
    """Of a published version. Raises NOT_FOUND."""
    if form.version_pk is None:
        raise Problem(NOT_FOUND)
    named = queries.schema_of(session, form.version_pk).attachments
    here = {file.name: file for file in queries.list_files(session, form.version_pk)}
    lists = names_of_lists(session, form.project_id)
    return files_told(named, here, lambda _: form.published_at, lists)


def names_of_lists(session: Any, project_id: int) -> set[str]:
    """What entity lists of the project are called as files."""
    return {f"{one.name}.csv" for one in queries.list_lists(session, project_id)}


def files_told(
    named: Sequence[str], here: dict[str, Any], at: Callable[[Any], Any], lists: Collection[str]
) -> list[dict[str, Any]]:
    """In the order of the form; then what came beside it. A name that no file has is that of an
    entity list, where there is one."""
    return [
        file_told(name, here.get(name), at, is_list=name in lists and name not in here)
        for name in dict.fromkeys([*named, *here])
    ]


def file_told(
    name: str, file: Any, at: Callable[[Any], Any], *, is_list: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "type": _kind(name),
        "hash": file and file.md5,
        "exists": file is not None or is_list or name == FILE,  # made for whoever asks
        "blob_exists": file is not None,
        "dataset_exists": is_list,
        "size": file and file.size,
        "updated_at": file and at(file),
    }


def _kind(name: str) -> str:
    """Central's word for what a file is there for."""
    guessed = actions.media_type(name).partition("/")[0]
    return guessed if guessed in ("image", "audio", "video") else "file"
