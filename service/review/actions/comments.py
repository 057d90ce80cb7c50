"""What the team says of a record: sealed under the record's own key, and gone with it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock, ids, keys
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, seal, unseal
from service.intake.queries import projecting
from service.review.queries import deciding as rows
from service.review.queries.deciding import StoredComment
from service.review.queries.records import RecordTold


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody of the team said of a record."""

    actor_id: int | None
    created_at: dt.datetime
    body: str = field(repr=False)


def add_comment(
    session: Session, actor: Actor, project_id: int, record: RecordTold, body: str
) -> Comment:
    policy.demand_thing(actor, Act.REVIEW_COMMENT, project_id, record.thing)
    said = say(session, actor, project_id, record, body)
    return Comment(actor_id=actor.id, created_at=said.created_at, body=body)


def say(
    session: Session, actor: Actor, project_id: int, record: RecordTold, body: str
) -> StoredComment:
    key = _key(session, project_id, record.record_pk)
    if key is None:
        raise Problem(NOT_FOUND)
    comment_pk = ids.new_uuid()
    place = _place(project_id, record.record_pk, comment_pk)
    said = StoredComment(
        comment_pk=comment_pk,
        actor_id=actor.id,
        created_at=clock.now(),
        sealed=seal(key, place, body.encode()),
    )
    rows.insert_comment(session, project_id, record.record_pk, said)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.REVIEW_COMMENT,
        subject=record.record_pk,
    )
    return said


def list_comments(
    session: Session, actor: Actor, project_id: int, record: RecordTold
) -> list[Comment]:
    """The newest first. They may say what the record says: only to whoever may open that, too, and
    each look that shows some is written down before."""
    policy.demand_thing(actor, Act.REVIEW_COMMENT, project_id, record.thing)
    policy.demand_thing(actor, Act.RECORD_READ, project_id, record.thing)
    stored = rows.list_comments(session, project_id, record.record_pk)
    key = _key(session, project_id, record.record_pk) if stored else None
    if key is None:
        return []
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.read_comments",
        subject=record.current.submission_pk,
        comments=len(stored),
    )
    found = []
    for one in stored:
        place = _place(project_id, record.record_pk, one.comment_pk)
        try:
            body = unseal(key, place, one.sealed).decode()
        except Unsealable:
            keys.unsealable(comment=str(one.comment_pk))
            continue
        found.append(Comment(actor_id=one.actor_id, created_at=one.created_at, body=body))
    return found


def seal_again(session: Session, project_id: int, record_pk: uuid.UUID, was: uuid.UUID) -> None:
    """Under the key that the record's first version has now; `was`: the one before."""
    stored = rows.list_comments(session, project_id, record_pk)
    before, key = keys.current().find(project_id, was), _key(session, project_id, record_pk)
    if before is None or key is None:
        return
    for one in stored:
        place = _place(project_id, record_pk, one.comment_pk)
        try:
            body = unseal(before, place, one.sealed)
        except Unsealable:
            keys.unsealable(comment=str(one.comment_pk))
            continue
        rows.put_comment(session, project_id, one.comment_pk, seal(key, place, body))


def _key(session: Session, project_id: int, record_pk: uuid.UUID) -> DataKey | None:
    """That of the record's first version: whoever erases the record erases the comments."""
    key_pk = projecting.find_key(session, project_id, record_pk)
    return None if key_pk is None else keys.current().find(project_id, key_pk)


def _place(project_id: int, record_pk: uuid.UUID, comment_pk: uuid.UUID) -> Place:
    return Place(
        project_id=project_id,
        record=record_pk,
        data_class=DataClass.TESTIMONY,
        field=f"comment/{comment_pk.hex}",
    )
