"""Sessions end: one, those of a person, all but the one in use. From the next request on."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.tables import SignIn
from service.foundation import audit, clock


def sign_out(session: Session, actor: Actor) -> None:
    """End the session by which the actor came: cookie and tokens alike, at once."""
    end(session, SignIn.sign_in_pk == actor.sign_in_pk)
    audit.record(session, actor_id=actor.id, action="user.sign_out", subject=actor.id)


def end_sign_ins(session: Session, user_id: int) -> None:
    """End every session of a person, at once."""
    end(session, SignIn.user_id == user_id)


def end_other_sign_ins(session: Session, actor: Actor) -> None:
    """End the actor's sessions but for the one by which she comes."""
    end(session, SignIn.user_id == actor.id, SignIn.sign_in_pk != actor.sign_in_pk)


def end_family(session: Session, sign_in_pk: uuid.UUID) -> None:
    end(session, SignIn.sign_in_pk == sign_in_pk)


def end(session: Session, *which: sa.ColumnElement[bool], now: dt.datetime | None = None) -> None:
    session.execute(
        sa.update(SignIn)
        .where(*which, SignIn.ended_at.is_(None))
        .values(ended_at=now or clock.now())
        .execution_options(synchronize_session=False)
    )
