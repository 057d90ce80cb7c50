"""`…/forms/{fid}/versions`: what was published of a form, as ODK Central tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.accounts.queries import actors
from service.exports.layout import layout_of
from service.exports.listed_fields import listed
from service.forms import queries
from service.forms.queries import told
from service.forms.queries.told import FormTold
from service.forms.returned_file import FILE
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.web import extended
from service.web.api import bodies, definitions
from service.web.api.forms import ONE, answer_workbook, as_dict, files_of
from service.web.api.schemas.forms import FieldSchema, FieldsQuery, FormFileSchema, FormSchema
from service.web.identify import allows
from service.web.openrosa import manifest, returned_csv
from service.web.openrosa.addresses import BLANK_VERSION

blp = Blueprint("form_versions", __name__, description="Published versions of forms")
VERSION = f"{ONE}/versions/<name:version>"


@blp.route(f"{ONE}/versions", methods=["GET"])
@allows(Act.FORM_READ)
@blp.response(200, FormSchema(many=True))
def list_all(project_id: int, form: str) -> Sequence[Any]:
    """The published versions of a form, newest first."""
    with reading() as session:
        found = told.list_versions(session, project_id, form)
        if not found:
            raise Problem(NOT_FOUND)
        return _with_publishers(session, found) if extended.is_extended() else found


@blp.route(VERSION, methods=["GET"])
@allows(Act.FORM_READ)
@blp.response(200, FormSchema)
def show(project_id: int, form: str, version: str) -> Any:
    """One published version, by its own text; `___` is one without."""
    with reading() as session:
        found = _get(session, project_id, form, version)
        return _with_publishers(session, [found])[0] if extended.is_extended() else found


@blp.route(f"{VERSION}.xlsx", methods=["GET"])
@allows(Act.FORM_READ)
@blp.doc(**bodies.given(definitions.XLSX))
def workbook(project_id: int, form: str, version: str) -> Response:
    """The workbook that one published version was made from, where it was."""
    with reading() as session:
        found = _get(session, project_id, form, version)
    return answer_workbook(found)


@blp.route(f"{VERSION}/fields", methods=["GET"])
@allows(Act.FORM_READ)
@blp.arguments(FieldsQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200, FieldSchema(many=True))
def list_fields(
    query: dict[str, Any], project_id: int, form: str, version: str
) -> list[dict[str, Any]]:
    """The questions, groups and repeats of one published version."""
    with reading() as session:
        found = _get(session, project_id, form, version)
        schema = queries.schema_of(session, found.version_pk or 0)
    return listed(layout_of(schema), for_odata=query["odata"])


@blp.route(f"{VERSION}/attachments", methods=["GET"])
@allows(Act.FORM_READ)
@blp.response(200, FormFileSchema(many=True))
def list_files(project_id: int, form: str, version: str) -> list[dict[str, Any]]:
    """The files that one published version refers to, and whether they are here."""
    with reading() as session:
        return files_of(session, _get(session, project_id, form, version))


@blp.route(f"{VERSION}/attachments/<name:file>", methods=["GET"])
@allows(Act.FORM_READ)
@blp.doc(**bodies.given(bodies.ANY))
def show_file(project_id: int, form: str, version: str, file: str) -> Response:
    """A file that came with one published version. Entity lists have a CSV of their own."""
    with reading() as session:
        found = _get(session, project_id, form, version)
        files = queries.list_files(session, found.version_pk or 0)
        named = queries.schema_of(session, found.version_pk or 0).attachments
    here = next((one for one in files if one.name == file), None)
    if here is None and file == FILE and file in named:
        return returned_csv.of_bytes(returned_csv.NOTHING)
    if here is None:
        raise Problem(NOT_FOUND)
    response = manifest.answer_offered(here)
    response.headers["Cache-Control"] = "no-store"  # of a version that perhaps nobody is offered
    return response


def _get(session: Any, project_id: int, form: str, version: str) -> FormTold:
    plain = "" if version == BLANK_VERSION else version
    found = told.find_version(session, project_id, form, plain)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _with_publishers(session: Any, found: Sequence[FormTold]) -> list[dict[str, Any]]:
    """And of which kind of workbook each was made."""
    by = told.find_publishers(session, [one.version_pk for one in found if one.version_pk])
    by_id = actors.find_actors(session, by.values())
    return [
        {
            **as_dict(one),
            "published_by": by_id.get(by.get(one.version_pk or 0)),
            "excel_content_type": definitions.XLSX if one.source_sha256 else None,
        }
        for one in found
    ]
