"""An XForm under another form ID or version, otherwise as it was. Pure."""

from __future__ import annotations

from lxml import etree

from service.forms.namespaces import OPENROSA
from service.forms.xform_parts import Parts

_VERSION = f"{{{OPENROSA}}}version"


def rewritten(xml: bytes, *, form_id: str | None = None, version: str | None = None) -> bytes:
    """`xml` was read before (`xform.read`), so it holds a primary instance and no DTD. White space
    stays: between two outputs of a label it is what separates them."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    html = etree.fromstring(xml.removeprefix(b"\xef\xbb\xbf"), parser)
    primary = Parts(html).primary
    if primary is None:
        raise ValueError("a form without a primary instance")
    if form_id is not None:
        primary.set("id", form_id)
    if version is not None:
        if _VERSION in primary.attrib:
            del primary.attrib[_VERSION]
        primary.set("version", version)
    return etree.tostring(html, encoding="UTF-8", xml_declaration=True)
