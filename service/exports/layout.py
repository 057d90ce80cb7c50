"""A form -> its tables: one for the records, one for each repeat. Pure.

Names follow ODK Central, so that whatever was written for it goes on working; where two Khmer
names would become the same OData name, which Central lets happen, the second gets a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from service.forms.classes import class_of
from service.forms.schema import Field, FormSchema, Sensitivity
from service.foundation.formats import geo_text

Path = tuple[str, ...]
ROOT = "Submissions"
MULTIPLE = frozenset({"select", "rank"})
_LEADING = re.compile(r"^([^A-Za-z_])")
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A question as a column of its table."""

    path: Path
    """From the root of the form."""
    local: Path
    """From its table."""
    type: str
    sensitivity: Sensitivity
    choices: tuple[str, ...] = ()
    label: dict[str, str] = field(default_factory=dict)
    choice_labels: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_multiple(self) -> bool:
        return self.type in MULTIPLE

    @property
    def is_geo(self) -> bool:
        return self.type in geo_text.TYPES


@dataclass(frozen=True, kw_only=True)
class Table:
    """Records (`path` empty), or a repeat. `repeats` are the depths at which its path repeats."""

    number: int
    path: Path
    repeats: tuple[int, ...]
    parent: int | None
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ROOT


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All tables of a form; a table comes after the one that holds it."""

    tables: tuple[Table, ...]
    names: dict[Path, str]
    """Path of a question, group or repeat -> its OData name; no sibling has the same."""

    @property
    def root(self) -> Table:
        return self.tables[0]

    def odata_name(self, table: Table) -> str:
        """`Submissions.group.repeat`."""
        return ".".join([ROOT, *self.odata_path(table.path)])

    def odata_path(self, path: Path) -> list[str]:
        return [self.names[path[:depth]] for depth in range(1, len(path) + 1)]

    def find(self, odata_name: str) -> Table | None:
        return next((t for t in self.tables if self.odata_name(t) == odata_name), None)


def layout_of(schema: FormSchema, older: Sequence[FormSchema] = ()) -> Layout:
    """The tables of a form as `schema` has it; with what only older versions ask, where given."""
    fields = list(_data_fields(schema))
    repeats = dict.fromkeys(_repeats_in_order(fields, schema.repeats))
    for one in older:
        known = {of.path for of in fields}
        more = [of for of in _data_fields(one) if of.path not in known]
        fields += more
        repeats.update(dict.fromkeys(_repeats_in_order(more, one.repeats)))
    paths = [(), *sorted(repeats, key=lambda path: _place(path, fields))]
    tables = tuple(_table(number, path, paths, fields) for number, path in enumerate(paths))
    return Layout(tables=tables, names=_odata_names(fields, paths))


def _data_fields(schema: FormSchema) -> Iterator[Field]:
    """Without the bare entity node of the meta block, which says nothing itself."""
    return (of for of in schema.fields if of.path[-2:] != ("meta", "entity"))


def _repeats_in_order(fields: Iterable[Field], repeats: Iterable[Path]) -> Iterator[Path]:
    held = set(repeats)
    for of in fields:
        for depth in range(1, len(of.path)):
            if of.path[:depth] in held:
                yield of.path[:depth]


def _place(path: Path, fields: Sequence[Field]) -> tuple[int, int]:
    first = next(i for i, of in enumerate(fields) if of.path[: len(path)] == path)
    return first, len(path)


def _table(number: int, path: Path, paths: Sequence[Path], fields: Sequence[Field]) -> Table:
    held = set(paths)
    depths = tuple(depth for depth in range(1, len(path) + 1) if path[:depth] in held)
    columns = tuple(
        Column(
            path=of.path,
            local=of.path[len(path) :],
            type=of.type,
            sensitivity=class_of(of),
            choices=of.choices,
            label=of.label,
            choice_labels=of.choice_labels,
        )
        for of in fields
        if _innermost(of.path, held) == path
    )
    parent = None if not path else paths.index(path[: depths[-2]] if len(depths) > 1 else ())
    return Table(number=number, path=path, repeats=depths, parent=parent, columns=columns)


def _innermost(path: Path, repeats: set[Path]) -> Path:
    inside = (path[:depth] for depth in range(len(path) - 1, 0, -1))
    return next((one for one in inside if one in repeats), ())


def _odata_names(fields: Sequence[Field], repeats: Sequence[Path]) -> dict[Path, str]:
    names: dict[Path, str] = {}
    taken: dict[Path, set[str]] = {}
    for of in fields:
        for depth in range(1, len(of.path) + 1):
            path = of.path[:depth]
            if path not in names:
                siblings = taken.setdefault(path[:-1], set())
                names[path] = _own(odata_identifier(path[-1]), siblings)
    return names


def odata_identifier(name: str) -> str:
    return _NO_WORD.sub("_", _LEADING.sub(r"_\1", name))


def odata_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Names beside one another -> what OData calls each; none is called as what is `taken`."""
    held = set(taken)
    return {name: _own(odata_identifier(name), held) for name in names}


def _own(name: str, taken: set[str]) -> str:
    own, number = name, 2
    while own in taken:
        own, number = f"{name}_{number}", number + 1
    taken.add(own)
    return own
