"""A file of casualties as a source: its form comes along, its rows are records of it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from service.foundation.problems import SOURCE_STRANGE, Problem
from service.moving.casualties import form
from service.moving.casualties.mapping import Reading
from service.moving.casualties.reading import Casualty, Reader
from service.moving.casualties.tally import Tally
from service.moving.plan import Why
from service.moving.readers.kept_files import KeptFiles, KeptRecord
from service.moving.source import Definition, SourceForm, SourceRecord, SourceVersion

Rows = Iterator[Mapping[str, str]]
LONGEST_DETAIL = 300
MOST = 500_000
"""Casualties of one file: one row may stand for many."""


class CasualtyFile(KeptFiles):
    """`tally` is that of the rows that were read so far: of all, once the last page was."""

    is_of_single_rows = True

    def __init__(self, rows: Rows, reading: Reading, latest: dt.date) -> None:
        self.reading = reading
        self.tally = Tally()
        self._reader = Reader(reading, latest)
        super().__init__(form.FORM_ID, self._casualties(rows))

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        return [SourceVersion(key=one, version=one) for one in _VERSIONS]

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None:
        if version.version != _VERSIONS[-1]:
            return None
        return Definition(content=_xform(), is_hidden=True)

    def _casualties(self, rows: Rows) -> Iterator[KeptRecord]:
        for number, row in enumerate(rows, start=2):
            for one in self._reader.read(row, number):
                yield self._kept(one)

    def _kept(self, one: Casualty) -> KeptRecord:
        self.tally.rows += 1
        if self.tally.rows > MOST:
            raise Problem(SOURCE_STRANGE, reason=f"it tells of more than {MOST} casualties")
        for strange in one.faults:
            if strange.why == Why.UNMAPPED:
                self.tally.miss(strange.field, strange.cell)
        record = SourceRecord(
            key=one.instance_id if not one.faults else f"row {one.number} {one.instance_id}",
            instance_id=one.instance_id,
            root_id=one.instance_id,
            version=_VERSIONS[-1],
            fault=one.faults[0].why if one.faults else "",
            note=one.note.why if one.note else "",
            detail=_detail(one),
        )
        if one.faults or one.instance_id in self._seen:
            return KeptRecord(record=record, xml=b"", open_file=_no_file)
        self.tally.add(one.group, one.outcome)
        xml = form.instance(one.instance_id, one.answers)
        return KeptRecord(record=record, xml=xml, open_file=_no_file)


_VERSIONS = form.VERSIONS


def _xform() -> bytes:
    return form.xform()


def _no_file(_: str) -> None:
    return None


def _detail(one: Casualty) -> str:
    strange = [*one.faults, *([one.note] if one.note else ())]
    told = "; ".join(each.text for each in strange)
    return f"{one.number}: {told}"[:LONGEST_DETAIL] if told else str(one.number)
