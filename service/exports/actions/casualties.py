"""Casualties in the columns of IMSMA or CMVIS, out of the records of any form that tells of them:
through the same gate as all that leaves, and never a name, for these columns hold none."""

from __future__ import annotations

from collections.abc import Iterator

from service.exports.actions.source import Source
from service.exports.casualties import fields
from service.exports.casualties.rows import Casualties, cells
from service.exports.shapes import Words
from service.facts.circumstances import PHNOM_PENH
from service.forms.schema import Sensitivity
from service.foundation.formats import csv_text, xlsx_stream


def csv(source: Source, style: str, words: Words) -> Iterator[bytes]:
    """For a spreadsheet: no cell of it runs."""
    return csv_text.table(_header(style), _rows(source, style, words), for_spreadsheet=True)


def xlsx(source: Source, style: str, words: Words) -> Iterator[bytes]:
    sheet = xlsx_stream.pieces(_header(style), _rows(source, style, words))
    return xlsx_stream.workbook(["casualties"], [sheet])


def _header(style: str) -> list[str]:
    return list(fields.columns(style).values())


def _rows(source: Source, style: str, words: Words) -> Iterator[list[str]]:
    casualties = Casualties(source.layout, source.today)
    for read in source.read():
        if Sensitivity.CODED not in read.seen:
            continue
        stored = read.stored
        received = stored.received_at.astimezone(PHNOM_PENH).date().isoformat()
        for number, values in casualties.of(read.rows):
            key = f"{stored.instance_id}/{number}" if number else stored.instance_id
            yield cells(style, key, received, values, words)
