"""A record's XML with nothing in it but what may be shown. Pure.

What the form does not name is not there: foreign nodes, comments, attributes, foreign namespaces.
What it names stays where it was, empty where it may not be seen, so programs find it.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from service.forms.namespaces import OPENROSA, XFORMS
from service.forms.schema import Field, FormSchema, Sensitivity
from service.forms.tags import TAGS
from service.foundation.formats import safe_xml
from service.intake.readers.xform_xml import local

Path = tuple[str, ...]

ALWAYS = frozenset({Sensitivity.OPEN, Sensitivity.CODED})
IDS = frozenset({("meta", "instanceID"), ("meta", "deprecatedID")})
_ROOT_SHOWS = frozenset({"id", "version", f"{{{OPENROSA}}}version", "encrypted"})
_NAMESPACES = frozenset({None, XFORMS, OPENROSA})


def masked(
    xml: bytes,
    schema: FormSchema | None,
    shown: frozenset[Sensitivity],
    *,
    today: FormSchema | None = None,
) -> bytes:
    """`shown`: the classes of answers that stay. Without a schema none is known. `today`: what a
    later version of the form classes more strictly does not stay either."""
    root = safe_xml.parse(xml)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    fields = schema.fields if schema else ()
    hidden = {f.path for f in (today.fields if today else ()) if class_of(f) not in shown}
    kept = IDS | (seen(schema, shown) - hidden)
    for name in set(root.attrib) - _ROOT_SHOWS:
        del root.attrib[name]
    root.text = None
    _mask(root, (), kept, _beginnings(IDS | {field.path for field in fields}))
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def seen(schema: FormSchema | None, shown: frozenset[Sensitivity]) -> frozenset[Path]:
    """Paths of the answers that stay."""
    fields = schema.fields if schema else ()
    return IDS | {field.path for field in fields if class_of(field) in shown}


def _beginnings(paths: Iterable[Path]) -> frozenset[Path]:
    """The paths, and those of the groups around them."""
    return frozenset(path[:depth] for path in paths for depth in range(1, len(path) + 1))


def class_of(field: Field) -> Sensitivity:
    """As the form says, or stricter: what a tag means to say who somebody is does so whatever the
    form's class, and what stands in the meta block tells of whoever was asked or asks."""
    tag = TAGS.get(field.tag or "")
    says_who = tag is not None and tag.sensitivity is Sensitivity.IDENTITY
    return Sensitivity.IDENTITY if says_who or field.path[0] == "meta" else field.sensitivity


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
