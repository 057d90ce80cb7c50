"""A file that an app sends for a record of its own: at once, or in pieces over days.

Each piece is sealed and durable before its row is, and the app is told how much is held: after a
break it goes on from there. When the last piece has come the file goes the way of all files, with
the record's own XML beside it: the same decisions as if a phone had brought it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import IntegrityError

from service.accounts.actor import Actor
from service.foundation import clock, crash_points, keys
from service.foundation.blobs import Draft, LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    FILE_NOT_NAMED,
    FILES_SEALED,
    MALFORMED_BODY,
    NOT_FOUND,
    PIECE_MISPLACED,
    Problem,
)
from service.foundation.sealing import DataClass, Place, Unsealable, boxes
from service.intake.actions.accepting import accept
from service.intake.actions.batches import Sender
from service.intake.actions.reception import Reception
from service.intake.actions.sealed import with_xml
from service.intake.envelope import JSON, ArrivedFile, Envelope, safe_name
from service.intake.queries import parts as queries
from service.intake.queries import projecting
from service.intake.queries.parts import Piece, Target

log = structlog.get_logger("samleng.intake")

KEPT = dt.timedelta(days=14)
"""How long pieces wait for the rest."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which bytes a request brings: from `begins` to before `ends`, of `total`."""

    begins: int
    ends: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Held:
    """How much of a file is here. `total` is None where nothing is known of it."""

    held: int
    total: int | None
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file of a record: which, and what of it is here in pieces."""

    target: Target
    name: str
    stored: Sequence[Piece]

    @property
    def held(self) -> Held:
        pieces, whole = _joining(self.stored), self.target.held
        if pieces:
            return Held(held=_length(pieces), total=pieces[0].total, is_complete=False)
        return Held(held=whole or 0, total=whole, is_complete=whole is not None)


def find(actor: Actor, project_id: int, instance_id: str, name: str) -> Found:
    """Raises FILE_NOT_NAMED where no record of the caller's own names it."""
    with reading() as session:
        target = queries.find_target(session, project_id, actor.id, instance_id, safe_name(name))
        if target is None:
            raise Problem(FILE_NOT_NAMED)
        if not actor.reaches_form(target.form_id):
            raise Problem(NOT_FOUND)
        stored = queries.list_pieces(session, project_id, target)
    return Found(target=target, name=name, stored=stored)


def put(sender: Sender, found: Found, span: Span, body: Iterable[bytes], blobs: LocalBlobs) -> Held:
    """Take in the piece, or the whole, and say how much is held. Raises PIECE_MISPLACED where the
    piece does not begin where what is held ends: ask, and go on from there."""
    target, name, stored = found.target, found.name, found.stored
    if target.is_sealed:
        raise Problem(FILES_SEALED)
    # From the start the app begins anew. What follows a gap, a request left that was overtaken by
    # such a beginning: it would stand in the way of the piece that belongs there.
    pieces = [] if span.begins == 0 else _joining(stored)
    _forget(blobs, sender.project_id, target, stored[len(pieces) :])
    held = _length(pieces)
    if span.begins != held or any(piece.total != span.total for piece in pieces):
        raise Problem(PIECE_MISPLACED, details={"held": held})
    if span.begins == 0 and span.ends == span.total:
        _attach(sender, target, name, _whole(body, span), blobs)
        return Held(held=span.total, total=span.total, is_complete=True)
    pieces = [*pieces, _keep(sender, target, span, body, blobs)]
    if _length(pieces) < span.total:
        return Held(held=_length(pieces), total=span.total, is_complete=False)
    _attach(sender, target, name, _joined(blobs, sender.project_id, target, pieces), blobs)
    _forget(blobs, sender.project_id, target, pieces)
    return Held(held=span.total, total=span.total, is_complete=True)


def drop_stale(blobs: LocalBlobs) -> int:
    """Forget pieces whose rest never came; answers how many."""
    count = 0
    while True:
        with unit_of_work() as session:
            page = queries.take_stale(session, clock.now() - KEPT)
        for project_id, key_pk, blob in page:
            keys.current().destroy(project_id, [key_pk])
            blobs.remove(blob)
        count += len(page)
        if not page:
            return count


