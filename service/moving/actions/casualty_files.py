"""Files of casualties, opened as a source: CSV or XLSX, in whatever columns they are."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import BinaryIO

from service.facts.circumstances import PHNOM_PENH
from service.foundation import clock
from service.foundation.formats import tables_in
from service.foundation.formats.bundle import BundleRefused
from service.foundation.formats.tables_in import Rows
from service.foundation.problems import INVALID_PARAMETER, SOURCE_STRANGE, Problem
from service.moving.actions.files import Given
from service.moving.casualties import mapping
from service.moving.casualties.mapping import MappingInvalid, Reading
from service.moving.readers.casualty_file import CasualtyFile

ENDINGS = ("csv", "tsv", "txt", "xlsx", "xlsm")


@contextlib.contextmanager
def opened(file: Given, told: Reading) -> Iterator[CasualtyFile]:
    """Raises SOURCE_STRANGE: no such file, nothing in it, or no column that is known."""
    with contextlib.ExitStack() as stack:
        try:
            headings, rows = _table(file, told, stack)
            reading = told.over(headings)
            if not any(reading.columns.values()):
                raise BundleRefused("no column in it is one of casualties: say which is which")
            yield CasualtyFile(rows, reading, today())
        except BundleRefused as refused:
            raise Problem(SOURCE_STRANGE, reason=str(refused)) from None
        except UnicodeDecodeError:
            reason = "it is not written in UTF-8: in Excel, save it as CSV UTF-8 or as XLSX"
            raise Problem(SOURCE_STRANGE, reason=reason) from None


def today() -> dt.date:
    """In Cambodia."""
    return clock.now().astimezone(PHNOM_PENH).date()


def read_mapping(given: object) -> Reading:
    """Raises INVALID_PARAMETER."""
    try:
        return mapping.of_json(given)
    except MappingInvalid as wrong:
        raise Problem(INVALID_PARAMETER, name=wrong.name, reason=_REASONS[wrong.name]) from None


_REASONS = {
    "mapping": "columns, words, source and order",
    "columns": "each field of at most one column",
    "words": "words of a field, each with a code of its list",
    "source": "who counted",
    "order": "dmy or mdy",
}


def _table(file: Given, told: Reading, stack: contextlib.ExitStack) -> tuple[Sequence[str], Rows]:
    if file.ending not in ENDINGS:
        raise BundleRefused("it is neither CSV nor XLSX")
    stream: BinaryIO = stack.enter_context(file.open())
    if file.ending in ("xlsx", "xlsm"):
        return _best(tables_in.of_xlsx(stream), told)
    return _with_header(tables_in.of_csv(stream))


def _best(sheets: Mapping[str, Rows], told: Reading) -> tuple[Sequence[str], Rows]:
    """The sheet of which most columns are known."""
    found = [_with_header(rows) for rows in sheets.values()]
    return max(found, key=lambda one: _known(one[0], told), default=((), iter(())))


def _known(headings: Sequence[str], told: Reading) -> int:
    return sum(bool(name) for name in told.over(headings).columns.values())


def _with_header(rows: Rows) -> tuple[Sequence[str], Rows]:
    first = next(rows, None)
    if first is None:
        raise BundleRefused("there is no row in it")
    named = [one for one in first if one.strip() and len(one) <= mapping.LONGEST]
    if len(named) > mapping.MOST_COLUMNS:
        raise BundleRefused("it has too many columns")
    return named, chain([first], rows)
