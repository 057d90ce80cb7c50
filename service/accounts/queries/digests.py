"""What HTTP Digest asks and writes."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts.digest import Uses
from service.accounts.tables import DeviceDigest, DigestNonce
from service.foundation.db import look
from service.foundation.prepared import Prepared

AT_ONCE = 1000
"""Nonces forgotten with one request."""

_FIND = Prepared(
    sa.select(DeviceDigest.project_id, DeviceDigest.key_pk, DeviceDigest.sealed).where(
        DeviceDigest.app_user_id == sa.bindparam("app_user_id", type_=DeviceDigest.app_user_id.type)
    )
)


def find_secret(app_user_id: int) -> tuple[int, uuid.UUID, bytes] | None:
    """(project, data key, sealed HA1s) of a phone, ended ones too."""
    row = look(_FIND, app_user_id=app_user_id)
    return None if row is None else (row[0], row[1], bytes(row[2]))


def put_secret(
    session: Session, project_id: int, app_user_id: int, key_pk: uuid.UUID, sealed: bytes
) -> None:
    """In place of the one before."""
    drop_secret(session, project_id, app_user_id)
    session.execute(
        sa.insert(DeviceDigest),
        [
            {
                "project_id": project_id,
                "app_user_id": app_user_id,
                "key_pk": key_pk,
                "sealed": sealed,
            }
        ],
    )


def drop_secret(session: Session, project_id: int, app_user_id: int) -> None:
    session.execute(
        sa.delete(DeviceDigest).where(
            DeviceDigest.project_id == project_id, DeviceDigest.app_user_id == app_user_id
        )
    )


def lock_uses(
    session: Session, project_id: int, nonce: bytes, now: dt.datetime, expires_at: dt.datetime
) -> Uses:
    """The uses of a nonce so far, kept from everybody else until the transaction ends. With a new
    nonce, those that have expired are forgotten."""
    mine = sa.and_(DigestNonce.project_id == project_id, DigestNonce.nonce == nonce)
    locked = sa.select(DigestNonce.highest, DigestNonce.seen).where(mine).with_for_update()
    row = session.execute(locked).first()
    if row is None:
        _forget_expired(session, now)
        fresh = {
            "project_id": project_id,
            "nonce": nonce,
            "highest": 0,
            "seen": bytes(16),
            "expires_at": expires_at,
        }
        try:
            with session.begin_nested():
                session.execute(sa.insert(DigestNonce), [fresh])
        except IntegrityError:  # another request of the phone, a moment ago
            pass
        row = session.execute(locked).one()
    return Uses(highest=row.highest, seen=int.from_bytes(row.seen))


def _forget_expired(session: Session, now: dt.datetime) -> None:
    """Leaving alone what another transaction is forgetting at this moment."""
    key = sa.tuple_(DigestNonce.project_id, DigestNonce.nonce)
    expired = (
        sa.select(DigestNonce.project_id, DigestNonce.nonce)
        .where(DigestNonce.expires_at < now)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(sa.delete(DigestNonce).where(key.in_(expired)))


def put_uses(session: Session, project_id: int, nonce: bytes, uses: Uses) -> None:
    session.execute(
        sa.update(DigestNonce)
        .where(DigestNonce.project_id == project_id, DigestNonce.nonce == nonce)
        .values(highest=uses.highest, seen=uses.seen.to_bytes(16))
    )
