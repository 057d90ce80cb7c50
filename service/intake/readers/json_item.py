"""An item of a JSON batch -> the XForms instance that a phone would have sent.

From there on it is one submission among all others: same reader, same decisions, same facts. The
XML depends on what the item says and on nothing else, so an item that is sent again is the same
record, in whatever order its keys come.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

import msgspec

from service.forms.schema import FormSchema
from service.foundation.formats.safe_xml import legal

MAX_DEPTH = 40
_NAME = re.compile(r"[^\W\d][\w.-]{0,199}")
"""Of a question: what XLSForm allows, which every XML reader takes."""
MAX_ID = 240
ID_PATTERN = r"^[^\s/\x00-\x1f]+$"
_Id: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID, pattern=ID_PATTERN)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=249)]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One filled-in form, as an app sends it (docs/json-sync.md)."""

    id: _Id
    form_id: Annotated[str, msgspec.Meta(min_length=1, max_length=249)]
    version: _Text = ""
    recorded_at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    """When it was filled in, by the device's clock."""
    answers: dict[str, Any]
    edits: _Id | None = None
    """The item that this one replaces."""
    attachments: list[Annotated[str, msgspec.Meta(min_length=1, max_length=255)]] = []
    """Files that follow. Those that no answer names are left out."""


class NotAnswers(Exception):  # noqa: N818 - a verdict on what was sent, not a fault here
    """Answers that are none. `path` is where, `why` what is wrong; no value is quoted."""

    def __init__(self, path: tuple[str, ...], why: str) -> None:
        super().__init__(why)
        self.path, self.why = "/".join(path)[:200], why


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The groups and questions of one level of a form, in its order."""

    inner: dict[str, Outline] = field(default_factory=dict)


def outline_of(schema: FormSchema) -> Outline:
    root = Outline()
    for question in schema.fields:
        level = root
        for name in question.path:
            level = level.inner.setdefault(name, Outline())
    return root


def instance_id(of: str) -> str:
    """Bare UUIDs are written as phones write them, so that both mean one record."""
    try:
        return f"uuid:{uuid.UUID(of)}"
    except ValueError:
        return of


def xml_of(item: Item, schema: FormSchema) -> bytes:
    """The instance. Raises NotAnswers."""
    root = schema.root
    answers = "".join(_group(item.answers, outline_of(schema), ()))
    head = f"id={quoteattr(legal(item.form_id))} version={quoteattr(legal(item.version))}"
    return f"<{root} {head}>{answers}{_meta(item)}</{root}>".encode()


def _meta(item: Item) -> str:
    told = {"instanceID": instance_id(item.id)}
    if item.edits is not None:
        told["deprecatedID"] = instance_id(item.edits)
    if item.recorded_at is not None:
        told["timeEnd"] = item.recorded_at.isoformat(timespec="milliseconds")
    written = "".join(f"<{name}>{escape(legal(text))}</{name}>" for name, text in told.items())
    return f"<meta>{written}</meta>"


def _group(answers: Mapping[str, Any], form: Outline, path: tuple[str, ...]) -> Iterator[str]:
    """Elements in the order of the form; what it does not know comes last, in its own order."""
    if len(path) > MAX_DEPTH:
        raise NotAnswers(path, f"groups lie more than {MAX_DEPTH} deep")
    known = [name for name in form.inner if name in answers]
    for name in [*known, *sorted(answers.keys() - form.inner.keys())]:
        here = (*path, name)
        if not _NAME.fullmatch(name):
            raise NotAnswers(here, "this is no name of a question")
        if here == ("meta",):
            raise NotAnswers(here, "“meta” is made of id, edits and recorded_at")
        yield from _answer(name, answers[name], form.inner.get(name, _NOTHING), here)


_NOTHING = Outline()


def _answer(name: str, value: Any, form: Outline, path: tuple[str, ...]) -> Iterator[str]:
    if value is None or value == []:
        return
    if isinstance(value, dict):
        yield f"<{name}>{''.join(_group(value, form, path))}</{name}>"
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for entry in value:
            if not isinstance(entry, dict):
                raise NotAnswers(path, "a repeat holds objects alone")
            yield from _answer(name, entry, form, path)
    elif isinstance(value, list):
        yield f"<{name}>{escape(' '.join(_choice(one, path) for one in value))}</{name}>"
    else:
        yield f"<{name}>{escape(_text(value, path))}</{name}>"


def _choice(value: Any, path: tuple[str, ...]) -> str:
    text = _text(value, path)
    if not text or text != "".join(text.split()):
        raise NotAnswers(path, "a choice is a code without blanks")
    return text


def _text(value: Any, path: tuple[str, ...]) -> str:
    """As XForms writes it. Signs that XML cannot hold, which some keyboards send, are left out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, (str, int)):
        return legal(str(value))
    raise NotAnswers(path, "an answer is text, a number, true or false")
