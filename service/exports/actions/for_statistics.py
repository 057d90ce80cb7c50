"""Records for programs of statistics, with the labels of questions and choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from service.exports import flat, shapes, values
from service.exports.actions.source import Source
from service.exports.actions.spooled import Spool, Tables
from service.exports.actions.tables import before, root_row
from service.exports.flat import Flat, Options
from service.exports.layout import Column, Table
from service.exports.record import Row
from service.exports.shapes import Words
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import spss_syntax, zip_stream
from service.foundation.formats import stata as stata_file
from service.foundation.formats.csv_text import Lines
from service.foundation.formats.zip_stream import Member

PORTION = 1 << 16


def stata(source: Source, blobs: LocalBlobs, words: Words) -> Iterator[bytes]:
    """Records as a .dta: choices are numbers with labels, numbers numbers, all else text. Without
    their repeats: a .dta holds one table."""
    yield from _stata(source, [_Dta(source.layout.root, words, blobs)], lambda one: one[0].pieces())


def stata_zip(source: Source, blobs: LocalBlobs, words: Words) -> Iterator[bytes]:
    """A .dta for each table; those of repeats are joined to what holds them by PARENT_KEY."""
    names = flat.file_names(source.form.form_id, source.layout)

    def packed(tables: Sequence[_Dta]) -> Iterator[bytes]:
        return zip_stream.stream(
            Member(name=f"{name}.dta", pieces=one.pieces())
            for name, one in zip(names, tables, strict=True)
        )

    tables = [_Dta(table, words, blobs) for table in source.layout.tables]
    yield from _stata(source, tables, packed)


def _stata(
    source: Source,
    tables: Sequence[_Dta],
    written: Callable[[Sequence[_Dta]], Iterator[bytes]],
) -> Iterator[bytes]:
    try:
        for read in source.read():
            instance_id = read.stored.instance_id
            tables[0].add(before(read), read.rows.root)
            for inner in read.rows.inner:
                one = tables[inner.table]
                one.add(shapes.keys(instance_id, one.table, inner.chain), inner.row)
            yield b""  # nothing to tell yet, but it goes on
        yield from written(tables)
    finally:
        for one in tables:
            one.discard()


class _Dta:
    """A table on its way into a .dta. Its rows are put by until all are there."""

    def __init__(self, table: Table, words: Words, blobs: LocalBlobs) -> None:
        self.table = table
        variables = [stata_file.Variable(name=name, label=name) for name in shapes.first(table)]
        variables += [_of_stata(column, words) for column in table.columns]
        self._numbers = [values.number(column) for column in table.columns]
        self._collected, self._spool = stata_file.Collected(variables), Spool(blobs)

    def add(self, first: Sequence[Any], row: Row) -> None:
        told: list[Any] = [
            text if number is None or text is None else number(text)
            for number, text in zip(self._numbers, row, strict=True)
        ]
        self._spool.write(self._collected.line([*first, *told]))

    def pieces(self) -> Iterator[bytes]:
        return _together(self._collected.file(self._spool.read))

    def discard(self) -> None:
        self._spool.close()


def _of_stata(column: Column, words: Words) -> stata_file.Variable:
    is_coded = bool(column.choices) and not column.is_multiple
    return stata_file.Variable(
        name="_".join(column.local),
        label=shapes.title(column, words),
        is_number=values.number(column) is not None,
        labels=_labels(column, words) if is_coded else None,
    )


def _labels(column: Column, words: Words) -> dict[str, str]:
    told = shapes.cell(column, words)
    return {code: told(code) or code for code in column.choices}


def _together(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Rows are small; nobody wants them one by one."""
    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > PORTION:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def spss(source: Source, blobs: LocalBlobs, words: Words) -> Iterator[bytes]:
    """Each table as CSV, and the syntax that reads it: after it, for it says how long texts are."""
    flats = [Flat(table, Options()) for table in source.layout.tables]
    described = [_of_spss(one, words) for one in flats]
    names = flat.file_names(source.form.form_id, source.layout)
    writers = [Lines(flat.header(one)) for one in flats]
    with Tables(blobs, writers, _measured(source, flats, described)) as tables:
        yield from zip_stream.stream(_read_by_syntax(names, tables, described))


def _of_spss(table: Flat, words: Words) -> list[spss_syntax.Variable]:
    """As the columns of its CSV are, in their order."""
    variables = [spss_syntax.Variable(name=name, label=name) for name in flat.header(table)]
    at = len(flat.BEFORE) if table.table.parent is None else 0
    for column in table.table.columns:
        is_point = column.type == "geopoint"
        if not is_point:
            one = variables[at]
            one.label = shapes.title(column, words)
            one.is_number = values.number(column) is not None
            one.labels = {} if column.is_multiple else _labels(column, words)
        at += 4 if is_point else 1
    return variables


def _read_by_syntax(
    names: Sequence[str], tables: Tables, described: Sequence[Sequence[spss_syntax.Variable]]
) -> Iterator[Member]:
    for name, pieces, variables in zip(names, tables.tables(), described, strict=True):
        yield Member(name=f"{name}.csv", pieces=pieces)
        yield Member(name=f"{name}.sps", pieces=_syntax(f"{name}.csv", variables))


def _measured(
    source: Source, flats: Sequence[Flat], described: Sequence[Sequence[spss_syntax.Variable]]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """(table, row); how long its texts are is noted."""
    for read in source.read():
        yield 0, _noted(described[0], root_row(flats[0], read))
        for inner in read.rows.inner:
            instance_id, table = read.stored.instance_id, inner.table
            row = flat.repeat_row(flats[table], instance_id, inner, read.seen)
            yield table, _noted(described[table], row)


def _noted(variables: Sequence[spss_syntax.Variable], cells: Sequence[Any]) -> list[Any]:
    row = [_of_one_line(cell) for cell in cells]
    for one, cell in zip(variables, row, strict=True):
        if cell is not None and not one.is_number:
            text = cell if isinstance(cell, str) else str(cell)
            if len(text) * 4 > one.width:
                one.width = max(one.width, len(text.encode()))
    return row


def _of_one_line(cell: Any) -> Any:
    """SPSS ends a record at each line break, quoted or not."""
    if cell.__class__ is str and ("\n" in cell or "\r" in cell):
        return " ".join(cell.split())
    return cell


def _syntax(file_name: str, variables: Sequence[spss_syntax.Variable]) -> Iterator[bytes]:
    yield spss_syntax.syntax(file_name, variables).encode()
