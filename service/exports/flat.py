"""Tables as ODK Central's CSV has them: which columns, which cells. Pure; docs: openrosa §6.3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from service.exports import identifiers
from service.exports.layout import Column, Layout, Table
from service.exports.record import Inner, Row
from service.forms.schema import Sensitivity
from service.foundation.formats import geo_text
from service.foundation.formats.zip_stream import safe_member

BEFORE = ("SubmissionDate",)
AFTER = (
    "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status",
    "ReviewState", "DeviceID", "Edits", "FormVersion",
)  # fmt: skip
AFTER_REPEAT = ("PARENT_KEY", "KEY")
_POINT = ("Latitude", "Longitude", "Altitude", "Accuracy")
Seen = Collection[Sensitivity]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How Central's routes may be asked for tables."""

    group_paths: bool = True
    split_multiples: bool = False


class Flat:
    """One table with a cell for each column of a CSV."""

    def __init__(self, table: Table, options: Options) -> None:
        self.table = table
        header: list[str] = []
        self._wider: list[tuple[int, Column, Callable[[str | None, bool], Sequence[Any]]]] = []
        for number, column in enumerate(table.columns):
            name = "-".join(column.local) if options.group_paths else column.local[-1]
            if column.type == geo_text.POINT:
                header += [f"{name}-{part}" for part in _POINT]
                self._wider.append((number, column, _point))
            elif column.is_multiple and options.split_multiples and column.choices:
                header += [name, *(f"{name}/{choice}" for choice in column.choices)]
                self._wider.append((number, column, _chosen(column.choices)))
            else:
                header.append(name)
        self._wider.reverse()
        self.fields = header

    def cells(self, row: Row, seen: Seen) -> Sequence[Any]:
        """The row, where a question has several columns with a cell for each."""
        if not self._wider:
            return row
        cells: list[Any] = list(row)
        for number, column, write in self._wider:  # from behind: places before do not move
            cells[number : number + 1] = write(row[number], column.sensitivity in seen)
        return cells


def _point(text: str | None, _is_seen: bool) -> Sequence[Any]:
    return geo_text.parts(text or "")


def _chosen(choices: Sequence[str]) -> Callable[[str | None, bool], Sequence[Any]]:
    """1 where it was chosen, else 0; nothing where nothing was answered, or nobody may see it (the
    record's own version may hide what today's shows): 0 would be an answer."""

    def write(text: str | None, is_seen: bool) -> Sequence[Any]:
        if text is None or not is_seen:
            return [text, *(None for _ in choices)]
        chosen = text.split()
        return [text, *(int(one in chosen) for one in choices)]

    return write


def header(flat: Flat) -> list[str]:
    if flat.table.parent is None:
        return [*BEFORE, *flat.fields, *AFTER]
    return [*flat.fields, *AFTER_REPEAT]


def repeat_row(flat: Flat, instance_id: str, inner: Inner, seen: Seen) -> list[Any]:
    return [
        *flat.cells(inner.row, seen),
        identifiers.csv_parent_key(instance_id, flat.table, inner.chain),
        identifiers.csv_key(instance_id, flat.table, inner.chain),
    ]


def file_names(form_id: str, layout: Layout) -> list[str]:
    """Of the CSV of each table, without the ending; repeats that are called alike get numbers."""
    names = [safe_member(form_id)]
    totals = Counter(table.name for table in layout.tables[1:])
    counts: Counter[str] = Counter()
    for table in layout.tables[1:]:
        counts[table.name] += 1
        number = f"~{counts[table.name]}" if totals[table.name] > 1 else ""
        names.append(safe_member(f"{form_id}-{table.name}{number}"))
    return names
