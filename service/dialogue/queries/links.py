"""Links by which one partner sees some promises, and how often each was opened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.dialogue.tables import Link, LinkPromise


def insert(session: Session, row: Mapping[str, Any], promises: Collection[uuid.UUID]) -> None:
    session.execute(sa.insert(Link), [dict(row)])
    mine = {name: row[name] for name in ("project_id", "link_pk")}
    chosen = [{**mine, "promise_pk": one} for one in sorted(promises)]
    session.execute(sa.insert(LinkPromise), chosen)


def list_links(session: Session, project_id: int, limit: int) -> Sequence[Link]:
    """The newest first."""
    query = sa.select(Link).where(Link.project_id == project_id)
    return session.scalars(query.order_by(Link.link_pk.desc()).limit(limit)).all()


def promises_of(
    session: Session, project_id: int, links: Collection[uuid.UUID]
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    query = sa.select(LinkPromise.link_pk, LinkPromise.promise_pk).where(
        LinkPromise.project_id == project_id, LinkPromise.link_pk.in_(list(links))
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for row in session.execute(query):
        found[row.link_pk].add(row.promise_pk)
    return {key: frozenset(those) for key, those in found.items()}


def find(session: Session, project_id: int, token_sha256: str) -> Link | None:
    """Also one that ended or expired."""
    query = sa.select(Link).where(Link.project_id == project_id, Link.token_sha256 == token_sha256)
    return session.scalars(query).one_or_none()


def end(session: Session, project_id: int, link_pk: uuid.UUID, at: dt.datetime) -> bool | None:
    """Whether it was open until now; None where there is none."""
    mine = (Link.project_id == project_id, Link.link_pk == link_pk)
    if session.scalar(sa.select(Link.link_pk).where(*mine)) is None:
        return None
    done = session.execute(
        sa.update(Link)
        .where(*mine, Link.ended_at.is_(None))
        .values(ended_at=at)
        .returning(Link.link_pk)
    )
    return done.first() is not None


def count_opening(session: Session, project_id: int, link_pk: uuid.UUID, on: dt.date) -> None:
    """That it was opened, and on which day last."""
    session.execute(
        sa.update(Link)
        .where(Link.project_id == project_id, Link.link_pk == link_pk)
        .values(opened=Link.opened + 1, opened_on=on)
    )
