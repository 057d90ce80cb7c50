"""Addresses that phones are given: absolute, opaque, without a character that needs an escape.

A form is `form-7`, a version `version-12`, a file `file-33`, an entity list `list-3`: by our keys,
so that the bytes behind an address never change (but for lists, which do). People and scripts may
also write a form's own ID, a version's own text, or the name of a file or a list.
"""

from __future__ import annotations

import re

from service.forms.queries import OfferedFile, OfferedForm
from service.foundation.problems import NOT_FOUND, Problem

BLANK_VERSION = "___"
"""How ODK's tools write the version of a form that has none."""

_LARGEST_KEY = 2**31 - 1
_KEY = re.compile(r"(form|version|file|list)-([1-9][0-9]{0,15})")


def form_key(text: str) -> int | str:
    """`form-7` -> 7, anything else as it is: a formID."""
    return _key("form", text)


def version_key(text: str) -> int | str:
    """`version-12` -> 12, anything else as it is."""
    return "" if text == BLANK_VERSION else _key("version", text)


def file_key(text: str) -> int | str:
    """`file-33` -> 33, anything else as it is: a file name."""
    return _key("file", text)


def list_key(text: str) -> int | str:
    """`list-3` -> 3, anything else as it is: the name of an entity list."""
    return _key("list", text)


def _key(kind: str, text: str) -> int | str:
    found = _KEY.fullmatch(text)
    if found and found[1] == kind and int(found[2]) <= _LARGEST_KEY:
        return int(found[2])
    if "\0" in text:  # no name has one, and PostgreSQL takes none
        raise Problem(NOT_FOUND)
    return text


def form_url(base: str, form: OfferedForm) -> str:
    return f"{base}/forms/form-{form.form_pk}/versions/version-{form.version_pk}.xml"


def manifest_url(base: str, form: OfferedForm) -> str:
    return f"{base}/forms/form-{form.form_pk}/versions/version-{form.version_pk}/manifest"


def file_url(base: str, form: OfferedForm, file: OfferedFile) -> str:
    return f"{base}/forms/form-{form.form_pk}/attachments/file-{file.file_pk}"


def list_url(base: str, form: OfferedForm, list_pk: int) -> str:
    return f"{base}/forms/form-{form.form_pk}/attachments/list-{list_pk}"


def integrity_url(base: str, list_pk: int) -> str:
    return f"{base}/datasets/list-{list_pk}/integrity"
