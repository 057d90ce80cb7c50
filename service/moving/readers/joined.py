"""A table of records and the tables of their repeats, read beside each other. Pure.

Servers write all of them in the order of the records, so a file of any length is read in little
memory. One that somebody sorted anew is refused before anything is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from service.exports.layout import Layout, Table
from service.moving.readers import flat
from service.moving.readers.flat import Cells, FlatRecord, Names, Steps

MOST_DIGITS = 9
OUT_OF_ORDER = "rows of its repeats do not follow its records: export it anew, and do not sort it"


class OutOfOrder(Exception):  # noqa: N818 - a verdict on what was given
    pass


class Dialect(Protocol):
    """How one server's tables say whose a row of a repeat is."""

    def owner(self, cells: Cells) -> str:
        """The ID of its record, as the table of records has it."""
        ...

    def steps(self, cells: Cells, table: Table, within: Within) -> Steps: ...


Within = Mapping[tuple[int, str], Steps]
"""(table, index of a row) to its place: of one record."""


class CentralDialect:
    def owner(self, cells: Cells) -> str:
        return cells.get("KEY", "").partition("/")[0]

    def steps(self, cells: Cells, table: Table, within: Within) -> Steps:
        return flat.steps_of(cells.get("KEY", "").partition("/")[2])


class KoboDialect:
    """`_index` numbers the rows of a sheet, `_parent_index` those of the sheet above."""

    def owner(self, cells: Cells) -> str:
        return cells.get("_submission__uuid", "")

    def steps(self, cells: Cells, table: Table, within: Within) -> Steps:
        above: Steps = ()
        if len(table.repeats) > 1 and table.parent is not None:
            above = within.get((table.parent, cells.get("_parent_index", "")), ())
        start = len(above)
        names = [(name, 0) for name in table.path[start:-1]]
        number = cells.get("_index", "")
        is_number = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
        last = (table.path[-1], int(number) if is_number and int(number) else 1)
        return [*above, *names, last]


@dataclass(frozen=True, kw_only=True)
class Tables:
    """`rows`: one for each table of the layout that the file holds, by its number."""

    layout: Layout
    rows: Mapping[int, Iterator[Cells]]
    dialect: Dialect
    headers: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Of each of them."""
    strange_sheets: Sequence[str] = ()
    """Names of those that are no table of the layout."""

    def records(self) -> Iterator[FlatRecord]:
        """Raises OutOfOrder."""
        names = {one.number: Names(one) for one in self.layout.tables}
        inner = [
            one for one in self.layout.tables if one.parent is not None and one.number in self.rows
        ]
        following = {one.number: _Following(self.rows[one.number], self.dialect) for one in inner}
        for cells in self.rows[0]:
            record = flat.record_of(cells, names[0], self.layout)
            own = _owners(cells)
            within: dict[tuple[int, str], Steps] = {}
            for table in inner:
                for row in following[table.number].take(own):
                    steps = self.dialect.steps(row, table, within)
                    within[table.number, row.get("_index", "")] = steps
                    flat.put_row(record.answers, steps, row, names[table.number], table)
            yield record
        if any(one.is_left for one in following.values()):
            raise OutOfOrder(OUT_OF_ORDER)

    @property
    def header(self) -> Sequence[str]:
        """Of the records."""
        return self.headers.get(0, ())

    def strange(self) -> Iterator[tuple[str, str]]:
        """("column" or "sheet", its name) of those that no question or repeat is called by."""
        paths = {column.path for table in self.layout.tables for column in table.columns}
        for table in self.layout.tables:
            names = Names(table)
            for name in self.headers.get(table.number, ()):
                path = tuple(part for part, _ in flat.steps_of(name))
                if not names.knows(name) and not flat.is_about_record(name) and path not in paths:
                    yield "column", name
        yield from (("sheet", name) for name in self.strange_sheets)


def _owners(cells: Cells) -> set[str]:
    return {cells[name].strip() for name in flat.IDS if cells.get(name, "").strip()}


class _Following:
    """Rows of repeats, of which the next is looked at before it is taken."""

    def __init__(self, rows: Iterator[Cells], dialect: Dialect) -> None:
        self._rows, self._dialect = rows, dialect
        self._next: Any = next(rows, None)

    @property
    def is_left(self) -> bool:
        return self._next is not None

    def take(self, owners: set[str]) -> Iterator[Cells]:
        while self._next is not None and self._dialect.owner(self._next) in owners:
            yield self._next
            self._next = next(self._rows, None)
