"""All SQL about packs."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.dialogue.queries.log import QuoteRow
from service.products.tables import Pack, PackQuote, Recommendation
from service.testimonies.tables import ToldUse


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A use of words that stands in a pack."""

    quote: QuoteRow
    beside: str
    """Key of the article beside which it stands; "" for none."""


def insert(session: Session, row: Mapping[str, Any], quotes: Sequence[Mapping[str, Any]]) -> None:
    """`quotes`: `use_pk`, `signer_pk` and `beside` of each."""
    session.execute(sa.insert(Pack), [dict(row)])
    mine = {name: row[name] for name in ("project_id", "pack_pk")}
    if quotes:
        session.execute(sa.insert(PackQuote), [{**mine, **one} for one in quotes])


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
) -> dict[uuid.UUID, list[Cited]]:
    """Pack -> the uses of words that stand in it, in the order in which they were chosen."""
    query = (
        sa.select(
            PackQuote.pack_pk,
            PackQuote.use_pk,
            PackQuote.signer_pk,
            PackQuote.beside,
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
    found: dict[uuid.UUID, list[Cited]] = defaultdict(list)
    for row in session.execute(query):
        values = dict(row._mapping)
        pack_pk, beside = values.pop("pack_pk"), values.pop("beside")
        found[pack_pk].append(Cited(quote=QuoteRow(**values), beside=beside))
    return dict(found)


def count_taking(session: Session, project_id: int, pack_pk: uuid.UUID) -> None:
    session.execute(
        sa.update(Pack)
        .where(Pack.project_id == project_id, Pack.pack_pk == pack_pk)
        .values(taken=Pack.taken + 1)
    )


# --- recommendations ------------------------------------------------------------------------------
def recommendations(session: Session, project_id: int) -> list[Recommendation]:
    """The newest of each article, in the order of their keys."""
    newest = (
        sa.select(Recommendation.article, sa.func.max(Recommendation.version).label("version"))
        .where(Recommendation.project_id == project_id)
        .group_by(Recommendation.article)
        .subquery()
    )
    query = (
        sa.select(Recommendation)
        .join(
            newest,
            sa.and_(
                newest.c.article == Recommendation.article,
                newest.c.version == Recommendation.version,
            ),
        )
        .where(Recommendation.project_id == project_id)
        .order_by(Recommendation.article)
    )
    return list(session.scalars(query))


def recommendations_named(
    session: Session, project_id: int, named: Collection[tuple[str, int]]
) -> list[Recommendation]:
    """(article, version) of each, in the order of their articles."""
    if not named:
        return []
    keys = sa.tuple_(Recommendation.article, Recommendation.version)
    query = sa.select(Recommendation).where(
        Recommendation.project_id == project_id, keys.in_(list(named))
    )
    return list(session.scalars(query.order_by(Recommendation.article)))


def insert_recommendation(session: Session, row: Mapping[str, Any]) -> bool:
    """False where somebody else just wrote that version."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    query = insert(Recommendation).values(**row).on_conflict_do_nothing()
    return session.scalar(query.returning(Recommendation.version)) is not None
