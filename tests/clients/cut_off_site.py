"""A site whose files break on their way, for the server that Samleng is served by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from service.exports.actions.leaving import IF_BROKEN, Leaving
from service.exports.actions.source import Progress, Source

LINES = {"text/csv; charset=utf-8": b"1,2\n", "application/x-ndjson": b'{"a":1}\n'}


class _Nothing:
    progress = Progress()


def _pieces(line: bytes) -> Iterator[bytes]:
    for _ in range(20):
        yield line * 1000
    raise ConnectionError("the database is gone")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    kind = "application/x-ndjson" if environ["PATH_INFO"] == "/jsonl" else "text/csv; charset=utf-8"
    leaving = Leaving(cast("Source", _Nothing()), _pieces(LINES[kind]), IF_BROKEN[kind])
    leaving.begin()
    start_response("200 OK", [("Content-Type", kind)])
    return leaving
