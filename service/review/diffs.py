"""What changed from one version of a record to the next. Pure.

A value that may not be seen is None in both versions, and so never a change: whoever could read
that a hidden answer stayed the same could try names by editing, until one is right.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from service.forms.schema import FormSchema, Sensitivity
from service.foundation.formats import safe_xml
from service.intake.readers.xform_xml import local
from service.review import masking

Path = tuple[str, ...]
Tree = dict[str, "Value"]
Value = str | Tree | list[Tree] | None
Steps = tuple[str | tuple[str, int], ...]
"""From the root: names, and (name, position) of one among repeats, counted from 0."""


class Absent(enum.Enum):
    """Where a version does not have the node at all."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, kw_only=True)
class Change:
    """One node that is not as it was; of a whole group or repeat that came or went, one."""

    path: Steps
    old: Value | Absent = field(default=ABSENT, repr=False)
    new: Value | Absent = field(default=ABSENT, repr=False)


def tree(
    xml: bytes,
    schema: FormSchema | None,
    shown: frozenset[Sensitivity],
    *,
    today: FormSchema | None,
) -> Tree:
    """A version's answers as far as the reader may see them."""
    seen = masking.seen(schema, shown, today)
    fields = schema.fields if schema else ()
    groups = {one.path[:depth] for one in fields for depth in range(1, len(one.path))}
    repeats = schema.repeats if schema else frozenset()
    root = safe_xml.parse(masking.masked(xml, schema, shown, today=today))
    return _tree(root, (), seen, frozenset(groups | repeats), repeats)


def _tree(
    element: etree._Element,
    path: Path,
    seen: frozenset[Path],
    groups: frozenset[Path],
    repeats: frozenset[Path],
) -> Tree:
    found: Tree = {}
    for child in element:
        here = (*path, local(child))
        if not len(child) and here not in groups:
            found[here[-1]] = (child.text or "") if here in seen else None
            continue
        inner = _tree(child, here, seen, groups, repeats)
        if here not in repeats:
            found[here[-1]] = inner
        elif isinstance(rows := found.setdefault(here[-1], []), list):
            rows.append(inner)
    return found


def changes(old: Tree, new: Tree, path: Steps = ()) -> Iterator[Change]:
    """In the order of the form, as far as both versions have one."""
    for name in {**old, **new}:
        here = (*path, name)
        before, after = old.get(name, ABSENT), new.get(name, ABSENT)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from changes(before, after, here)
        elif isinstance(before, list) or isinstance(after, list):
            yield from _of_rows(before, after, path, name)
        else:
            yield Change(path=here, old=before, new=after)


def _of_rows(
    before: Value | Absent, after: Value | Absent, path: Steps, name: str
) -> Iterator[Change]:
    """Of a repeat: what is alike at both ends stays; between, rows stand against each other in
    their order, and what is over came or went."""
    old = before if isinstance(before, list) else []
    new = after if isinstance(after, list) else []
    if not isinstance(before, list | Absent) or not isinstance(after, list | Absent):
        yield Change(path=(*path, name), old=before, new=after)  # another form put a question here
        return
    start, end = _alike(old, new)
    old_rows, new_rows = old[start : len(old) - end], new[start : len(new) - end]
    for at in range(max(len(old_rows), len(new_rows))):
        here = (*path, (name, start + at))
        if at >= len(old_rows):
            yield Change(path=here, new=new_rows[at])
        elif at >= len(new_rows):
            yield Change(path=here, old=old_rows[at])
        else:
            yield from changes(old_rows[at], new_rows[at], here)


def _alike(old: list[Tree], new: list[Tree]) -> tuple[int, int]:
    """How many rows at the beginning, and then at the end, are the same."""
    most, start, end = min(len(old), len(new)), 0, 0
    while start < most and old[start] == new[start]:
        start += 1
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end
