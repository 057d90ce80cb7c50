"""A drawing as shapes, and its words beside them: for paper, where Typst sets them itself. Its own
reading of text in SVG breaks Khmer clusters (0.15: what stands before the consonant is drawn over
it), so no word of a drawing goes through it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", _SVG[1:-1])


@dataclass(frozen=True, kw_only=True)
class Label:
    """Words whose baseline begins, has its middle or ends at a point, in units of the drawing."""

    words: str
    x: float
    y: float
    size: float
    anchor: str
    is_bold: bool
    fill: str


@dataclass(frozen=True, kw_only=True)
class Apart:
    shapes: str
    width: float
    height: float
    labels: tuple[Label, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def apart(drawn: str) -> Apart:
    """Of a drawing made here: groups are moved, never turned or scaled."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 - ours
    left, top, width, height = (float(one) for one in root.attrib["viewBox"].split())
    labels: list[Label] = []
    _take(root, -left, -top, labels)
    for one in (f"{_SVG}title", f"{_SVG}desc"):
        if (found := root.find(one)) is not None:
            root.remove(found)
    shapes = ElementTree.tostring(root, encoding="unicode")
    return Apart(shapes=shapes, width=width, height=height, labels=tuple(labels))


def _take(parent: ElementTree.Element, x: float, y: float, labels: list[Label]) -> None:
    """All words below, out of the tree."""
    for child in list(parent):
        if child.tag == f"{_SVG}text":
            labels.append(_label(child, x, y))
            parent.remove(child)
        else:
            by_x, by_y = _moved(child)
            _take(child, x + by_x, y + by_y, labels)


def _moved(child: ElementTree.Element) -> tuple[float, float]:
    said = child.get("transform", "translate(0 0)")
    by_x, by_y = said.removeprefix("translate(").removesuffix(")").split()
    return float(by_x), float(by_y)


def _label(child: ElementTree.Element, x: float, y: float) -> Label:
    return Label(
        words=child.text or "",
        x=x + float(child.attrib["x"]),
        y=y + float(child.attrib["y"]),
        size=float(child.attrib["font-size"]),
        anchor=child.get("text-anchor", "start"),
        is_bold=child.get("font-weight") == "700",
        fill=child.attrib["fill"],
    )
