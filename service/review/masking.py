"""A record's XML with nothing in it but what may be shown. Pure.

What is not known is not shown: nodes that the form does not name, comments, attributes. The shape
stays, so programs find every node where it was, empty.
"""

from __future__ import annotations

from lxml import etree

from service.forms.schema import Field, FormSchema, Sensitivity
from service.foundation.formats import safe_xml
from service.intake.readers.xform_xml import local

ALWAYS = frozenset({Sensitivity.OPEN, Sensitivity.CODED})
IDS = frozenset({("meta", "instanceID"), ("meta", "deprecatedID")})
_ROOT_SHOWS = frozenset({"id", "version", "{http://openrosa.org/xforms}version", "encrypted"})


def masked(xml: bytes, schema: FormSchema | None, shown: frozenset[Sensitivity]) -> bytes:
    """`shown`: the classes of answers that stay. Without a schema none is known."""
    root = safe_xml.parse(xml)
    etree.strip_elements(root, etree.Comment, with_tail=False)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    fields = schema.fields if schema else ()
    kept = IDS | {field.path for field in fields if _class_of(field) in shown}
    for name in set(root.attrib) - _ROOT_SHOWS:
        del root.attrib[name]
    root.text = None
    _mask(root, (), kept)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _class_of(field: Field) -> Sensitivity:
    """What stands in the meta block tells of whoever was asked or asks: names, phones."""
    return Sensitivity.IDENTITY if field.path[0] == "meta" else field.sensitivity


def _mask(element: etree._Element, path: tuple[str, ...], kept: frozenset[tuple[str, ...]]) -> None:
    for child in element:
        here = (*path, local(child))
        child.attrib.clear()
        child.tail = None
        if len(child) or here not in kept:
            child.text = None
        _mask(child, here, kept)
