"""XML of a record -> rows by table, by a plan made once for a form version and what may be seen.

On the way of every exported row: a question costs one look into a dictionary. What may not be seen
is not in the plan at all, so it can reach no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from service.exports.layout import Layout, Path
from service.forms.namespaces import JAVAROSA
from service.forms.schema import FormSchema, Sensitivity
from service.review import masking

Row: TypeAlias = "list[str | None]"
"""Cells as sent, in the order of the table's columns; None: not told, or not to be seen."""
Chain: TypeAlias = tuple[int, ...]
"""The place of a row among the repeats that hold it: 0-based, outermost first."""
_TEMPLATE = f"{{{JAVAROSA}}}template"


@dataclass(slots=True)
class Inner:
    """One occurrence of a repeat."""

    table: int
    chain: Chain
    row: Row


@dataclass(slots=True)
class Rows:
    """What one record says."""

    root: Row
    inner: list[Inner] = field(default_factory=list)
    """In the order of the record."""


@dataclass(frozen=True, slots=True)
class _Repeat:
    table: int
    width: int
    inside: _Tree


_Tree: TypeAlias = "dict[str, int | _Tree | _Repeat]"


class Plan:
    """How records of one form version are read into a layout."""

    def __init__(
        self,
        layout: Layout,
        own: FormSchema | None,
        seen: Collection[Sensitivity],
        only_root: bool = False,
    ) -> None:
        self.layout = layout
        self._width = len(layout.root.columns)
        self._is_whole = not only_root
        self._tree = _tree(layout, masking.classes(own, None), frozenset(seen), only_root)

    def read(self, root: etree._Element) -> Rows:
        rows = Rows([None] * self._width)
        _fill(root, self._tree, rows.root, (), rows)
        return rows

    def nothing(self) -> Rows:
        """Of a record that nobody here can read."""
        return Rows([None] * self._width)


def _tree(
    layout: Layout, own: masking.Classes, seen: frozenset[Sensitivity], only_root: bool
) -> _Tree:
    tree: _Tree = {}
    groups = _groups(own)
    for table in layout.tables[: 1 if only_root else None]:
        inside = tree
        if table.parent is not None:
            inside = _Repeat(table.number, len(table.columns), {}).inside
            holder = _at(tree, table.path[:-1])
            holder[table.path[-1]] = _Repeat(table.number, len(table.columns), inside)
        for number, column in enumerate(table.columns):
            # As the record's own version classed it, and as today's does (`masking.classes`).
            is_seen = own.get(column.path, frozenset()) | {column.sensitivity} <= seen
            if is_seen and column.path not in groups:
                _at(inside, column.local[:-1]).setdefault(column.local[-1], number)
    return tree


def _groups(own: Iterable[Path]) -> set[Path]:
    """What holds questions in the record's own version: a later one may have made a question of
    it, and the record has no answer to that."""
    return {path[:depth] for path in own for depth in range(1, len(path))}


def _at(tree: _Tree, path: Sequence[str]) -> _Tree:
    for name in path:
        found = tree.get(name)
        if not isinstance(found, dict | _Repeat):  # nothing yet, or a question of another version
            found = tree[name] = {}
        tree = found.inside if isinstance(found, _Repeat) else found
    return tree


def _fill(element: etree._Element, tree: _Tree, row: Row, chain: Chain, rows: Rows) -> None:
    counts: dict[str, int] | None = None
    for child in element:
        tag = child.tag
        target = tree.get(tag)
        if target is None:
            if tag.__class__ is not str or tag[0] != "{":
                continue
            tag = tag.rpartition("}")[2]
            target = tree.get(tag)
            if target is None:
                continue
        if target.__class__ is int:
            row[target] = child.text if not len(child) else _own_text(child)
        elif target.__class__ is dict:
            _fill(child, target, row, chain, rows)
        else:
            if child.get(_TEMPLATE) is not None:
                continue
            counts = {} if counts is None else counts
            number = counts[tag] = counts.get(tag, -1) + 1
            _repeat(child, target, (*chain, number), rows)  # type: ignore[arg-type]


def _own_text(element: etree._Element) -> str | None:
    """What an answer says around comments. One with elements inside is none: they are answers to
    other questions, perhaps such as may not be seen."""
    if any(child.tag.__class__ is str for child in element):
        return None
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _repeat(element: etree._Element, repeat: _Repeat, chain: Chain, rows: Rows) -> None:
    row: Row = [None] * repeat.width
    rows.inner.append(Inner(repeat.table, chain, row))
    _fill(element, repeat.inside, row, chain, rows)
