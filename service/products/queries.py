"""All SQL about packs."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.dialogue.queries.log import QuoteRow
from service.products.tables import Pack, PackQuote
from service.testimonies.tables import ToldUse


def insert(session: Session, row: Mapping[str, Any], uses: Collection[uuid.UUID]) -> None:
    session.execute(sa.insert(Pack), [dict(row)])
    mine = {name: row[name] for name in ("project_id", "pack_pk")}
    if uses:
        session.execute(sa.insert(PackQuote), [{**mine, "use_pk": one} for one in uses])


def find(
    session: Session, project_id: int, pack_pk: uuid.UUID, *, lock: bool = False
) -> Pack | None:
    query = sa.select(Pack).where(Pack.project_id == project_id, Pack.pack_pk == pack_pk)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def list_packs(
    session: Session, project_id: int, before: uuid.UUID | None, limit: int
) -> Sequence[Pack]:
    """The newest first."""
    query = sa.select(Pack).where(Pack.project_id == project_id)
    if before is not None:
        query = query.where(Pack.pack_pk < before)
    return session.scalars(query.order_by(Pack.pack_pk.desc()).limit(limit)).all()


def quotes_of(
    session: Session, project_id: int, packs: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[QuoteRow]]:
    """Pack -> the uses of words that stand in it, in the order in which they were chosen."""
    query = (
        sa.select(
            PackQuote.pack_pk,
            PackQuote.use_pk,
            sa.null().label("signer_pk"),
            ToldUse.version_pk,
            ToldUse.audience,
            ToldUse.naming,
            ToldUse.digest,
            ToldUse.ended_at,
            ToldUse.withdrawal_pk.is_not(None).label("is_taken_back"),
        )
        .join(
            ToldUse,
            sa.and_(ToldUse.project_id == PackQuote.project_id, ToldUse.use_pk == PackQuote.use_pk),
        )
        .where(PackQuote.project_id == project_id, PackQuote.pack_pk.in_(list(packs)))
        .order_by(PackQuote.use_pk)
    )
    found: dict[uuid.UUID, list[QuoteRow]] = defaultdict(list)
    for row in session.execute(query):
        values = dict(row._mapping)
        found[values.pop("pack_pk")].append(QuoteRow(**values))
    return dict(found)


def count_taking(session: Session, project_id: int, pack_pk: uuid.UUID) -> None:
    session.execute(
        sa.update(Pack)
        .where(Pack.project_id == project_id, Pack.pack_pk == pack_pk)
        .values(taken=Pack.taken + 1)
    )
