"""How a file of casualties was read: its columns, and the words that nobody knows. Sealed as the
lines of its report are, and forgotten with them: a word may be a name in the wrong column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as of_class
from itertools import islice

import orjson

from service.foundation import keys
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import DataKey, Unsealable, seal, unseal
from service.moving.actions.casualty_files import read_mapping
from service.moving.actions.report_pages import page_place
from service.moving.casualties.mapping import Reading
from service.moving.plan import Row, What, cells, row_of
from service.moving.queries import runs as queries
from service.moving.queries.runs import Run
from service.moving.readers.casualty_file import CasualtyFile

MOST_ODD = 200
NUMBER = 0
"""Pages of lines begin with 1."""


@dataclass(frozen=True, kw_only=True)
class WordMissed:
    """A word that stands in so many rows of a column, and means nothing here."""

    field: str
    cell: str = of_class(repr=False)
    rows: int


@dataclass(frozen=True, kw_only=True)
class HowRead:
    reading: Reading
    missed: tuple[WordMissed, ...]
    odd: tuple[Row, ...]
    """The first rows that stay out, or come with a remark."""


def keep(run: Run, source: CasualtyFile, key: DataKey) -> None:
    told = {
        "odd": [cells(row) for row in islice(_odd(run, key), MOST_ODD)],
        "reading": source.reading.as_json(),
        "missed": [[*word, rows] for word, rows in sorted(source.tally.unknown_words.items())],
    }
    with unit_of_work() as session:
        sealed = seal(key, page_place(run, NUMBER), orjson.dumps(told))
        queries.replace_page(session, run, NUMBER, sealed)


def _odd(run: Run, key: DataKey) -> Iterator[Row]:
    with reading() as session:
        pages = queries.get_run(session, run.project_id, run.run_pk).pages
    for number in range(1, pages + 1):
        with reading() as session:
            sealed = queries.find_page(session, run, number)
        for line in orjson.loads(unseal(key, page_place(run, number), sealed)) if sealed else ():
            row = row_of(line)
            if row.what is What.RECORD and row.why:
                yield row


def find(run: Run) -> HowRead | None:
    """None where the file was not read to its end, or its report is forgotten."""
    key = keys.current().find(run.project_id, run.key_pk) if run.key_pk else None
    with reading() as session:
        sealed = queries.find_page(session, run, NUMBER)
    if key is None or sealed is None:
        return None
    try:
        told = orjson.loads(unseal(key, page_place(run, NUMBER), sealed))
    except Unsealable:
        keys.unsealable(move=str(run.run_pk))
        return None
    missed = tuple(WordMissed(field=name, cell=cell, rows=n) for name, cell, n in told["missed"])
    odd = tuple(row_of(line) for line in told["odd"])
    return HowRead(reading=read_mapping(told["reading"]), missed=missed, odd=odd)
