"""What a look at a record found, and what the team says of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import actions as entities
from service.foundation import audit, clock, ids, keys
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, seal, unseal
from service.intake.queries import projecting
from service.review.queries import deciding as rows
from service.review.queries.deciding import StoredComment
from service.review.queries.records import RecordTold
from service.review.states import ReviewState


def decide(
    session: Session, actor: Actor, project_id: int, record: RecordTold, state: ReviewState | None
) -> None:
    """Say of a record's present version what a look at it found; None takes back what was said."""
    policy.demand_thing(actor, Act.REVIEW_STATE, project_id, record.thing)
    rows.put_state(
        session,
        project_id,
        record.record_pk,
        record.current.submission_pk,
        state,
        actor.id,
        clock.now(),
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.REVIEW_STATE,
        subject=record.current.submission_pk,
        before=record.state.value if record.state else "",
        state=state.value if state else "",
    )
    if state is ReviewState.APPROVED:  # of lists that want approval
        looked_at = record.current.submission_pk
        entities.follow_approval(session, actor, project_id, record.record_pk, looked_at)


def copy(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    state: ReviewState,
    origin: str,
) -> None:
    """Keep what a look found on the server that the record comes from: nobody's decision here, and
    no approval of what it says of lists, which ask somebody who looks. `origin`: the kind of the
    server, and where it is."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    rows.put_state(
        session,
        project_id,
        record.record_pk,
        record.current.submission_pk,
        state,
        None,
        clock.now(),
        copied_from=origin,
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.copy",
        subject=record.current.submission_pk,
        state=state.value,
        source=origin.partition(" ")[0],
    )


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
    return Comment(actor_id=actor.id, created_at=said.created_at, body=body)


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


def drop_erased(session: Session, project_id: int) -> None:
    """What was said of records that are no more."""
    rows.delete_of_erased(session, project_id)


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
