"""`{base}/formList` and the form XML it points to (OpenRosa Form Discovery 1.0)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from service.accounts.policy import Act
from service.forms import queries as forms
from service.forms.queries import OfferedForm
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.web import asking, identify
from service.web.identify import allows
from service.web.openrosa import addresses, downloads, responses

blp = Blueprint("formlist", __name__)

BASES = ("/v1/key/-/projects/<int:project_id>", "/v1/projects/<int:project_id>")


@responses.for_phones
@allows(Act.FORM_LIST)
def form_list(project_id: int) -> Response:
    """Open forms that the caller may fill. An empty list makes phones delete their forms, so
    every failure on the way here is an error status and never a list."""
    with reading() as session:
        offered = forms.list_open_forms(
            session,
            project_id,
            identify.actor().form_ids,
            all_versions=request.args.get("listAllVersions") == "true",
        )
    wanted = request.args.get("formID")
    if wanted is not None:
        offered = [form for form in offered if form.form_id == wanted]
    body = _document(offered, asking.base_url(), request.args.get("verbose") == "true")
    return downloads.answer_text(md5_hex(body), lambda: body, responses.TEXT_XML, len(body))


def _document(offered: Iterable[OfferedForm], base: str, verbose: bool) -> bytes:
    entries = "".join(_entry(form, base, verbose) for form in offered)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{entries}</xforms>'
    ).encode()


def _entry(form: OfferedForm, base: str, verbose: bool) -> str:
    """One bad entry would cost a phone the whole list: nothing in it is ever empty."""
    name = escape(form.title or form.form_id)
    parts = [f"<formID>{escape(form.form_id)}</formID><name>{name}</name>"]
    if form.version:
        parts.append(f"<version>{escape(form.version)}</version>")
    parts.append(f"<hash>md5:{form.md5}</hash>")
    if verbose:
        parts.append(f"<descriptionText>{name}</descriptionText>")
    parts.append(f"<downloadUrl>{addresses.form_url(base, form)}</downloadUrl>")
    if form.has_files:
        parts.append(f"<manifestUrl>{addresses.manifest_url(base, form)}</manifestUrl>")
    return f"<xform>{''.join(parts)}</xform>"


@responses.for_phones_and_programs
@allows(Act.FORM_LIST)
def form_xml(project_id: int, form: str, version: str | None = None) -> Response:
    """The bytes of a version exactly as published; without a version, of the one offered."""
    found = find_version(project_id, form, version)

    def load() -> bytes:
        with reading() as session:
            return forms.get_xml(session, found.version_pk)

    return downloads.answer_text(found.md5, load, responses.TEXT_XML)


def find_version(project_id: int, form: str, version: str | None) -> OfferedForm:
    """The version that an address names, if the caller reaches that form."""
    pairs = addresses.named(form, "version", version)
    with reading() as session:
        tried = (forms.find_version(session, project_id, *pair) for pair in pairs)
        found = next((one for one in tried if one is not None), None)
    if found is None or not identify.actor().reaches_form(found.form_id):
        raise Problem(NOT_FOUND)
    return found


VIEWS: dict[str, Callable[..., Response]] = {
    "formList": form_list,
    "forms/<name:form>.xml": form_xml,
    "forms/<name:form>/versions/<name:version>.xml": form_xml,
}


def add_routes(blueprint: Blueprint, views: Mapping[str, Callable[..., Response]]) -> None:
    """Each view under the address of a phone and under that of a named user."""
    for base in BASES:
        for path, view in views.items():
            blueprint.add_url_rule(
                f"{base}/{path}",
                view_func=view,
                methods=["GET", "HEAD"],
                provide_automatic_options=False,
            )


add_routes(blp, VIEWS)
