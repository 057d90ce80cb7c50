"""XPath expressions of a form that no phone could read.

pyxform checks the references inside an expression and not its grammar; a phone then refuses the
whole form when somebody opens it in the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from service.forms.namespaces import Path, local_name, parse_path
from service.forms.xform import MAX_BYTES, MAX_NODES
from service.foundation.formats import safe_xml

COLUMN_OF = {
    "relevant": "relevant",
    "constraint": "constraint",
    "calculate": "calculation",
    "required": "required",
    "readonly": "readonly",
}
"""Attribute of a bind -> column of the survey sheet."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An expression that is no XPath, and the question it belongs to."""

    path: Path
    attribute: str
    expression: str


def broken_expressions(xml: bytes) -> Iterator[Broken]:
    """All of them, in document order."""
    root = safe_xml.parse(xml, MAX_BYTES, MAX_NODES)
    for node in root.iter(etree.Element):
        name = local_name(node)
        attributes = COLUMN_OF if name == "bind" else ("nodeset",) if name == "itemset" else ()
        for attribute in attributes:
            expression = node.get(attribute)
            if expression is not None and not is_xpath(expression):
                owner = node if name == "bind" else node.getparent()
                target = "" if owner is None else owner.get("nodeset") or owner.get("ref") or ""
                yield Broken(path=parse_path(target), attribute=attribute, expression=expression)


def is_xpath(expression: str) -> bool:
    """Whether the grammar of XPath 1.0 allows it (names of functions are not looked at)."""
    try:
        etree.XPath(expression)
    except (etree.XPathSyntaxError, ValueError):
        return False
    return True
