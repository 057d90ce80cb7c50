"""Records for programs of statistics, with the labels of questions and choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.exports import flat, shapes, values
from service.exports.actions.source import Source
from service.exports.actions.spooled import Spool
from service.exports.actions.tables import root_row
from service.exports.flat import Flat, Options
from service.exports.layout import Column
from service.exports.shapes import Words
from service.foundation import clock
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import spss_syntax, zip_stream
from service.foundation.formats import stata as stata_file
from service.foundation.formats.csv_text import Lines
from service.foundation.formats.zip_stream import Member, safe_member

PORTION = 1 << 16


def stata(source: Source, blobs: LocalBlobs, words: Words) -> Iterator[bytes]:
    """Records as a .dta: choices are numbers with labels, numbers numbers, all else text."""
    columns = source.layout.root.columns
    variables = [
        stata_file.Variable(name=name, label=name)
        for name in ("KEY", "SubmissionDate", "SubmitterName", "FormVersion")
    ]
    variables += [_of_stata(column, words) for column in columns]
    numbers = [values.number(column) for column in columns]
    collected, spool = stata_file.Collected(variables), Spool(blobs)
    try:
        for read in source.read():
            stored = read.stored
            told: list[Any] = [
                text if number is None or text is None else number(text)
                for number, text in zip(numbers, read.rows.root, strict=True)
            ]
            before = [
                stored.instance_id,
                clock.iso(stored.received_at),
                stored.submitter,
                stored.first_version,
            ]
            spool.write(collected.line([*before, *told]))
            yield b""  # nothing to tell yet, but it goes on
        yield from _together(collected.file(spool.read))
    finally:
        spool.discard()


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


def spss(source: Source, words: Words) -> Iterator[bytes]:
    """Records as CSV, and the syntax that reads it: after it, for it says how long texts are."""
    root = Flat(source.layout.root, Options())
    variables = [spss_syntax.Variable(name=name, label=name) for name in flat.header(root)]
    at = len(flat.BEFORE)
    for column in source.layout.root.columns:
        is_point = column.type == "geopoint"
        if not is_point:
            one = variables[at]
            one.label, one.is_number = (
                shapes.title(column, words),
                values.number(column) is not None,
            )
            one.labels = {} if column.is_multiple else _labels(column, words)
        at += 4 if is_point else 1
    name = safe_member(source.form.form_id)
    members = [
        Member(name=f"{name}.csv", pieces=_measured(source, root, variables)),
        Member(name=f"{name}.sps", pieces=_syntax(f"{name}.csv", variables)),
    ]
    yield from zip_stream.stream(members)


def _measured(
    source: Source, root: Flat, variables: Sequence[spss_syntax.Variable]
) -> Iterator[bytes]:
    lines = Lines(flat.header(root))
    for read in source.read():
        row = [_of_one_line(cell) for cell in root_row(root, read)]
        for one, cell in zip(variables, row, strict=True):
            if cell is not None and not one.is_number:
                text = cell if isinstance(cell, str) else str(cell)
                if len(text) * 4 > one.width:
                    one.width = max(one.width, len(text.encode()))
        if lines.add(row):
            yield lines.take()
    yield lines.end()


def _of_one_line(cell: Any) -> Any:
    """SPSS ends a record at each line break, quoted or not."""
    if cell.__class__ is str and ("\n" in cell or "\r" in cell):
        return " ".join(cell.split())
    return cell


def _syntax(file_name: str, variables: Sequence[spss_syntax.Variable]) -> Iterator[bytes]:
    yield spss_syntax.syntax(file_name, variables).encode()
