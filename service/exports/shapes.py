"""Tables for people: headers and answers in words, in three shapes. Pure.

*Linked*: a sheet for each table, joined by KEY and PARENT_KEY. *Long*: a sheet for each repeat,
each row with all that is said of what holds it. *Wide*: one sheet, a row a record, repeats side by
side.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from service.exports import identifiers, values
from service.exports.layout import Column, Layout, Table
from service.exports.record import Chain, Inner, Row, Rows
from service.foundation.problems import TOO_LARGE_FOR_SHEET, Problem

Cell = Callable[[str | None], Any]
BEFORE = ("KEY", "SubmissionDate", "SubmitterName", "FormVersion")
BEFORE_REPEAT = ("KEY", "PARENT_KEY")
MOST_COLUMNS = 16_384


class Shape(enum.StrEnum):
    LINKED = "linked"
    LONG = "long"
    WIDE = "wide"


class Words(enum.StrEnum):
    """In which words headers and choices are told."""

    CODE = "code"
    EN = "en"
    KM = "km"


def title(column: Column, words: Words) -> str:
    """Its label in that language, else in the form's own, else its path."""
    path = "-".join(column.local)
    if words is Words.CODE:
        return path
    return column.label.get(words.value) or column.label.get("") or path


def cell(column: Column, words: Words) -> Cell:
    """How an answer of this column is told."""
    number = values.number(column)
    if number is not None:
        return lambda text: None if text is None else _number_or_text(number, text)
    if words is Words.CODE or not column.choice_labels:
        return lambda text: text
    labels = {
        code: label.get(words.value) or label.get("") or code
        for code, label in column.choice_labels.items()
    }
    if column.is_multiple:
        return lambda text: text and ", ".join(labels.get(one, one) for one in text.split())
    return lambda text: text and labels.get(text, text)


def _number_or_text(number: values.Convert, text: str) -> Any:
    """What is no number stays as it was told: nothing gets lost on the way to a sheet."""
    found = number(text)
    return text if found is None else found


class Told:
    """All tables of a form in words."""

    def __init__(self, layout: Layout, words: Words) -> None:
        self.layout, self._words = layout, words
        self._cells = [[cell(c, words) for c in table.columns] for table in layout.tables]

    def titles(self, table: Table) -> list[str]:
        """No two columns of a table are called alike: those that would be have their path, too."""
        found = [title(column, self._words) for column in table.columns]
        often = Counter(found)
        return [
            name if often[name] == 1 else f"{name} ({'-'.join(column.local)})"
            for name, column in zip(found, table.columns, strict=True)
        ]

    def cells(self, table: int, row: Row) -> list[Any]:
        return [write(text) for write, text in zip(self._cells[table], row, strict=True)]


# --- linked -------------------------------------------------------------------------------------
def linked_header(told: Told, table: Table) -> list[str]:
    return [*first(table), *told.titles(table)]


def first(table: Table) -> Sequence[str]:
    """What the columns are called that stand before the questions of a table."""
    return BEFORE if table.parent is None else BEFORE_REPEAT


def keys(instance_id: str, table: Table, chain: Chain) -> tuple[str, str]:
    """By which a row of a repeat is joined to what holds it."""
    return (
        identifiers.csv_key(instance_id, table, chain),
        identifiers.csv_parent_key(instance_id, table, chain),
    )


def linked_rows(told: Told, before: Sequence[Any], rows: Rows) -> Iterator[tuple[int, list[Any]]]:
    """(table, row) of all that a record says; `before` is what stands in front of its own."""
    yield 0, [*before, *told.cells(0, rows.root)]
    for inner in rows.inner:
        table = told.layout.tables[inner.table]
        told_row = told.cells(inner.table, inner.row)
        yield inner.table, [*keys(before[0], table, inner.chain), *told_row]


# --- long ---------------------------------------------------------------------------------------
def long_header(told: Told, table: Table) -> list[str]:
    header = list(BEFORE)
    for holder in _holders(told.layout, table):
        names = told.titles(holder)
        header += names if not holder.path else [f"{holder.name}: {name}" for name in names]
    return header


def long_rows(told: Told, before: Sequence[Any], rows: Rows) -> Iterator[tuple[int, list[Any]]]:
    root = [*before, *told.cells(0, rows.root)]
    yield 0, root
    held: dict[tuple[int, Chain], list[Any]] = {(0, ()): root}
    for inner in rows.inner:
        table = told.layout.tables[inner.table]
        holder = held[table.parent or 0, inner.chain[:-1]]
        row = held[inner.table, inner.chain] = [*holder, *told.cells(inner.table, inner.row)]
        yield inner.table, row


def _holders(layout: Layout, table: Table) -> list[Table]:
    """The table and all that hold it, outermost first."""
    found = [table]
    while found[0].parent is not None:
        found.insert(0, layout.tables[found[0].parent])
    return found


# --- wide ---------------------------------------------------------------------------------------
Widths = dict[tuple[int, Chain], int]
"""Table and place of what holds it -> how many occurrences any record has there."""


def widen(widths: Widths, rows: Rows) -> None:
    """Note how many occurrences a record has."""
    for inner in rows.inner:
        key = (inner.table, inner.chain[:-1])
        widths[key] = max(widths.get(key, 0), inner.chain[-1] + 1)


class Wide:
    """One row a record: after its own answers those of each occurrence that any record has.
    Raises TOO_LARGE_FOR_SHEET."""

    def __init__(self, told: Told, widths: Mapping[tuple[int, Chain], int]) -> None:
        self._told = told
        self._places: dict[tuple[int, Chain], int] = {}
        self.header = [*BEFORE, *told.titles(told.layout.root)]
        self._open(0, (), "", widths)
        self._demand_room(0)

    def _demand_room(self, more: int) -> None:
        if len(self.header) + more > MOST_COLUMNS:
            raise Problem(TOO_LARGE_FOR_SHEET, limit=MOST_COLUMNS)

    def _open(
        self, holder: int, chain: Chain, prefix: str, widths: Mapping[tuple[int, Chain], int]
    ) -> None:
        for table in self._told.layout.tables[1:]:
            if table.parent != holder:
                continue
            for number in range(widths.get((table.number, chain), 0)):
                self._demand_room(max(1, len(table.columns)))
                place, name = (*chain, number), f"{prefix}{table.name}[{number + 1}]/"
                self._places[table.number, place] = len(self.header)
                self.header += [name + one for one in self._told.titles(table)]
                self._open(table.number, place, name, widths)

    def row(self, before: Sequence[Any], rows: Rows) -> list[Any]:
        """Occurrences that were not there when widths were taken are left out."""
        row: list[Any] = [*before, *self._told.cells(0, rows.root)]
        row += [None] * (len(self.header) - len(row))
        for inner in rows.inner:
            self._put(row, inner)
        return row

    def _put(self, row: list[Any], inner: Inner) -> None:
        at = self._places.get((inner.table, inner.chain))
        if at is not None:
            cells = self._told.cells(inner.table, inner.row)
            row[at : at + len(cells)] = cells
