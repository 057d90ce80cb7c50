"""XForms instance XML -> Instance. Matches on local names: clients differ in prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

from lxml import etree

from service.forms.returned_file import CORRECTS
from service.forms.schema import FormSchema
from service.foundation.sealing import instance_id_for
from service.intake.envelope import safe_name
from service.intake.instance import Answers, Instance

MAX_ID = 249
_Tree: TypeAlias = "dict[str, tuple[bool, _Tree]]"
_PLAIN: tuple[bool, _Tree] = (False, {})
INSTANCE_ID_MADE = "instance_id_made"
_LIKE_A_FILE = re.compile(
    r"\s*[^/\\\n]{1,200}\.(?:jpe?g|png|gif|webp|hei[cf]|svg|tiff?|bmp|mp[34]|m4[av]|3gpp?|amr|aac"
    r"|og[gv]|opus|wav|flac|mov|avi|mkv|webm|pdf|docx?|odt|rtf|txt|xlsx?|ods|csv|pptx?|zip|xml"
    r"|json|geojson|kml|gpx)\s*",
    re.IGNORECASE,
)
"""What cameras, recorders and file pickers name, by the endings that their media have."""


def local(element: etree._Element) -> str:
    """An element's name without namespace; "" for comments and instructions."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if tag[0] == "{" else tag


def form_key(root: etree._Element) -> tuple[str, str]:
    """(form ID, version) that the record names; "" where it names none."""
    form_id = root.get("id") or etree.QName(root).namespace or ""
    version = root.get("version")
    if version is None:
        version = root.get("{http://openrosa.org/xforms}version", "")
    return form_id.strip(), version.strip()


def is_encrypted(root: etree._Element) -> bool:
    return root.get("encrypted") == "yes"


def read(
    root: etree._Element, xml: bytes, schema: FormSchema | None, *, is_exact: bool = True
) -> tuple[Instance, bool]:
    """(instance without answers, whether its ID had to be made).

    A record without instanceID gets one derived from its bytes, so that sending it again is
    recognised. `schema` (None = unknown) says which answers name files; where it is not that of the
    very version (not `is_exact`), an answer that looks like the name of a file is one, too.
    """
    form_id, version = form_key(root)
    meta = _meta(root)
    given = (meta.get("instanceID") or root.get("instanceID") or "").strip()
    is_made = not given or len(given) > MAX_ID
    encrypted = is_encrypted(root)
    deprecated = (meta.get("deprecatedID") or "").strip() or None
    if deprecated is None and schema is not None and not encrypted:
        deprecated = _corrected(root, schema, given)
    return (
        Instance(
            form_id=form_id,
            version=version[:MAX_ID],
            instance_id=instance_id_for(xml) if is_made else given,
            deprecated_id=deprecated[:MAX_ID] if deprecated else None,
            is_encrypted=encrypted,
            expected_files=_encrypted_files(root)
            if encrypted
            else _named_files(root, schema, is_exact=is_exact),
        ),
        is_made,
    )


def _corrected(root: etree._Element, schema: FormSchema, own: str) -> str | None:
    """What a phone that cannot edit says that it corrects: chosen in a question with a tag for it
    (`forms.returned_file`). It is an edit like any other, decided upon by the same rules."""
    paths = (field.path for field in schema.fields if field.tag == CORRECTS)
    said = (one.strip() for path in paths for one in texts(root, path))
    return next((one for one in said if one and one != own), None)


def _meta(root: etree._Element) -> dict[str, str]:
    """Texts of the meta block, in whichever namespace it is, at the top level of the record."""
    for child in root.iterchildren(reversed=True):  # forms put it last
        if local(child) == "meta":
            return {local(node): node.text or "" for node in child}
    return {}


def _encrypted_files(root: etree._Element) -> tuple[str, ...]:
    """Files of an encrypted record: all media in order, then the encrypted XML."""
    names: list[str] = []
    last: list[str] = []
    for child in root:
        if local(child) == "media":
            names += [file.text or "" for file in child if local(file) == "file"]
        elif local(child) == "encryptedXmlFile":
            last.append(child.text or "")
    return _clean(names + last)


def _named_files(
    root: etree._Element, schema: FormSchema | None, *, is_exact: bool
) -> tuple[str, ...]:
    names: list[str] = []
    for path in schema.binary_paths() if schema else ():
        names += texts(root, path)
    if not is_exact:  # better a file too many than one that its phone deletes and nobody has
        said = [node.text or "" for node in root.iter()]
        names += filter(_LIKE_A_FILE.fullmatch, said)
    return _clean(names)


def texts(element: etree._Element, path: tuple[str, ...]) -> list[str]:
    """Texts of all nodes at `path` below `element`; repeats give several."""
    found = [element]
    for name in path:
        found = [child for node in found for child in node if local(child) == name]
    return [node.text or "" for node in found]


def _clean(names: Iterable[str]) -> tuple[str, ...]:
    """As the names of files that arrive are cleaned, or the two would never meet."""
    return tuple(dict.fromkeys(name for name in map(safe_name, names) if name))


def answers(root: etree._Element, schema: FormSchema) -> Answers:
    """The record as nested answers: groups are dicts, repeats are lists, texts are as sent."""
    return _group(root, _repeat_tree(schema.repeats))


@cache
def _repeat_tree(repeats: frozenset[tuple[str, ...]]) -> _Tree:
    """Paths of repeats as a tree: name -> (does it repeat, what is below it)."""
    tree: _Tree = {}
    for path in repeats:
        level = tree
        for depth, name in enumerate(path, start=1):
            is_repeat, below = level.get(name, (False, {}))
            level[name] = (is_repeat or depth == len(path), below)
            level = below
    return tree


def _group(element: etree._Element, tree: _Tree) -> Answers:
    result: Answers = {}
    for child in element:
        tag = child.tag
        name = tag if tag.__class__ is str and tag[0] != "{" else local(child)
        if not name:
            continue
        is_repeat, below = tree.get(name, _PLAIN)
        if is_repeat:
            rows = result.setdefault(name, [])
            if isinstance(rows, list):
                rows.append(_group(child, below))
        elif len(child):
            result[name] = _group(child, below)
        else:
            result[name] = child.text or ""
    return result
