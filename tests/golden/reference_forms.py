"""The reference forms as published: XForm by pyxform, schema by our own reader; once a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pyxform.xls2xform import convert

from service.forms import xform
from service.forms.schema import FormSchema
from service.moving.casualties import form as casualties

DIRECTORY = Path(__file__).parents[2] / "service" / "forms" / "reference"
FORM_IDS = (
    "needs_assessment",
    "rights_issue",
    "treaty_signature",
    "treaty_sheet",
    "testimony",
    "follow_up",
    "clearance_concern",
    "service_directory",
)
"""F1, F2, F3a, F3b, F4, F5, F6, F7."""


@cache
def converted(form_id: str) -> tuple[bytes, tuple[str, ...]]:
    """XForm and pyxform's warnings."""
    result = convert(str(DIRECTORY / f"{form_id}.xlsx"), validate=False)
    return result.xform.encode(), tuple(result.warnings)


@cache
def schema(form_id: str) -> FormSchema:
    """Of a form that the service writes itself, too."""
    if form_id == casualties.FORM_ID:
        return xform.read(casualties.xform())
    return xform.read(converted(form_id)[0])
