"""The XPath expressions of a form, each with the question it belongs to.

pyxform checks the references inside an expression and not its grammar, nor what it calls; a phone
then refuses the whole form when somebody opens it in the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from service.forms import xpaths
from service.forms.namespaces import JAVAROSA, Path, local_name
from service.forms.xpaths import TooDeepError

COLUMN_OF = {
    ("bind", "relevant"): "relevant",
    ("bind", "constraint"): "constraint",
    ("bind", "calculate"): "calculation",
    ("bind", "required"): "required",
    ("bind", "readonly"): "readonly",
    ("itemset", "nodeset"): "choice_filter",
    ("setvalue", "value"): "calculation",
    ("repeat", f"{{{JAVAROSA}}}count"): "repeat_count",
}
"""Element and attribute -> column of the survey sheet."""
_ELEMENTS = frozenset(element for element, _ in COLUMN_OF)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """`path` of its question, with the root; `read` is None where it is no XPath."""

    path: Path
    column: str
    text: str
    read: xpaths.Read | None


def expressions_of(root: etree._Element) -> Iterator[Expression]:
    """All of them, in document order."""
    for node in root.iter(etree.Element):
        if (element := local_name(node)) not in _ELEMENTS:
            continue
        owner = node.getparent() if element == "itemset" else node
        target = "" if owner is None else owner.get("nodeset") or owner.get("ref") or ""
        path = path_of(target)
        for (of, attribute), column in COLUMN_OF.items():
            text = node.get(attribute) if of == element else None
            if text is not None:
                yield Expression(path=path, column=column, text=text, read=_read(text, path))


def path_of(target: str) -> Path:
    """Of what a bind or a control is about, with the root; () where that cannot be told."""
    try:
        found = xpaths.read(target).references
    except TooDeepError:
        return ()
    return found[-1].path if found else ()


def _read(text: str, path: Path) -> xpaths.Read | None:
    try:
        return xpaths.read(text, path) if is_xpath(text) else None
    except TooDeepError:
        return None


def is_xpath(expression: str) -> bool:
    """Whether the grammar of XPath 1.0 allows it (names of functions are not looked at)."""
    try:
        etree.XPath(expression)
    except (etree.XPathSyntaxError, ValueError):
        return False
    return True
