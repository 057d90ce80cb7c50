"""The one file of a page's form, read as it comes: nothing of it touches the disk in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import multipart
from flask import request

from service.foundation.blobs import CHUNK
from service.foundation.problems import BODY_TOO_LARGE, INVALID_FIELDS, MALFORMED_BODY, Problem
from service.web import errors
from service.web.openrosa.multipart_body import Counted, Limits

MAX_PARTS = 8


class Sink(Protocol):
    def write(self, chunk: bytes | bytearray | memoryview) -> None: ...


def read(name: str, begin: Callable[[str], Sink], most_bytes: int) -> None:
    """Hand the file of that field on, piece by piece, to what `begin` answers for its name. Nothing
    begins where nothing was chosen. Raises INVALID_FIELDS, MALFORMED_BODY, BODY_TOO_LARGE, and what
    `begin` raises."""
    if request.content_length is not None and request.content_length > most_bytes:
        raise Problem(BODY_TOO_LARGE, limit_mb=most_bytes // 1_000_000)
    _, options = multipart.parse_options_header(request.headers.get("Content-Type", ""))
    body = Counted(errors.body(), request.content_length, Limits(body=most_bytes))
    sink: Sink | None = None
    try:
        parser = multipart.PushMultipartParser(
            options.get("boundary", ""),
            max_segment_count=MAX_PARTS,
            max_header_size=8192,
            strict=True,
        )
        for event in parser.parse_blocking(body.read, CHUNK):
            if isinstance(event, multipart.MultipartSegment):
                if event.name != name:
                    raise Problem(INVALID_FIELDS, details={event.name[:80]: ["Unknown field."]})
                if sink is not None:
                    raise Problem(MALFORMED_BODY)
                sink = begin(event.filename) if event.filename else None
            elif event is not None and sink is not None:
                sink.write(event)
    except (multipart.MultipartError, UnicodeError, OSError) as error:
        raise Problem(MALFORMED_BODY) from error
    body.finish()
