"""What was made of a file, for those who were let to see it (`review`)."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataKey, Unsealable, boxes
from service.intake.actions.preparing import prepared_place
from service.intake.queries.preparing import Prepared

log = structlog.get_logger("samleng.intake")


def content(blobs: LocalBlobs, file: Prepared) -> Iterator[bytes]:
    """The plain bytes, a piece at a time. Raises NOT_FOUND at once where the key was destroyed or
    the file is not the one that was made for this place; Unsealable, perhaps only at the end,
    where its bytes were changed."""
    key = keys.current().find(file.project_id, file.key_pk)
    if key is None:
        raise Problem(NOT_FOUND)
    place = prepared_place(file.project_id, file.submission_pk, file.prepared_pk)
    if not boxes.is_bound(key, place, file.blob, file.bound):
        log.error("unsealable", submission=str(file.submission_pk))
        raise Problem(NOT_FOUND)
    return _pieces(blobs, file, key)


def _pieces(blobs: LocalBlobs, file: Prepared, key: DataKey) -> Iterator[bytes]:
    try:
        yield from blobs.unsealed(file.blob, key)
    except Unsealable:
        log.error("unsealable", submission=str(file.submission_pk))
        raise
