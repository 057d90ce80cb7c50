"""Bodies that are a file and nothing else, read as a stream: chunked, or with a length."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app, request

from service.foundation.blobs import CHUNK, LocalBlobs
from service.foundation.problems import DISK_FULL, Problem
from service.intake.actions import ShareWatch
from service.web import asking, errors
from service.web.openrosa.multipart_body import Counted, Limits

MAX_DEFINITION = 9 * 1024 * 1024
"""Of a form: a little above what the rooms refuse, so that they say why."""


def demand_disk(blobs: LocalBlobs) -> None:
    """Raises DISK_FULL where what is left is kept for what is here already."""
    room = blobs.room()
    if room.free < asking.settings().floor_bytes(room.disk):
        raise Problem(DISK_FULL)


def demand_share(project_id: int) -> None:
    """Raises a Problem where the project has used up its share of the disk."""
    _shares().demand_room(project_id, request.content_length or 0)


def count_share(project_id: int, size: int) -> None:
    """What the project's records take of it from now on."""
    _shares().count(project_id, size)


def _shares() -> ShareWatch:
    found: ShareWatch = current_app.extensions["samleng.share_watch"]
    return found


def pieces(max_bytes: int | None = None) -> Iterator[bytes]:
    """The body, a piece at a time. Raises BODY_TOO_LARGE, and MALFORMED_BODY where it was cut.
    (`Content-Encoding` is not looked at: of a file it says how the file itself is packed.)"""
    limits = Limits(body=max_bytes or asking.settings().max_body_bytes)
    body = Counted(errors.body(), request.content_length, limits)
    while piece := body.read(CHUNK):
        yield piece
    body.finish()


def read(max_bytes: int) -> bytes:
    """All of it."""
    return b"".join(pieces(max_bytes))
