"""Rows as OData has them: nested, typed, absent answers null. Pure; openrosa §6.2.

As ODK Central's, to the letter, for programs of today were written against it: ids, links, the
order of keys, what `$select` leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.exports import identifiers, values
from service.exports.layout import Layout, Path, Table
from service.exports.record import Chain, Inner, Row, Rows
from service.foundation.problems import PROPERTY_UNKNOWN, SELECT_UNSUPPORTED, Problem

SYSTEM = (
    "submissionDate", "updatedAt", "deletedAt", "submitterId", "submitterName",
    "attachmentsPresent", "attachmentsExpected", "status", "reviewState", "deviceId", "edits",
    "formVersion",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the caller wants of each row."""

    wkt: bool = False
    expand: bool = False
    select: str | None = None


@dataclass(kw_only=True)
class _Group:
    """Cells and groups of a bag, by OData name, in the order of the form."""

    cells: list[tuple[str, int, values.Convert | None]] = field(default_factory=list)
    groups: dict[str, _Group] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def at(self, path: Sequence[str]) -> _Group:
        found = self
        for name in path:
            if name not in found.groups:
                found.groups[name] = _Group()
                found.order.append(name)
            found = found.groups[name]
        return found

    def fill(self, row: Row) -> dict[str, Any]:
        bag: dict[str, Any] = {}
        for name, number, convert in self.cells:
            text = row[number]
            bag[name] = text if text is None or convert is None else convert(text)
        for name in self.order:
            bag[name] = self.groups[name].fill(row)
        return bag


class Bags:
    """Makes the rows of one table, and of what is inside it where that is expanded."""

    def __init__(self, layout: Layout, table: Table, shape: Shape) -> None:
        self._layout, self._table, self._shape = layout, table, shape
        self._chosen = _chosen(layout, table, shape.select)
        tables = layout.tables if shape.expand else (table,)
        self._frames = {one.number: self._frame(one) for one in tables}
        self._parent_key = identifiers.parent_key(layout, table) if table.path else ""
        self._is_named = self._chosen is None or "__id" in self._chosen.own
        self._says_parent = self._chosen is None or self._parent_key in self._chosen.own

    def rows(self, instance_id: str, rows: Rows, system: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of the table that one record gives."""
        bags: dict[tuple[int, Chain], dict[str, Any]] = {}
        found = []
        if not self._table.path:
            bag = self._root(instance_id, rows.root, system)
            bags[0, ()] = bag
            found.append(bag)
        for inner in rows.inner:
            bag = self._inner(instance_id, inner, bags)
            if inner.table == self._table.number:
                found.append(bag)
        return found

    def _root(self, instance_id: str, row: Row, system: Mapping[str, Any]) -> dict[str, Any]:
        bag: dict[str, Any] = {"__id": instance_id} if self._is_named else {}
        if self._chosen is None or "__system" in self._chosen.own:
            bag["__system"] = dict(system)
        elif self._chosen.system:
            bag["__system"] = {k: v for k, v in system.items() if k in self._chosen.system}
        bag.update(self._frames[0].fill(row))
        return bag

    def _inner(
        self, instance_id: str, inner: Inner, bags: dict[tuple[int, Chain], dict[str, Any]]
    ) -> dict[str, Any]:
        table = self._layout.tables[inner.table]
        holder = bags.get((table.parent or 0, inner.chain[:-1]))
        is_target = table.number == self._table.number
        bag: dict[str, Any] = {}
        if is_target or (self._shape.expand and holder is not None):
            bag = self._frames[table.number].fill(inner.row)
            if self._is_named:
                bag["__id"] = identifiers.row_id(instance_id, table, inner.chain)
            bags[table.number, inner.chain] = bag
        if holder is not None and self._links(table):
            self._hang(instance_id, table, inner, holder, bag)
        if is_target and self._says_parent:
            bag[self._parent_key] = identifiers.parent_id(instance_id, table, inner.chain)
        return bag

    def _links(self, table: Table) -> bool:
        return self._chosen is None or self._chosen.takes(table.path)

    def _hang(
        self,
        instance_id: str,
        table: Table,
        inner: Inner,
        holder: dict[str, Any],
        bag: dict[str, Any],
    ) -> None:
        *groups, name = self._layout.odata_path(table.path)[_depth(self._layout, table) :]
        for group in groups:
            holder = holder.setdefault(group, {})
        link = f"{name}@odata.navigationLink"
        if link not in holder:
            holder[link] = identifiers.navigation(
                self._layout, instance_id, table, inner.chain[:-1]
            )
        if self._shape.expand:
            holder.setdefault(name, []).append(bag)

    def _frame(self, table: Table) -> _Group:
        top = _Group()
        depth = len(table.path)
        for number, column in enumerate(table.columns):
            if self._chosen is not None and not self._chosen.takes(column.path):
                continue
            *groups, name = self._layout.odata_path(column.path)[depth:]
            convert = values.converter(column, wkt=self._shape.wkt)
            top.at(groups).cells.append((name, number, convert))
        return top


def _depth(layout: Layout, table: Table) -> int:
    return 0 if table.parent is None else len(layout.tables[table.parent].path)


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What `$select` names: paths of questions, groups and repeats, and what we say ourselves."""

    paths: tuple[Path, ...]
    own: frozenset[str]
    system: frozenset[str]

    def takes(self, path: Path) -> bool:
        return any(path[: len(one)] == one for one in self.paths)


def _chosen(layout: Layout, table: Table, select: str | None) -> _Chosen | None:
    """Raises PROPERTY_UNKNOWN, and SELECT_UNSUPPORTED for what is in a repeat."""
    if select is None or select.strip() == "*":
        return None
    own = {"__id"} | ({identifiers.parent_key(layout, table)} if table.path else {"__system"})
    system = set() if table.path else {f"__system/{name}" for name in SYSTEM}
    named = [word.strip() for word in select.split(",")]
    by_name = {
        tuple(layout.odata_path(path)[len(table.path) :]): path
        for path in layout.names
        if path[: len(table.path)] == table.path and len(path) > len(table.path)
    }
    paths = []
    for name in named:
        if name in own or name in system:
            continue
        path = by_name.get(tuple(name.split("/")))
        if path is None:
            raise Problem(PROPERTY_UNKNOWN, name=name[:80])
        if any(
            _is_inside(path, one)
            for one in layout.tables[1:]
            if one.path != table.path and _is_inside(one.path, table)
        ):
            raise Problem(SELECT_UNSUPPORTED, name=name[:80])
        paths.append(path)
    return _Chosen(
        paths=tuple(paths),
        own=frozenset(own.intersection(named)),
        system=frozenset(name.removeprefix("__system/") for name in system.intersection(named)),
    )


def _is_inside(path: Path, table: Table) -> bool:
    return len(path) > len(table.path) and path[: len(table.path)] == table.path
