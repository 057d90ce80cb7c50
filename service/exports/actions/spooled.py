"""Several tables out of one reading. The first is handed on at once; the others are put by, sealed
under a key that is kept nowhere, until the first has ended: nothing clear touches the disk, and
memory stays flat."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from service.foundation import ids
from service.foundation.blobs import LocalBlobs
from service.foundation.sealing import DataKey


class Writer(Protocol):
    """A table on its way out: `csv_text.Lines`, `xlsx_stream.Sheet`."""

    def add(self, row: Sequence[Any]) -> bool:
        """Whether enough has come together to be taken."""

    def take(self) -> bytes: ...

    def end(self) -> bytes: ...


class Spool:
    """Bytes put by for minutes."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self._draft = blobs.draft(DataKey(key_pk=ids.new_uuid(), secret=os.urandom(32)))

    def write(self, data: bytes) -> None:
        self._draft.write(data)

    def read(self) -> Iterator[bytes]:
        """What was written; nothing is written after it."""
        return self._draft.read_again()

    def close(self) -> None:
        """It is gone."""
        self._draft.discard()


class Tables:
    """`rows` says of each row which table it is of. Use as a context manager: what was put by goes
    at its end, however that comes."""

    def __init__(
        self,
        blobs: LocalBlobs,
        writers: Sequence[Writer],
        rows: Iterable[tuple[int, Sequence[Any]]],
    ) -> None:
        self._writers, self._rows = writers, rows
        self._spools = [Spool(blobs) for _ in writers[1:]]

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        for spool in self._spools:
            spool.close()

    def tables(self) -> Iterator[Iterator[bytes]]:
        """The bytes of each table, to be read in their order."""
        yield self._first()
        for writer, spool in zip(self._writers[1:], self._spools, strict=True):
            spool.write(writer.end())
            yield spool.read()

    def _first(self) -> Iterator[bytes]:
        first = self._writers[0]
        yield first.take()
        for table, row in self._rows:
            writer = self._writers[table]
            if writer.add(row):
                if table == 0:
                    yield first.take()
                else:
                    self._spools[table - 1].write(writer.take())
        yield first.end()
