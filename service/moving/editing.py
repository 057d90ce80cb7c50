"""The XML of a record whose earlier versions its source does not have any more. Pure.

Kobo and Ona keep the last version of a record alone, whose `deprecatedID` names one that exists
nowhere. As it stands it would wait for that version for ever.
"""

from __future__ import annotations

from lxml import etree

from service.foundation.formats import safe_xml

DEPRECATED = "deprecatedID"


def with_base(xml: bytes, base_id: str | None) -> bytes:
    """The record as an edit of `base_id`, or of nothing. Raises safe_xml.XmlRefused."""
    root = safe_xml.parse(xml)
    meta = next((one for one in root.iterchildren(reversed=True) if _local(one) == "meta"), None)
    if meta is None:
        return xml
    told = [one for one in meta if _local(one) == DEPRECATED]
    if base_id is not None and not told:
        namespace = str(meta.tag).rpartition("}")[0]
        told = [etree.SubElement(meta, f"{namespace}}}{DEPRECATED}" if namespace else DEPRECATED)]
    for child in told:
        if base_id is None:
            meta.remove(child)
        else:
            child.text = base_id
    return etree.tostring(root, encoding="utf-8")


def _local(element: etree._Element) -> str:
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
