"""The reference forms as published: XForm by pyxform, schema by our own reader; once a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pyxform.xls2xform import convert

from service.forms import xform
from service.forms.schema import FormSchema

DIRECTORY = Path(__file__).parents[2] / "service" / "forms" / "reference"
FORM_IDS = ("needs_assessment", "treaty_signature")


@cache
def converted(form_id: str) -> tuple[bytes, tuple[str, ...]]:
    """XForm and pyxform's warnings."""
    result = convert(str(DIRECTORY / f"{form_id}.xlsx"), validate=False)
    return result.xform.encode(), tuple(result.warnings)


@cache
def schema(form_id: str) -> FormSchema:
    return xform.read(converted(form_id)[0])
