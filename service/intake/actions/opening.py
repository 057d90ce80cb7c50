"""Somebody looks at what a person gave: for a purpose, which the audit log keeps."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import Unsealable, boxes
from service.intake.actions.preparing import prepared_place
from service.intake.queries import preparing as queries
from service.intake.queries.preparing import Prepared
from service.intake.tables import Part

log = structlog.get_logger("samleng.intake")


class Purpose(enum.StrEnum):
    """Why somebody opens a file. Free text would end in the log."""

    HELP = "help"
    """To help the person: refer, follow up, call back."""
    CHECK = "check"
    """To see whether the record is right and whole."""
    TESTIMONY = "testimony"
    """To prepare a testimony with the person."""
    REQUEST = "request"
    """The person asked what is held, or asked to take it back."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What there is to look at, by what it is."""

    parts: Mapping[Part, Prepared]

    @property
    def copy(self) -> Prepared:
        return self.parts[Part.COPY]


def open_file(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    prepared_pk: uuid.UUID,
    purpose: Purpose,
) -> Opened:
    """Let `actor` look at a file of a record, by its clean copy. One audit entry each time.
    Raises NOT_FOUND."""
    policy.demand(actor, Act.TESTIMONY_READ, project_id)
    copy = queries.find_prepared(session, project_id, prepared_pk)
    if copy is None or copy.submission_pk != submission_pk or copy.part is not Part.COPY:
        raise Problem(NOT_FOUND)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_READ,
        subject=submission_pk,
        file=str(prepared_pk),
        purpose=purpose,
    )
    made = queries.list_made_with(session, copy)
    return Opened(parts={one.part: one for one in made})


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


def _pieces(blobs: LocalBlobs, file: Prepared, key: boxes.DataKey) -> Iterator[bytes]:
    try:
        yield from blobs.unsealed(file.blob, key)
    except Unsealable:
        log.error("unsealable", submission=str(file.submission_pk))
        raise
