"""Pictures of sheets, for whoever keys them: cleaned of what cameras write beside, sealed, and gone
by a day. A picture is never evidence: that is the paper."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import media_types, metadata
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.foundation.sealing import DataClass, Place, Unsealable, boxes
from service.persons.actions import today
from service.treaty.queries import keying as queries
from service.treaty.queries import paper
from service.treaty.queries.keying import Scan, named_blobs

KEPT = dt.timedelta(days=180)
MAX_BYTES = 8_000_000
SHOWN = frozenset({media_types.JPEG, media_types.PNG, media_types.WEBP})
FORGOTTEN_AT_ONCE = 200
__all__ = ["KEPT", "MAX_BYTES", "forget", "keep", "named_blobs", "show"]


def keep(actor: Actor, project_id: int, number: str, picture: bytes, blobs: LocalBlobs) -> None:
    """In place of the one before. Raises INVALID_PARAMETER for what is no picture that browsers
    show, NOT_FOUND."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    with reading() as session:
        if paper.find(session, project_id, number) is None:
            raise Problem(NOT_FOUND)
        before = queries.find_scan(session, project_id, number)
    media_type, clean = _cleaned(picture)
    key = keys.current().take(project_id)
    draft = blobs.draft(key)
    try:
        draft.write(clean)
        blob = draft.commit()
    except BaseException:
        draft.discard()
        raise
    scan = Scan(
        project_id=project_id,
        number=number,
        blob=blob.name,
        media_type=media_type,
        key_pk=key.key_pk,
        bound=boxes.binding(key, _place(project_id, number), blob.name),
        delete_on=today() + KEPT,
    )
    with unit_of_work() as session:
        queries.put_scan(session, scan)
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.TREATY_MANAGE,
            subject=number,
            what="sheet_picture",
            until=scan.delete_on.isoformat(),
        )
    if before is not None:
        _drop([before], blobs)


def _cleaned(picture: bytes) -> tuple[str, bytes]:
    media_type = media_types.sniff(picture[: media_types.HEAD])
    try:
        if media_type not in SHOWN:
            raise metadata.NotUnderstood
        return media_type, b"".join(metadata.clean(media_type, lambda: iter((picture,))).pieces)
    except metadata.NotUnderstood:
        reason = "a picture: JPEG, PNG or WebP"
        raise Problem(INVALID_PARAMETER, name="file", reason=reason) from None


def show(
    session: Session, actor: Actor, project_id: int, number: str, blobs: LocalBlobs
) -> tuple[Scan, Iterator[bytes]]:
    """The picture of a sheet that waits to be keyed. Each look is an entry. Raises NOT_FOUND."""
    policy.demand(actor, Act.TREATY_KEY, project_id=project_id)
    scan = queries.find_scan(session, project_id, number)
    if scan is None:
        raise Problem(NOT_FOUND)
    pieces = opened(scan, blobs)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_KEY,
        subject=number,
        what="sheet_seen",
    )
    return scan, pieces


def opened(scan: Scan, blobs: LocalBlobs) -> Iterator[bytes]:
    """Raises NOT_FOUND where its key is gone, Unsealable where it lies at another place."""
    key = keys.current().find(scan.project_id, scan.key_pk)
    if key is None:
        raise Problem(NOT_FOUND)
    if not boxes.is_bound(key, _place(scan.project_id, scan.number), scan.blob, scan.bound):
        keys.unsealable(sheet=scan.number)
        raise Unsealable
    return keys.watched(blobs.unsealed(scan.blob, key), sheet=scan.number)


def _place(project_id: int, number: str) -> Place:
    record = uuid.uuid5(uuid.NAMESPACE_URL, f"sheet/{number}")
    return Place(project_id=project_id, record=record, data_class=DataClass.IDENTITY, field="scan")


def forget(blobs: LocalBlobs) -> int:
    """Those whose day has come, of all projects; answers how many."""
    count = 0
    while True:
        with unit_of_work() as session:
            due = queries.due_scans(session, today(), FORGOTTEN_AT_ONCE)
            queries.delete_scans(session, due)
        _drop(due, blobs)
        count += len(due)
        if len(due) < FORGOTTEN_AT_ONCE:
            return count


def _drop(scans: Collection[Scan], blobs: LocalBlobs) -> None:
    for one in scans:
        keys.current().destroy(one.project_id, [one.key_pk])
        blobs.remove(one.blob)
