"""A keyed sheet as the record that a phone would have sent with form F3b. Pure: the form's tags say
where each answer goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.facts import places
from service.forms.schema import Field, FormSchema
from service.foundation.formats import safe_xml
from service.treaty.keying import Keyed, Row

NEEDED = frozenset(
    {
        "consent.store", "petition.sheet", "petition.campaign", "petition.statement",
        "petition.date", "petition.declared", "petition.line_no", "petition.line_status",
        "petition.line_name", "petition.mark", "petition.kind",
    }
)  # fmt: skip
"""What a form must ask, to take a sheet in."""
THUMB = "thumbprint_on_paper"
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands at the top of a sheet."""

    number: str
    campaign: str
    statement: str
    signed_on: str
    commune: str
    holder: str
    keyed_on: str


def takes_sheets(schema: FormSchema) -> bool:
    """Whether the form asks all that a sheet tells, lines in a repeat, and is not sealed."""
    tags = {field.tag for field in schema.fields}
    return tags >= NEEDED and _lines(schema) is not None and schema.public_key is None


def _lines(schema: FormSchema) -> Path | None:
    """The path of the repeat of lines."""
    for one in schema.fields:
        if one.tag == "petition.line_no" and one.repeats:
            return one.path[: max(one.repeats)]
    return None


def make(schema: FormSchema, head: Head, keyed: Keyed, instance_id: uuid.UUID) -> bytes:
    repeat = _lines(schema)
    if repeat is None:
        raise ValueError("not a form for sheets")
    inner = [one for one in schema.fields if one.path[: len(repeat)] == repeat]
    root = etree.Element(schema.root, id=schema.form_id, version=schema.version)
    told = {**_head(head, keyed), **_village(inner, keyed)}
    for path, value in _said(schema, inner, told, len(keyed.rows)):
        _put(root, path, value)
    for row in keyed.rows:
        entry = etree.SubElement(_at(root, repeat[:-1]), repeat[-1])
        answers = _line(row)
        for one in inner:
            if answers.get(one.tag or ""):
                _put(entry, one.path[len(repeat) :], answers[one.tag or ""])
    _put(root, ("meta", "instanceID"), f"uuid:{instance_id}")
    made: bytes = etree.tostring(root, encoding="utf-8")
    return made


def _head(head: Head, keyed: Keyed) -> dict[str, str]:
    adm1, adm2, adm3 = places.load().ancestors(head.commune)
    thumbs = all(row.mark == THUMB for row in keyed.rows)
    return {
        "meta.date": head.keyed_on, "meta.collector": "office", "consent.store": "yes",
        "consent.method": "thumb_on_paper" if thumbs else "signature",
        "petition.sheet": head.number, "petition.campaign": head.campaign,
        "petition.statement": head.statement, "petition.date": head.signed_on, "geo.adm1": adm1,
        "geo.adm2": adm2, "geo.adm3": adm3, "petition.collector": head.holder,
        "petition.witness": keyed.witness, "petition.declared": str(len(keyed.rows)),
    }  # fmt: skip


def _village(inner: list[Field], keyed: Keyed) -> dict[str, str]:
    """A form that asks no village of a line is told the one where all of them live."""
    villages = {row.village for row in keyed.rows}
    is_asked = any(one.tag == "geo.adm4" for one in inner)
    return {"geo.adm4": villages.pop()} if len(villages) == 1 and not is_asked else {}


def _said(
    schema: FormSchema, inner: list[Field], told: Mapping[str, str], lines: int
) -> Iterator[tuple[Path, str]]:
    """Answers outside the lines; and what our own form computes from them."""
    computed = {"quick_mode": "lines", "keyed": str(lines), "sum_check": "OK"}
    for one in schema.fields:
        value = told.get(one.tag or "") or (computed.get(one.name) if not one.tag else None)
        if value and one not in inner:
            yield one.path, value


def _line(row: Row) -> dict[str, str]:
    return {
        "petition.line_no": str(row.line), "petition.line_status": row.status,
        "petition.line_name": row.name, "person.sex": row.sex, "geo.adm4": row.village,
        "petition.kind": row.kind, "petition.mark": row.mark,
    }  # fmt: skip


def _put(parent: etree._Element, path: Path, value: str) -> None:
    etree.SubElement(_at(parent, path[:-1]), path[-1]).text = safe_xml.legal(value)


def _at(parent: etree._Element, path: Path) -> etree._Element:
    for name in path:
        found = parent.find(name)
        parent = etree.SubElement(parent, name) if found is None else found
    return parent
