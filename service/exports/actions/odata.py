"""Tables of OData, streamed: JSON by hand around rows of orjson."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from service.exports import identifiers
from service.exports.actions.source import Read, Source
from service.exports.actions.tables import status
from service.exports.layout import Table
from service.exports.odata import Bags, Shape
from service.exports.skiptoken import Position
from service.foundation import clock
from service.foundation.problems import SKIPTOKEN_GONE, Problem

PORTION = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Paging:
    """`top` None: everything. `after` overrides `skip`."""

    top: int | None = None
    skip: int = 0
    after: Position | None = None
    with_count: bool = False


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """What the answer says of itself."""

    context: str
    next: Callable[[Position], str]
    """Where a page ended -> address of the next one."""


def system(read: Read) -> dict[str, Any]:
    """`__system`."""
    stored = read.stored
    return {
        "submissionDate": clock.iso(stored.received_at),
        "updatedAt": stored.updated_at and clock.iso(stored.updated_at),
        "deletedAt": stored.deleted_at and clock.iso(stored.deleted_at),
        "submitterId": None if stored.submitter_id is None else str(stored.submitter_id),
        "submitterName": stored.submitter,
        "attachmentsPresent": stored.files_present,
        "attachmentsExpected": stored.files_expected,
        "status": status(read),
        "reviewState": stored.review,
        "deviceId": stored.device_key,
        "edits": stored.edits,
        "formVersion": stored.first_version,
    }


def table(
    source: Source, of: Table, shape: Shape, paging: Paging, addresses: Addresses
) -> Iterator[bytes]:
    """The answer. What is wrong with the question is raised at once, before a byte."""
    bags = Bags(source.layout, of, shape)
    source.check(is_subtable=bool(of.path))
    if of.path:
        return _pieces(_Subtable(source, of, bags, paging), paging, addresses)
    return _pieces(_Root(source, bags, paging), paging, addresses)


@dataclass(frozen=True, kw_only=True)
class OneRow:
    """A row of one record. Its own ID and that of what holds it, whatever `$select` leaves of it:
    rows are found and paged by them."""

    id: str
    parent_id: str
    told: dict[str, Any]


def one(source: Source, of: Table, shape: Shape, read: Read) -> list[OneRow]:
    """Rows of a table that one record gives."""
    instance_id = read.stored.instance_id
    rows = Bags(source.layout, of, shape).rows(instance_id, read.rows, system(read))
    if not of.path:
        return [OneRow(id=instance_id, parent_id="", told=row) for row in rows]
    chains = [inner.chain for inner in read.rows.inner if inner.table == of.number]
    return [
        OneRow(
            id=identifiers.row_id(instance_id, of, chain),
            parent_id=identifiers.parent_id(instance_id, of, chain),
            told=row,
        )
        for chain, row in zip(chains, rows, strict=True)
    ]


class _Root:
    """Records. A page ends after a record, wherever that is by then."""

    def __init__(self, source: Source, bags: Bags, paging: Paging) -> None:
        self._source, self._bags, self._paging = source, bags, paging
        self.count: int | None = None
        self._after = _record_of(source, paging.after)

    def rows(self) -> Iterator[tuple[bytes, Position]]:
        paging = self._paging
        if paging.with_count:  # not before the validators: they must not be newer than the count
            self.count = self._source.count()
        if paging.top == 0 or (paging.after is not None and self._after is None):
            return
        limit = None if paging.top is None else paging.top + 1
        offset = 0 if paging.after else paging.skip
        reading = self._source.read(after=self._after, offset=offset, limit=limit)
        for number, read in enumerate(reading):
            instance_id = read.stored.instance_id
            if number == paging.top:  # seen, to know that there are more, and not handed out
                self._source.progress.records -= 1
            for row in self._bags.rows(instance_id, read.rows, system(read)):
                yield orjson.dumps(row), Position(instance_id=instance_id)


class _Subtable:
    """Occurrences of a repeat. Which records have any stands in their XML alone: they are read
    from the last one of the page before on, or all where they are to be counted."""

    def __init__(self, source: Source, table: Table, bags: Bags, paging: Paging) -> None:
        self._source, self._table, self._bags, self._paging = source, table, bags, paging
        self.count: int | None = None
        self._start = _record_of(source, paging.after)
        is_lost = paging.after is not None and paging.after.instance_id and self._start is None
        self._is_over = bool(is_lost)

    def rows(self) -> Iterator[tuple[bytes, Position]]:
        if self._is_over:
            return
        total, after = 0, self._paging.after
        must_pass = after is not None  # rows of the pages before
        skip = 0 if after else self._paging.skip
        is_counting = self._paging.with_count
        from_start = is_counting or self._start is None
        first = None if from_start or self._start is None else uuid.UUID(int=self._start.int + 1)
        for read in self._source.read(after=first):
            instance_id, of_record = read.stored.instance_id, read.stored.record_pk
            rows = self._bags.rows(instance_id, read.rows, {})
            ids = self._ids(read)
            if must_pass and after is not None:
                rows, ids, must_pass, passed = self._after_page(of_record, rows, ids, after)
                total += passed
            for row, row_id in zip(rows, ids, strict=True):
                total += 1
                if total > skip:
                    yield orjson.dumps(row), Position(instance_id=instance_id, repeat_id=row_id)
        if must_pass and self._start is None:
            raise Problem(SKIPTOKEN_GONE)
        self.count = total if is_counting else None

    def _ids(self, read: Read) -> list[str]:
        return [
            identifiers.row_id(read.stored.instance_id, self._table, inner.chain)
            for inner in read.rows.inner
            if inner.table == self._table.number
        ]

    def _after_page(
        self, record: uuid.UUID, rows: list[dict[str, Any]], ids: list[str], after: Position
    ) -> tuple[list[dict[str, Any]], list[str], bool, int]:
        """What of a record comes after the page, whether to go on passing rows by, how many were.
        An edit may have taken the last row away: those before it were told."""
        if after.repeat_id in ids:
            at = ids.index(after.repeat_id) + 1
            return rows[at:], ids[at:], False, at
        if self._start is not None and record < self._start:
            return rows, ids, False, 0  # that record is gone
        return [], [], self._start is None or record > self._start, len(ids)


def _record_of(source: Source, after: Position | None) -> uuid.UUID | None:
    if after is None or not after.instance_id:
        return None
    return source.find(after.instance_id)


def _pieces(rows: _Root | _Subtable, paging: Paging, addresses: Addresses) -> Iterator[bytes]:
    held, size, last, told, more = [b'{"value":['], 0, None, 0, False
    for row, position in rows.rows():
        if paging.top is not None and told >= paging.top:
            more = True
            if not paging.with_count or isinstance(rows, _Root):
                break
            continue
        held += [row] if told == 0 else [b",", row]
        told, last, size = told + 1, position, size + len(row)
        if size > PORTION or told == 1:
            yield b"".join(held)
            held, size = [], 0
    end = b'],"@odata.context":' + orjson.dumps(addresses.context)
    if more and last is not None:
        end += b',"@odata.nextLink":' + orjson.dumps(addresses.next(last))
    if rows.count is not None:
        end += b',"@odata.count":' + str(rows.count).encode()
    yield b"".join([*held, end, b"}"])
