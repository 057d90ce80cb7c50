"""What the form of a page may send: the fields that its view names, and no others.

Views read their fields by name, so one too many does nothing today. It is refused all the same:
whoever adds it is trying something. (The API's schemas refuse unknown fields by themselves.)
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app, request

from service.foundation.problems import INVALID_FIELDS, Problem
from service.web.identify import View

PARTS = "multipart/form-data"


def takes(*names: str) -> Callable[[View], View]:
    """State which fields the form of a view has."""

    def mark(view: View) -> View:
        view.samleng_fields = frozenset(names)  # type: ignore[attr-defined]
        return view

    return mark


def streams(view: View) -> View:
    """State that a view reads a body of parts by itself, as it comes: the framework would lay a
    file on the disk in clear. It looks at the names itself too."""
    view.samleng_streams = True  # type: ignore[attr-defined]
    return view


def stated_fields(app: Flask, endpoint: str) -> frozenset[str] | None:
    """The fields of a view; None if it states nothing."""
    return getattr(app.view_functions[endpoint], "samleng_fields", None)


def _is_streamed(endpoint: str) -> bool:
    return getattr(current_app.view_functions[endpoint], "samleng_streams", False)


def enforce() -> None:
    """Before each request, after the rights. Raises INVALID_FIELDS, naming the strange ones."""
    if request.endpoint is None or request.method != "POST":
        return
    known = stated_fields(current_app, request.endpoint)
    if known is None or (_is_streamed(request.endpoint) and request.mimetype == PARTS):
        return
    strange = {*request.form, *request.files} - known
    if strange:
        details = {name[:80]: ["Unknown field."] for name in sorted(strange)[:20]}
        raise Problem(INVALID_FIELDS, details=details)
