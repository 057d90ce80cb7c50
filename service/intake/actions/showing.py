"""What was made of a file, for those who were let to see it (`review`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataKey, Place, Unsealable, boxes, unseal
from service.intake.actions.preparing import md5_place, prepared_place
from service.intake.actions.sealed import opened_name
from service.intake.queries.preparing import Prepared


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`name` is what the phone called the file. `pieces`, its plain bytes, raise Unsealable,
    perhaps only at the end, where they were changed."""

    name: str = field(repr=False)
    pieces: Iterator[bytes] = field(repr=False)
    md5: str | None = None
    """In hex, where it is known without reading all of it."""


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
        md5 = _md5(file, key)
    except Unsealable:
        keys.unsealable(submission=str(file.submission_pk))
        raise Problem(NOT_FOUND) from None
    pieces = keys.watched(blobs.unsealed(file.blob, key), submission=str(file.submission_pk))
    return Shown(name=name, pieces=pieces, md5=md5)


def _demand_bound(file: Prepared, key: DataKey) -> None:
    if not boxes.is_bound(key, _place(file), file.blob, file.bound):
        raise Unsealable


def _md5(file: Prepared, key: DataKey) -> str | None:
    if file.sealed_md5 is None:
        return None
    return unseal(key, md5_place(_place(file)), file.sealed_md5).hex()


def _place(file: Prepared) -> Place:
    return prepared_place(file.project_id, file.submission_pk, file.prepared_pk)
