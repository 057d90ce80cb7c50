"""A source that is a file: records one after the other, of one form that is here already. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from service.moving.plan import Why
from service.moving.source import (
    Definition,
    RecordPage,
    SourceForm,
    SourceInstance,
    SourceList,
    SourceRecord,
    SourceVersion,
)

AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class KeptRecord:
    """A record of a file, whole but for its files."""

    record: SourceRecord
    xml: bytes = field(repr=False)
    open_file: Callable[[str], Iterator[bytes] | None]


class KeptFiles:
    """`records` are read once, and a page of them held."""

    is_at_hand = True
    is_of_single_rows = False

    def __init__(
        self,
        form_id: str,
        records: Iterator[KeptRecord],
        left_out: Sequence[tuple[str, str]] = (),
        *,
        keeps_versions: bool = False,
    ) -> None:
        self._form_id, self._records = form_id, records
        self.keeps_versions = keeps_versions
        self.left_out = left_out
        """("column" or "sheet", its name) of those that no question is called by, known once the
        first page was read."""
        self._page: dict[str, KeptRecord] = {}
        self._at = 0
        self._seen: set[str] = set()

    def forms(self) -> Sequence[SourceForm]:
        return [SourceForm(key=self._form_id, form_id=self._form_id, title=self._form_id)]

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        return []

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None:
        return None

    def page(self, form: SourceForm, after: str) -> RecordPage:
        """By number: what a move that was cut off has done is read past."""
        while self._at < int(after) and (passed := next(self._records, None)) is not None:
            self._once(passed)
            self._at += 1
        found = [self._once(one) for one in islice(self._records, AT_ONCE)]
        self._at += len(found)
        self._page = {one.record.key: one for one in found}
        records = [one.record for one in found]
        return RecordPage(records=records, after=str(self._at) if len(found) == AT_ONCE else None)

    def _once(self, one: KeptRecord) -> KeptRecord:
        """An ID that came before is told, row by row."""
        key = one.record.instance_id
        if key and key in self._seen and not one.record.fault:
            record = SourceRecord(
                key=f"{key} again",
                instance_id=key,
                root_id=key,
                fault=Why.TWICE,
                detail=one.record.detail,
            )
            return KeptRecord(record=record, xml=b"", open_file=one.open_file)
        self._seen.add(key)
        return one

    def lacking(self, form: SourceForm, records: Sequence[SourceRecord]) -> Collection[str]:
        return ()  # each is looked into

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        held = self._page[record.key]
        yield SourceInstance(
            xml=held.xml, submitted_at=record.submitted_at, open_file=held.open_file
        )

    def lists(self) -> Sequence[SourceList]:
        return []

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        raise AssertionError(f"no list {entity_list.name}")


class KeptEntities(KeptFiles):
    """A CSV of entities."""

    def __init__(self, entity_list: SourceList, pieces: Callable[[], Iterator[bytes]]) -> None:
        super().__init__("", iter(()))
        self._list, self._pieces = entity_list, pieces

    def forms(self) -> Sequence[SourceForm]:
        return []

    def lists(self) -> Sequence[SourceList]:
        return [self._list]

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        return self._pieces()
