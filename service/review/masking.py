"""A record's XML with nothing in it but what may be shown. Pure.

What the form does not name is not there: foreign nodes, comments, attributes, foreign namespaces.
What it names stays where it was, empty where it may not be seen, so programs find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from service.forms.classes import IDS, class_of
from service.forms.namespaces import OPENROSA, XFORMS
from service.forms.schema import FormSchema, Sensitivity
from service.foundation.formats import safe_xml
from service.intake.readers.xform_xml import local

Path = tuple[str, ...]

Classes = Mapping[Path, frozenset[Sensitivity]]
_ROOT_SHOWS = frozenset({"id", "version", f"{{{OPENROSA}}}version", "encrypted"})
_NAMESPACES = frozenset({None, XFORMS, OPENROSA})


def masked(
    xml: bytes,
    schema: FormSchema | None,
    shown: frozenset[Sensitivity],
    *,
    today: FormSchema | None,
) -> bytes:
    """`shown`: the classes of answers that stay. `schema` is of the version that was filled in,
    `today` the one that is offered (`classes`); without a schema nothing is known."""
    root = safe_xml.parse(xml)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    fields = schema.fields if schema else ()
    kept = seen(schema, shown, today)
    for name in set(root.attrib) - _ROOT_SHOWS:
        del root.attrib[name]
    root.text = None
    _mask(root, (), kept, _beginnings(IDS | {field.path for field in fields}))
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def named(xml: bytes, instance_id: str) -> bytes:
    """A record under the ID that its version stands under, where a person put it in its place: who
    corrects it says that one."""
    root = safe_xml.parse(xml)
    for meta in (child for child in root if local(child) == "meta"):
        for node in (one for one in meta if local(one) == "instanceID"):
            node.text = instance_id
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def seen(
    schema: FormSchema | None, shown: frozenset[Sensitivity], today: FormSchema | None
) -> frozenset[Path]:
    """Paths of the answers that stay."""
    return IDS | {path for path, of in classes(schema, today).items() if of <= shown}


def classes(own: FormSchema | None, today: FormSchema | None) -> dict[Path, frozenset[Sensitivity]]:
    """Of the questions of a record's own version: the class that it gave them, and the one that
    today's version does. Whoever sees an answer may see both, so the stricter one holds."""
    later = {field.path: class_of(field) for field in (today.fields if today else ())}
    return {
        field.path: frozenset({class_of(field), later.get(field.path, class_of(field))})
        for field in (own.fields if own else ())
    }


def _beginnings(paths: Iterable[Path]) -> frozenset[Path]:
    """The paths, and those of the groups around them."""
    return frozenset(path[:depth] for path in paths for depth in range(1, len(path) + 1))


def _mask(
    element: etree._Element, path: Path, kept: frozenset[Path], known: frozenset[Path]
) -> None:
    for child in list(element):
        here = (*path, local(child))
        if here not in known:
            element.remove(child)
            continue
        if etree.QName(child).namespace not in _NAMESPACES:
            child.tag = here[-1]
        child.attrib.clear()
        child.tail = None
        if len(child) or here not in kept:
            child.text = None
        _mask(child, here, kept, known)
