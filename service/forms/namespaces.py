"""Namespaces of XForms, and the way to read paths and attributes whatever their prefixes."""

from __future__ import annotations

import re

from lxml import etree

XFORMS = "http://www.w3.org/2002/xforms"
XHTML = "http://www.w3.org/1999/xhtml"
JAVAROSA = "http://openrosa.org/javarosa"
OPENROSA = "http://openrosa.org/xforms"
ODK = "http://www.opendatakit.org/xforms"
SAMLENG = "https://samleng.org/xforms"

Path = tuple[str, ...]

_PREDICATE = re.compile(r"\[[^\]]*\]")


def is_element(node: etree._Element) -> bool:
    """Not a comment, not a processing instruction."""
    return isinstance(node.tag, str)


def local_name(node: etree._Element) -> str:
    """The name of an element without its namespace."""
    return node.tag.rpartition("}")[2]


def children(node: etree._Element) -> list[etree._Element]:
    """Child elements, in document order."""
    return [child for child in node if isinstance(child.tag, str)]


def parse_path(xpath: str, context: Path = ()) -> Path:
    """`/data/orx:meta/x` -> (meta, x): below the root, without prefixes and predicates.

    A relative path continues `context`.
    """
    bare = _PREDICATE.sub("", xpath.strip())
    steps = [step.strip().rpartition(":")[2] for step in bare.split("/")]
    if bare.startswith("/"):
        return tuple(steps[2:])
    path = list(context)
    for step in steps:
        if step == "..":
            del path[-1:]
        elif step not in ("", "."):
            path.append(step)
    return tuple(path)
