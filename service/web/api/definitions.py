"""A form's definition as the body of a request: XForm XML, or a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from flask import request

from service.forms import actions, queries
from service.forms.actions import Prepared
from service.foundation.formats.xlsx_stream import WORKBOOK
from service.foundation.problems import ALREADY_EXISTS, FORM_WARNINGS, Problem
from service.web import raw_body

XLSX = WORKBOOK
XLS = "application/vnd.ms-excel"
_ZIP = b"PK\x03\x04"
"""A workbook, whatever its type is said to be."""
FALLBACK = "X-XlsForm-FormId-Fallback"


def prepared(*, ignore_warnings: bool) -> Prepared | None:
    """The definition, converted and checked; None where the body is empty. Raises FORM_INVALID,
    and FORM_WARNINGS where there is something to say of it and nobody said to ignore that."""
    body = raw_body.read(raw_body.MAX_DEFINITION)
    if not body:
        return None
    if request.mimetype not in (XLSX, XLS) and not body.startswith(_ZIP):
        form = actions.prepare_xml(body, {})
    else:
        fallback = unquote(request.headers.get(FALLBACK, ""))
        form = actions.prepare_workbook(body, "form.xlsx", {}, fallback_id=fallback)
    if not ignore_warnings:
        demand_decided(form)
    return form


def demand_decided(form: Prepared) -> None:
    """Raises FORM_WARNINGS where whoever publishes should have thought of something."""
    _warn(form.converter_warnings, actions.to_decide(form))


def _warn(of_converter: Sequence[str], of_workflow: Sequence[dict[str, Any]]) -> None:
    if of_converter or of_workflow:
        told = {"xlsFormWarnings": [*of_converter], "workflowWarnings": [*of_workflow]}
        raise Problem(FORM_WARNINGS, details={"warnings": told})


def demand_no_other(session: Any, project_id: int, form: Prepared) -> None:
    """Before what is to be said of a form: clients know by it that the form is there (Briefcase
    tries to make it each time). Raises ALREADY_EXISTS."""
    form_id = form.schema.form_id
    if queries.find_form(session, project_id, form_id) is not None:
        raise Problem(ALREADY_EXISTS, what=f"Form “{form_id}”")


def demand_new_id(session: Any, project_id: int, form: Prepared) -> None:
    """Central warns where a deleted form has the ID. Raises FORM_WARNINGS."""
    form_id = form.schema.form_id
    if queries.is_deleted(session, project_id, form_id):
        _warn((), [{"type": "deletedFormExists", "details": {"xmlFormId": form_id}}])
