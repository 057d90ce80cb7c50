"""Where people signed in from, and with what: forgotten when it is old."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import KnownNetwork, SignIn
from service.foundation.columns import UtcDateTime


def forget_places(session: Session, unused_since: dt.datetime, now: dt.datetime) -> None:
    """Of sessions that are over, and were not used since then."""
    over = sa.or_(
        SignIn.ended_at.is_not(None),
        SignIn.idle_until < sa.bindparam("now", now, UtcDateTime),
        SignIn.expires_at < sa.bindparam("now", now, UtcDateTime),
    )
    told = sa.or_(SignIn.place != "", SignIn.client != "")
    session.execute(
        sa.update(SignIn)
        .where(over, told, SignIn.seen_at < sa.bindparam("unused", unused_since, UtcDateTime))
        .values(place="", client="")
    )


def forget_networks(session: Session, unseen_since: dt.datetime) -> None:
    session.execute(
        sa.delete(KnownNetwork).where(
            KnownNetwork.seen_at < sa.bindparam("unseen", unseen_since, UtcDateTime)
        )
    )