def _joining(pieces: Iterable[Piece]) -> list[Piece]:
    """Those, of pieces in their order, that follow one another from the start of one file."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.begins != _length(found) or piece.total != (found or [piece])[0].total:
            break
        found.append(piece)
    return found


def _length(pieces: Iterable[Piece]) -> int:
    return sum(piece.size for piece in pieces)


def _whole(body: Iterable[bytes], span: Span) -> Iterator[bytes]:
    """Raises MALFORMED_BODY where less or more comes than was said."""
    left = span.ends - span.begins
    for chunk in body:
        left -= len(chunk)
        if left < 0:
            raise Problem(MALFORMED_BODY)
        yield chunk
    if left:
        raise Problem(MALFORMED_BODY)


def _keep(
    sender: Sender, target: Target, span: Span, body: Iterable[bytes], blobs: LocalBlobs
) -> Piece:
    """The piece, durable. Of one that breaks off what came is kept: the app goes on from there."""
    key = keys.current().take(sender.project_id)
    draft = blobs.draft(key)
    broken: Problem | None = None
    try:
        for chunk in _whole(body, span):
            draft.write(chunk)
    except Problem as problem:
        broken = problem
    except BaseException:
        draft.discard()
        raise
    if draft.size == 0 or draft.size > span.ends - span.begins:
        draft.discard()
        raise broken or Problem(MALFORMED_BODY)
    piece = _commit(sender, target, span, draft)
    if broken is not None:
        raise broken
    return piece


def _commit(sender: Sender, target: Target, span: Span, draft: Draft) -> Piece:
    blob = draft.commit()
    if blob.key is None:
        raise AssertionError("sealed, like everything that people send")
    piece = Piece(
        begins=span.begins,
        size=blob.size,
        total=span.total,
        blob=blob.name,
        key_pk=blob.key.key_pk,
        bound=boxes.binding(blob.key, _place(sender.project_id, target, span.begins), blob.name),
    )
    crash_points.reached("before_piece")
    try:
        with unit_of_work() as session:
            queries.insert_piece(
                session,
                sender.project_id,
                target,
                {**vars(piece), "received_at": sender.received_at},
            )
    except IntegrityError:  # the same piece came twice at once, or the record is gone
        draft.retract()
        raise Problem(PIECE_MISPLACED, details={"held": span.begins}) from None
    except BaseException:
        draft.retract()
        raise
    return piece


def _place(project_id: int, target: Target, begins: int) -> Place:
    return Place(
        project_id=project_id,
        record=target.submission_pk,
        data_class=DataClass.TESTIMONY,
        field=f"piece/{target.name_digest}/{begins}",
    )


def _joined(
    blobs: LocalBlobs, project_id: int, target: Target, pieces: Iterable[Piece]
) -> Iterator[bytes]:
    """Raises PIECE_MISPLACED where another request has begun the file anew meanwhile."""
    try:
        for piece in pieces:
            key = keys.current().find(project_id, piece.key_pk)
            place = _place(project_id, target, piece.begins)
            if key is None:
                raise Unsealable
            if not boxes.is_bound(key, place, piece.blob, piece.bound):
                keys.unsealable(submission=str(target.submission_pk))
                raise Unsealable
            stored = blobs.unsealed(piece.blob, key)
            yield from keys.watched(stored, submission=str(target.submission_pk))
    except (Unsealable, FileNotFoundError):
        log.warning("piece_unreadable", submission=str(target.submission_pk))
        raise Problem(PIECE_MISPLACED, details={"held": 0}) from None


def _attach(
    sender: Sender, target: Target, name: str, content: Iterable[bytes], blobs: LocalBlobs
) -> None:
    xml = _xml_of(sender.project_id, target)
    reception = Reception(sender.actor, sender.project_id, blobs)
    reception.xml(xml)
    draft = reception.draft(name, name)
    if draft is None:
        raise Problem(FILE_NOT_NAMED)
    try:
        for chunk in content:
            draft.write(chunk)
        envelope = Envelope(
            xml=xml,
            files=(ArrivedFile(filename=name, field_name=name, content=draft),),
            channel=JSON,
            device_key=sender.device_key,
            user_agent=sender.user_agent,
            received_at=sender.received_at,
        )
        accept(reception, envelope)
    except BaseException:
        reception.discard()
        raise


def _xml_of(project_id: int, target: Target) -> bytes:
    with reading() as session:
        rows = projecting.list_for_projection(session, project_id, [target.submission_pk])
    for row in with_xml(project_id, rows):
        return row.xml
    raise Problem(NOT_FOUND)


def _forget(blobs: LocalBlobs, project_id: int, target: Target, pieces: Iterable[Piece]) -> None:
    """The pieces have become a file, or are not wanted any more."""
    gone = list(pieces)
    if not gone:
        return
    with unit_of_work() as session:
        queries.delete_pieces(session, project_id, target, [piece.blob for piece in gone])
    keys.current().destroy(project_id, [piece.key_pk for piece in gone])
    for piece in gone:
        blobs.remove(piece.blob)
