"""A converted form as plain text, one row per question, so that a change is read by people."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

XF = "{http://www.w3.org/2002/xforms}"
SAMLENG = "{https://samleng.org/xforms}"
ENGLISH, KHMER = "English (en)", "ភាសាខ្មែរ (km)"

_COLUMNS = "type|name|label en|label km|relevant|constraint|tag|class"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One bind of the XForm with the control that shows it, if any does."""

    type: str
    path: str
    labels: dict[str, str]
    hints: dict[str, str]
    constraint_messages: dict[str, str]
    relevant: str
    constraint: str
    tag: str
    sensitivity: str
    is_shown: bool


def rows(xform: bytes) -> list[Row]:
    """Questions, groups and repeats in the order of their binds."""
    root = etree.fromstring(xform)
    texts = _texts(root)
    controls = {
        element.get("ref") or element.get("nodeset"): element
        for element in root.iter(*(XF + n for n in _CONTROLS))
    }
    return [_row(bind, controls.get(bind.get("nodeset")), texts) for bind in root.iter(XF + "bind")]


def as_text(xform: bytes) -> str:
    lines = [_COLUMNS]
    for row in rows(xform):
        cells = (row.type, row.path, row.labels.get(ENGLISH, ""), row.labels.get(KHMER, ""),
                 row.relevant, row.constraint, row.tag, row.sensitivity)  # fmt: skip
        lines.append("|".join(" ".join(cell.split()) for cell in cells))
    return "\n".join(lines) + "\n"


_CONTROLS = ("input", "select", "select1", "upload", "trigger", "group", "repeat")


def _texts(root: etree._Element) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for translation in root.iter(XF + "translation"):
        language = str(translation.get("lang"))
        for text in translation.iter(XF + "text"):
            value = "".join(text.find(XF + "value").itertext())  # type: ignore[union-attr]
            found.setdefault(str(text.get("id")), {})[language] = value
    return found


def _row(
    bind: etree._Element, control: etree._Element | None, texts: dict[str, dict[str, str]]
) -> Row:
    path = str(bind.get("nodeset"))
    kind = str(bind.get("type", ""))
    if control is not None:
        kind = f"{etree.QName(control).localname} {kind}".strip()
    return Row(
        type=kind,
        path=path.removeprefix("/data/"),
        labels=texts.get(f"{path}:label", {}),
        hints=texts.get(f"{path}:hint", {}),
        constraint_messages=texts.get(f"{path}:jr:constraintMsg", {}),
        relevant=str(bind.get("relevant", "")),
        constraint=str(bind.get("constraint", "")),
        tag=str(bind.get(SAMLENG + "tag", "")),
        sensitivity=str(bind.get(SAMLENG + "class", "")),
        is_shown=control is not None,
    )
