"""All SQL about releases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.disclosure.holdings import Measure, Shown, shown
from service.disclosure.rules import Audience
from service.foundation.db import Base
from service.releases.document import Head, Signed
from service.releases.standing import Standing
from service.releases.tables import Counter, Release, Word


@dataclass(frozen=True, kw_only=True)
class Told:
    """A release, without its tables."""

    number: int
    title: str
    audience: Audience
    frozen_at: dt.datetime
    frozen_by: int
    corrects: int | None
    sha256: str
    standing: Standing
    said_by: int | None
    said_at: dt.datetime | None


def lock_next(session: Session, project_id: int) -> int:
    """The number of the next release; whoever else freezes waits until this transaction is over."""
    table = Base.metadata.tables[Counter.__tablename__]
    row = {"project_id": project_id, "last": 0}
    session.execute(postgresql.insert(table).on_conflict_do_nothing(), [row])
    mine = Counter.project_id == project_id
    last = session.execute(sa.select(Counter.last).where(mine).with_for_update()).scalar_one()
    session.execute(sa.update(Counter).where(mine).values(last=last + 1))
    return last + 1


def insert(session: Session, head: Head, signed: Signed, frozen_by: int) -> None:
    row = {
        "project_id": head.project_id,
        "number": head.number,
        "audience": head.audience,
        "title": head.title,
        "frozen_at": head.frozen_at,
        "frozen_by": frozen_by,
        "corrects": head.corrects,
        "text": signed.text,
        "sha256": signed.sha256,
        "signature": signed.signature,
        "public_key": signed.public_key,
    }
    session.execute(sa.insert(Release), [row])


def say(
    session: Session, project_id: int, number: int, said: Standing, by: int, at: dt.datetime
) -> bool:
    """One word on it; False where one was said before."""
    row = {"project_id": project_id, "number": number, "said": said, "said_by": by, "at": at}
    table = Base.metadata.tables[Word.__tablename__]
    query = postgresql.insert(table).values(row).on_conflict_do_nothing().returning(table.c.number)
    return session.execute(query).first() is not None


def list_told(session: Session, project_id: int, before: int | None, limit: int) -> list[Told]:
    """The newest first."""
    query = _TOLD.where(Release.project_id == project_id)
    if before is not None:
        query = query.where(Release.number < before)
    rows = session.execute(query.order_by(Release.number.desc()).limit(limit))
    return [_told(row) for row in rows]


def find(session: Session, project_id: int, number: int) -> tuple[Told, Signed] | None:
    return next(list_found(session, project_id, [number]), None)


def list_found(
    session: Session, project_id: int, numbers: Collection[int]
) -> Iterator[tuple[Told, Signed]]:
    """Whole ones, in the order of their numbers."""
    query = _TOLD.add_columns(Release.text, Release.signature, Release.public_key).where(
        Release.project_id == project_id, Release.number.in_(list(numbers))
    )
    for row in session.execute(query.order_by(Release.number)):
        signed = Signed(
            text=row.text,
            sha256=row.sha256,
            signature=bytes(row.signature),
            public_key=bytes(row.public_key),
        )
        yield _told(row), signed


def list_published(
    session: Session, project_id: int, audiences: Collection[Audience]
) -> Iterator[tuple[Told, list[dict[str, Any]]]]:
    """(release, its tables) of those that were published for one of these audiences, in the order
    of their numbers."""
    query = _TOLD.add_columns(Release.text).where(
        Release.project_id == project_id,
        Release.audience.in_(list(audiences)),
        Word.said == Standing.PUBLISHED,
    )
    for row in session.execute(query.order_by(Release.number)):
        yield _told(row), json.loads(row.text)["tables"]


def list_shown(
    session: Session, project_id: int, measures: Mapping[str, Measure]
) -> Iterator[Shown]:
    """All that was released, in the order of their numbers; what was dropped nobody has.
    `measures`: by indicator, what its numbers count. An indicator that is no more counts what
    nothing else does."""
    query = (
        sa.select(Release.number, Release.text)
        .outerjoin(Word, _IS_ITS)
        .where(Release.project_id == project_id, _STANDS != Standing.DROPPED)
        .order_by(Release.number)
    )
    for number, text in session.execute(query):
        for table in json.loads(text)["tables"]:
            name = table["indicator"]
            yield shown(number, table, measures.get(name) or Measure(n=name))


_IS_ITS = sa.and_(Word.project_id == Release.project_id, Word.number == Release.number)
_STANDS = sa.func.coalesce(Word.said, Standing.FROZEN)
_TOLD = sa.select(
    Release.number,
    Release.title,
    Release.audience,
    Release.frozen_at,
    Release.frozen_by,
    Release.corrects,
    Release.sha256,
    Word.said,
    Word.said_by,
    Word.at,
).outerjoin(Word, _IS_ITS)


def _told(row: Any) -> Told:
    return Told(
        number=row.number,
        title=row.title,
        audience=row.audience,
        frozen_at=row.frozen_at,
        frozen_by=row.frozen_by,
        corrects=row.corrects,
        sha256=row.sha256,
        standing=row.said or Standing.FROZEN,
        said_by=row.said_by,
        said_at=row.at,
    )
