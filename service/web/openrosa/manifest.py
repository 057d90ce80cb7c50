"""`…/manifest` and the files it lists (OpenRosa Form Manifest 1.0)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from service.accounts.policy import Act
from service.entities import actions as entities
from service.forms import queries as forms
from service.forms.actions import content
from service.forms.queries import OfferedFile, OfferedForm
from service.forms.returned_file import FILE, LIST
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.web import asking, identify
from service.web.identify import allows
from service.web.openrosa import addresses, downloads, entity_csv, responses, returned_csv
from service.web.openrosa.formlist import add_routes, find_version

blp = Blueprint("manifest", __name__)


@responses.for_phones
@allows(Act.FORM_LIST)
def manifest(project_id: int, form: str, version: str | None = None) -> Response:
    """Files that came with a version; those it refers to and did not get are left out."""
    found = find_version(project_id, form, version)
    with reading() as session:
        files = forms.list_files(session, found.version_pk)
    base = asking.base_url()
    entries = "".join(_entry(found, file, base) for file in files)
    lists = entities.offered(identify.actor(), project_id, found.version_pk)
    entries += "".join(entity_csv.entry(found, one, base) for one in lists if one.ref.name != LIST)
    if all(file.name != FILE for file in files):
        entries += returned_csv.entry(project_id, found, base)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>'
    ).encode()
    return downloads.answer_text(md5_hex(body), lambda: body, responses.TEXT_XML, len(body))


def _entry(form: OfferedForm, file: OfferedFile, base: str) -> str:
    return (
        f"<mediaFile><filename>{escape(file.name)}</filename><hash>md5:{file.md5}</hash>"
        f"<downloadUrl>{addresses.file_url(base, form, file)}</downloadUrl></mediaFile>"
    )


@responses.for_phones_and_programs
@allows(Act.FORM_LIST)
def attachment(project_id: int, form: str, file: str) -> Response:
    """A file beside a form, or an entity list that it refers to, by the key that the manifest
    gives or by its name."""
    with reading() as session:
        tried = (
            forms.find_file(session, project_id, one, name)
            for one, name in addresses.named(form, "file", file)
            if name is not None
        )
        found = next((one for one in tried if one is not None), None)
    if found is None and file == FILE:
        return returned_csv.answer(project_id, find_version(project_id, form, None))
    if found is None:
        return entity_csv.answer(project_id, form, file)
    if not identify.actor().reaches_form(found.form_id):
        raise Problem(NOT_FOUND)
    return answer_offered(found)


def answer_offered(found: OfferedFile) -> Response:
    """A file beside a form, for whoever may have it."""
    blobs = asking.blobs()
    response = downloads.answer_file(
        found.md5, partial(content, blobs, found), found.media_type, found.size
    )
    # Never shown in our origin: an SVG or HTML file beside a form could hold a script.
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    return response


VIEWS: dict[str, Callable[..., Response]] = {
    "forms/<name:form>/manifest": manifest,
    "forms/<name:form>/versions/<name:version>/manifest": manifest,
    "forms/<name:form>/attachments/<file>": attachment,
}

add_routes(blp, VIEWS)
