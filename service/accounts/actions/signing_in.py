"""Signing in, in two halves: the slow one writes nothing, the writing one is quick."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import credentials, queries
from service.accounts.actor import Actor
from service.accounts.tables import SignIn, User
from service.foundation import audit, clock, ids
from service.foundation.problems import TOO_MANY_REQUESTS, Problem

SIGN_IN_LIFE = dt.timedelta(hours=12)
FREE_FAILURES = 5
LONGEST_BLOCK_S = 15 * 60


@dataclass(frozen=True, kw_only=True)
class NewSignIn:
    """A session just opened."""

    user_id: int
    token: str = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a try to sign in, before anything is written."""

    user_id: int | None
    is_right: bool
    new_hash: str | None = field(default=None, repr=False)
    """The password hashed again, where today's parameters are stronger."""


def check_password(session: Session, email: str, password: str) -> Verdict:
    """First half of signing in, for a reading session. Raises TOO_MANY_REQUESTS while blocked."""
    user = queries.find_user(session, unicodedata.normalize("NFC", email).strip().casefold())
    if user is not None:
        _refuse_while_blocked(user, clock.now())
    right = credentials.verify_password(user.password_hash if user else None, password)
    new_hash = None
    if user and right and user.password_hash and credentials.needs_rehash(user.password_hash):
        new_hash = credentials.hash_password(password)
    is_right = user is not None and right and user.is_active
    return Verdict(user_id=user.id if user else None, is_right=is_right, new_hash=new_hash)


def sign_in(session: Session, jwt_key: str, verdict: Verdict) -> NewSignIn | None:
    """Second half: a session, or None and one more failure counted.

    Five wrong passwords block the account for 60 s, doubling to 15 min, never for good.
    """
    now = clock.now()
    user = session.get(User, verdict.user_id) if verdict.user_id is not None else None
    if user is None or not verdict.is_right:
        if user is not None:
            _count_failure(session, user, now)
        return None
    _refuse_while_blocked(user, now)  # parallel tries may have failed meanwhile
    user.failures, user.blocked_until = 0, None
    user.password_hash = verdict.new_hash or user.password_hash
    row = SignIn(
        sign_in_pk=ids.new_uuid(), user_id=user.id, created_at=now, expires_at=now + SIGN_IN_LIFE
    )
    session.add(row)
    audit.record(session, actor_id=user.id, action="user.sign_in", subject=user.id)
    claims = credentials.Claims(user_id=user.id, sign_in_pk=row.sign_in_pk)
    return NewSignIn(
        user_id=user.id,
        token=credentials.issue_access_token(jwt_key, claims, now, SIGN_IN_LIFE),
        created_at=now,
        expires_at=row.expires_at,
    )


def sign_out(session: Session, actor: Actor) -> None:
    """End the session by which the actor came: cookie and access token alike, at once."""
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    audit.record(session, actor_id=actor.id, action="user.sign_out", subject=actor.id)


def end_sign_ins(session: Session, user_id: int) -> None:
    """End every session of a person, at once."""
    session.execute(
        sa.update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def _refuse_while_blocked(user: User, now: dt.datetime) -> None:
    if user.blocked_until is not None and user.blocked_until > now:
        seconds = int((user.blocked_until - now).total_seconds()) + 1
        raise Problem(TOO_MANY_REQUESTS, seconds=seconds)


def _count_failure(session: Session, user: User, now: dt.datetime) -> None:
    user.failures += 1
    if user.failures >= FREE_FAILURES:
        block_s = min(60 * 2 ** (user.failures - FREE_FAILURES), LONGEST_BLOCK_S)
        user.blocked_until = now + dt.timedelta(seconds=block_s)
    audit.record(session, actor_id=user.id, action="user.sign_in_failed", subject=user.id)
