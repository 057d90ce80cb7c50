"""XForm XML -> FormSchema: paths, types, repeats, labels, choices, tags and classes.

Follows ODK XForms. Elements are matched by local name, never by prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.forms import entity_lists
from service.forms.expected_files import expected_files
from service.forms.itext import Texts
from service.forms.mistakes import Mistake, Words, form_invalid, mistake
from service.forms.namespaces import OPENROSA, SAMLENG, Path, children, local_name, parse_path
from service.forms.schema import PLACES, Field, FormSchema, Sensitivity
from service.forms.xform_body import Body, read_body
from service.forms.xform_parts import Parts
from service.foundation.formats import safe_xml
from service.foundation.formats.safe_xml import XmlRefused

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 400_000
"""Larger than for records: forms come from people with that right, and may hold every village."""

_CODED = frozenset(
    {"select", "select1", "rank", "int", "integer", "decimal", "boolean"}
    | {"date", "time", "dateTime"}
)
Binds = Mapping[Path, Mapping[str, str]]
"""Path to the attributes of its bind."""

NOBODYS = "nobody"
"""What `place` says of a question for a place that is no person's."""
_META_CODED = frozenset({"instanceID", "deprecatedID"})


def read(xml: bytes) -> FormSchema:
    """The schema of a form. Raises Problem(FORM_INVALID) for what Collect could not open."""
    try:
        parts = Parts(safe_xml.parse(xml, MAX_BYTES, MAX_NODES))
    except XmlRefused as refused:
        raise form_invalid([_not_xml(refused)]) from None
    mistakes = list(parts.mistakes())
    if mistakes or parts.model is None or parts.body is None or parts.primary is None:
        raise form_invalid(mistakes)
    return _schema(parts, parts.model, parts.body, parts.primary)


def _schema(
    parts: Parts, model: etree._Element, body: etree._Element, primary: etree._Element
) -> FormSchema:
    texts = Texts(model)
    said = read_body(body, model, texts)
    binds = _binds(model)
    leaves = list(_leaves(primary, (), set()))
    submission: Mapping[str, str] = {}
    if parts.submission is not None:
        submission = dict(parts.submission.attrib)  # type: ignore[arg-type]
    return FormSchema(
        form_id=parts.form_id,
        version=parts.version,
        title=parts.title,
        root=local_name(primary),
        fields=tuple(_fields(leaves, binds, said)),
        repeats=frozenset(said.repeats),
        attachments=expected_files(model, body, primary),
        languages=texts.languages,
        public_key=submission.get("base64RsaPublicKey", "").strip() or None,
        auto_delete=submission.get(f"{{{OPENROSA}}}auto-delete"),
        entities=entity_lists.read_specs(primary, binds),
        saved=tuple(
            (path, name) for path, bind in binds.items() if (name := entity_lists.save_to(bind))
        ),
        warnings=tuple(_warnings(parts, leaves, binds)),
    )


def _binds(model: etree._Element) -> dict[Path, Mapping[str, str]]:
    return {
        parse_path(node.get("nodeset", "")): dict(node.attrib)  # type: ignore[arg-type]
        for node in children(model)
        if local_name(node) == "bind"
    }


@dataclass(frozen=True, kw_only=True)
class _Leaf:
    path: Path
    node: etree._Element


def _leaves(node: etree._Element, path: Path, seen: set[Path]) -> Iterator[_Leaf]:
    """Each path once: a repeat's jr:template and its first occurrence are the same questions."""
    for child in children(node):
        at = (*path, local_name(child))
        if children(child):
            yield from _leaves(child, at, seen)
        elif at not in seen:
            seen.add(at)
            yield _Leaf(path=at, node=child)


def _fields(leaves: list[_Leaf], binds: Binds, said: Body) -> Iterator[Field]:
    for leaf in leaves:
        path = leaf.path
        if path not in said.groups and path not in said.repeats:
            yield _field(leaf, binds.get(path, {}), said)


def _field(leaf: _Leaf, bind: Mapping[str, str], said: Body) -> Field:
    path = leaf.path
    kind = _type(path, bind, said)
    written = _ours("class", bind, leaf.node)
    is_nobodys = _ours("place", bind, leaf.node) == NOBODYS
    return Field(
        path=path,
        type=kind,
        tag=_ours("tag", bind, leaf.node),
        sensitivity=_class(written) or _default_class(path, kind, is_nobodys=is_nobodys),
        is_classed=_class(written) is not None,
        is_nobodys_place=is_nobodys,
        repeats=frozenset(n for n in range(1, len(path)) if path[:n] in said.repeats),
        label=said.labels.get(path, {}),
        choices=tuple(said.choices.get(path, ())),
        choice_labels=said.choices.get(path, {}),
    )


def _type(path: Path, bind: Mapping[str, str], said: Body) -> str:
    written = bind.get("type", "string").rpartition(":")[2]
    return said.kinds.get(path, written) if written == "string" else written


def _ours(name: str, bind: Mapping[str, str], node: etree._Element) -> str | None:
    """Our attribute on the bind, or else on the node of the instance."""
    key = f"{{{SAMLENG}}}{name}"
    text = bind.get(key) or node.get(key) or ""
    return text.strip() or None


def _class(written: str | None) -> Sensitivity | None:
    try:
        return Sensitivity((written or "").lower())
    except ValueError:
        return None


def _default_class(path: Path, kind: str, *, is_nobodys: bool) -> Sensitivity:
    """What is picked or measured is coded; an exact place says who lives there; text, media, audio
    may tell all."""
    if kind in PLACES:
        return Sensitivity.CODED if is_nobodys else Sensitivity.IDENTITY
    is_id = len(path) == 2 and path[0] == "meta" and path[1] in _META_CODED
    return Sensitivity.CODED if kind in _CODED or is_id else Sensitivity.TESTIMONY


def _warnings(parts: Parts, leaves: list[_Leaf], binds: Binds) -> Iterator[str]:
    meta = {leaf.path[-1]: leaf.path for leaf in leaves if leaf.path[0] in ("meta", "instanceID")}
    if "instanceID" not in meta:
        yield "The form has no meta/instanceID: a record sent twice can only be told by its bytes."
    calculate = binds.get(meta.get("instanceID", ()), {}).get("calculate", "")
    if calculate and "once(" not in calculate.replace(" ", ""):
        yield "instanceID is calculated again at each save: edits of a record cannot be followed."
    if parts.action:
        yield f"The form sends its records to {parts.action}, whatever server it came from."
    for leaf in leaves:
        written = _ours("class", binds.get(leaf.path, {}), leaf.node)
        if written and _class(written) is None:
            yield (
                f"{'/'.join(leaf.path)}: the class “{written}” is unknown; "
                f"it can be {', '.join(Sensitivity)}."
            )


def _not_xml(refused: XmlRefused) -> Mistake:
    where = f" ({refused.detail})" if refused.detail else ""
    return mistake(
        Words(
            en=f"The file is not an XForm that can be read safely: {refused.reason}{where}.",
            km=f"ឯកសារនេះមិនមែនជា XForm ដែលអាចអានបានដោយសុវត្ថិភាពទេ៖ {refused.reason}{where}។",
        ),
        Words(
            en="Build the form again with an XLSForm tool, as UTF-8 and without a DOCTYPE.",
            km="សូមបង្កើតទម្រង់ឡើងវិញដោយឧបករណ៍ XLSForm ជា UTF-8 និងគ្មាន DOCTYPE។",
        ),
    )
