"""What was made of a file, for those who were let to see it (`review`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataKey, Unsealable, boxes
from service.intake.actions.preparing import prepared_place
from service.intake.actions.sealed import opened_name
from service.intake.queries.preparing import Prepared

log = structlog.get_logger("samleng.intake")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`name` is what the phone called the file. `pieces`, its plain bytes, raise Unsealable,
    perhaps only at the end, where they were changed."""

    name: str = field(repr=False)
    pieces: Iterator[bytes] = field(repr=False)


def content(blobs: LocalBlobs, file: Prepared) -> Shown:
    """Raises NOT_FOUND at once where a key was destroyed or the file is not the one that was made
    for this place."""
    if file.name_key_pk is None:
        raise Problem(NOT_FOUND)
    found = keys.current().find_many(file.project_id, [file.key_pk, file.name_key_pk])
    key, key_of_name = found.get(file.key_pk), found.get(file.name_key_pk)
    if key is None or key_of_name is None:
        raise Problem(NOT_FOUND)
    try:
        _demand_bound(file, key)
        name = opened_name(key_of_name, file.project_id, file.submission_pk, file.sealed_name)
    except Unsealable:
        log.error("unsealable", submission=str(file.submission_pk))
        raise Problem(NOT_FOUND) from None
    return Shown(name=name, pieces=_pieces(blobs, file, key))


def _demand_bound(file: Prepared, key: DataKey) -> None:
    place = prepared_place(file.project_id, file.submission_pk, file.prepared_pk)
    if not boxes.is_bound(key, place, file.blob, file.bound):
        raise Unsealable


def _pieces(blobs: LocalBlobs, file: Prepared, key: DataKey) -> Iterator[bytes]:
    try:
        yield from blobs.unsealed(file.blob, key)
    except Unsealable:
        log.error("unsealable", submission=str(file.submission_pk))
        raise
