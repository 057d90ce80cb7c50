"""Addresses that phones are given: absolute, opaque, without a character that needs an escape.

A form is `form-7`, a version `version-12`, a file `file-33`, an entity list `list-3`: by our keys,
so that the bytes behind an address never change (but for lists, which do). People and scripts may
also write a form's own ID, a version's own text, or the name of a file or a list.
"""

from __future__ import annotations

import re

from service.forms.queries import OfferedFile, OfferedForm
from service.forms.returned_file import FILE
from service.foundation.problems import NOT_FOUND, Problem

BLANK_VERSION = "___"
"""How ODK's tools write the version of a form that has none."""

_LARGEST_KEY = 2**31 - 1
_KEY = re.compile(r"(form|version|file|list)-([1-9][0-9]{0,15})")


def form_key(text: str) -> int | str:
    """`form-7` -> 7, anything else as it is: a formID."""
    return _key("form", text)


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
    return _text(text)


def _text(text: str) -> str:
    if "\0" in text:  # no name has one, and PostgreSQL takes none
        raise Problem(NOT_FOUND)
    return text


Named = tuple[int | str, int | str | None]


def named(form: str, kind: str, other: str | None) -> list[Named]:
    """What a form and a version or file of it (`kind`) may mean, the likeliest first.

    A form may itself be called `form-1`. What phones were given has a key in both places and stays
    what it was; whoever writes a form alone means its ID, before our key.
    """
    forms = dict.fromkeys([_text(form), form_key(form)])
    others: dict[int | str | None, None] = {None: None}
    if other == BLANK_VERSION and kind == "version":
        others = {"": None}
    elif other is not None:
        others = dict.fromkeys([_text(other), _key(kind, other)])
    found = [(one, two) for one in forms for two in others]
    return sorted(found, key=_is_opaque, reverse=True)


def _is_opaque(pair: Named) -> bool:
    return all(isinstance(one, int) for one in pair)


def form_url(base: str, form: OfferedForm) -> str:
    return f"{base}/forms/form-{form.form_pk}/versions/version-{form.version_pk}.xml"


def manifest_url(base: str, form: OfferedForm) -> str:
    return f"{base}/forms/form-{form.form_pk}/versions/version-{form.version_pk}/manifest"


def file_url(base: str, form: OfferedForm, file: OfferedFile) -> str:
    return f"{base}/forms/form-{form.form_pk}/attachments/file-{file.file_pk}"


def list_url(base: str, form: OfferedForm, list_pk: int) -> str:
    return f"{base}/forms/form-{form.form_pk}/attachments/list-{list_pk}"


def returned_url(base: str, form: OfferedForm) -> str:
    return f"{base}/forms/form-{form.form_pk}/attachments/{FILE}"


def integrity_url(base: str, list_pk: int) -> str:
    return f"{base}/datasets/list-{list_pk}/integrity"
