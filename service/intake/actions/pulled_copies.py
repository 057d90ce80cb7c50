"""A record that ODK Briefcase pulled from here and sends back: the same record, though its bytes
and their canonical hash are others.

Briefcase copies records with marks on their root (`instanceID`, `submissionDate` …), in another
namespace and with prefixes of its own. Such a copy is compared with what is stored by what both
say. Only copies with the marks are: reading what is stored costs an unsealing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from lxml import etree

from service.foundation.db import reading
from service.foundation.formats import safe_xml
from service.foundation.formats.safe_xml import XmlRefused
from service.intake.actions.reading import Reading
from service.intake.actions.sealed import with_xml
from service.intake.queries import projecting
from service.intake.queries import receiving as queries
from service.intake.readers import xform_xml

MARKS = frozenset({"instanceID", "submissionDate"})
_Said: TypeAlias = "tuple[str, str, tuple[_Said, ...]]"


def as_stored(r: Reading, root: etree._Element) -> Reading:
    """`r` with the hash of the stored version, if that says the same. Its files add what is
    missing, no more: a program is given clean copies, and the originals are here."""
    if not set(root.attrib) >= MARKS or r.sealed_to is not None:
        return r
    with reading() as session:
        known = queries.list_canonical(
            session, r.project_id, r.form.form_pk, r.instance.instance_id
        )
        digests = {one.submission_pk: one.canonical_digest for one in known}
        if not digests or r.canonical_digest in digests.values():
            return r
        rows = projecting.list_for_projection(session, r.project_id, digests.keys())
        for stored in with_xml(r.project_id, rows):
            if _says_the_same(stored.xml, root):
                digest = digests[stored.submission_pk]
                return replace(r, canonical_digest=digest, is_copy=True)
    return r


def _says_the_same(stored: bytes, root: etree._Element) -> bool:
    try:
        before = safe_xml.parse(stored)
    except XmlRefused:
        return False
    return xform_xml.form_key(before) == xform_xml.form_key(root) and _said(before) == _said(root)


def _said(element: etree._Element) -> _Said:
    """Names without namespaces, as records are read here, and texts."""
    inside = tuple(_said(child) for child in element if isinstance(child.tag, str))
    return xform_xml.local(element), "" if inside else _text(element), inside


def _text(element: etree._Element) -> str:
    """An answer, around comments in it."""
    return (element.text or "") + "".join(child.tail or "" for child in element)
