"""Refresh tokens: each is used once and brings its successor. One that comes again ends all."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts import credentials, lifetimes, queries
from service.accounts.actions import ending
from service.accounts.actions.signing_in import NewSignIn, add_refresh_token, issued
from service.accounts.caller import Caller
from service.accounts.tables import RefreshToken, SignIn
from service.foundation import audit, clock


def refresh(session: Session, jwt_key: str, token: str, caller: Caller) -> NewSignIn | None:
    """A new access token and the next refresh token; None where the token is not good.

    Networks drop answers, so the client that used it last may use it once more within
    `lifetimes.REPLAY` and gets the same successor. Any other use of a used token ends the family:
    one of the two who have it stole it.
    """
    if credentials.session_secret(token) is None:  # of before sessions had one: sign in again
        return None
    now, sha256 = clock.now(), credentials.token_sha256(token)
    successor = credentials.next_refresh_token(jwt_key, token)
    sign_in_pk = _use(session, sha256, caller, now)
    if sign_in_pk is not None:
        return _renewed(session, jwt_key, sign_in_pk, successor, is_new=True)
    sign_in_pk = _use_again(session, sha256, credentials.token_sha256(successor), caller, now)
    if sign_in_pk is not None:
        return _renewed(session, jwt_key, sign_in_pk, successor, is_new=False)
    _end_if_stolen(session, sha256, credentials.token_sha256(successor), caller, now)
    return None


def _use(session: Session, sha256: bytes, caller: Caller, now: dt.datetime) -> uuid.UUID | None:
    found: uuid.UUID | None = session.execute(
        sa.update(RefreshToken)
        .where(
            RefreshToken.token_sha256 == sha256,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > now,
        )
        .values(used_at=now, used_by=caller.binding)
        .returning(RefreshToken.sign_in_pk)
        .execution_options(synchronize_session=False)
    ).scalar()
    return found


def _use_again(
    session: Session, sha256: bytes, next_sha256: bytes, caller: Caller, now: dt.datetime
) -> uuid.UUID | None:
    found: uuid.UUID | None = session.execute(
        sa.update(RefreshToken)
        .where(
            RefreshToken.token_sha256 == sha256,
            RefreshToken.replayed_at.is_(None),
            _is_lost_answer(next_sha256, caller, now),
        )
        .values(replayed_at=now)
        .returning(RefreshToken.sign_in_pk)
        .execution_options(synchronize_session=False)
    ).scalar()
    return found


def _is_lost_answer(next_sha256: bytes, caller: Caller, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Used just now by the same client, and its successor by nobody."""
    successor = aliased(RefreshToken)
    is_next_used = (
        sa.select(successor.token_sha256)
        .where(successor.token_sha256 == next_sha256, successor.used_at.is_not(None))
        .exists()
    )
    return sa.and_(
        RefreshToken.used_at > now - lifetimes.REPLAY,
        RefreshToken.used_by == caller.binding,
        ~is_next_used,
    )


def _renewed(
    session: Session, jwt_key: str, sign_in_pk: uuid.UUID, successor: str, *, is_new: bool
) -> NewSignIn | None:
    now = clock.now()
    actor = queries.find_signed_in(session, sign_in_pk, now)
    if actor is None or actor.id is None:  # signed out, switched off, over
        return None
    if is_new:
        row = session.get_one(SignIn, sign_in_pk)
        row.seen_at, row.idle_until = now, now + lifetimes.PROGRAM_IDLE
        add_refresh_token(session, sign_in_pk, successor, row.expires_at)
    secret = credentials.session_secret(successor) or ""
    claims = credentials.Claims(user_id=actor.id, sign_in_pk=sign_in_pk, secret=secret)
    return issued(jwt_key, claims, successor)


def _end_if_stolen(
    session: Session, sha256: bytes, next_sha256: bytes, caller: Caller, now: dt.datetime
) -> None:
    """A used token ends its family, unless its own client merely asks too often at once."""
    row = session.execute(
        sa.select(RefreshToken.sign_in_pk, SignIn.user_id, SignIn.ended_at)
        .join(SignIn, SignIn.sign_in_pk == RefreshToken.sign_in_pk)
        .where(
            RefreshToken.token_sha256 == sha256,
            RefreshToken.used_at.is_not(None),
            ~_is_lost_answer(next_sha256, caller, now),
        )
    ).first()
    if row is not None and row.ended_at is None:
        ending.end_family(session, row.sign_in_pk)
        audit.record(session, actor_id=row.user_id, action="session.reuse", subject=row.user_id)
