"""What stands out among signatures: found by rows that name nobody, kept for people to look at."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased

from service.foundation.db import Base
from service.treaty.oddities import SAME_LINES, Oddity
from service.treaty.status import Status
from service.treaty.tables import OddityRow, SignerKey, SignerRow

Connected = Session | sa.Connection
_TABLE = Base.metadata.tables[OddityRow.__tablename__]


@dataclass(frozen=True, kw_only=True)
class Found:
    what: Oddity
    about: str
    signed_on: dt.date
    beside: str
    count: int


_FOUND = [getattr(OddityRow, name) for name in Found.__dataclass_fields__]


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Another sheet that has lines of this one."""

    sheet: str
    other: str
    lines: int
    is_earlier: bool


def lines_of(connection: Connected, project_id: int, sheets: Collection[str]) -> dict[str, int]:
    query = (
        sa.select(SignerRow.sheet, sa.func.count())
        .where(
            SignerRow.project_id == project_id,
            SignerRow.sheet.in_(list(sheets)),
            SignerRow.may_count,
        )
        .group_by(SignerRow.sheet)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def alike(connection: Connected, project_id: int, sheets: Collection[str]) -> list[Alike]:
    """Sheets that share a key with at least SAME_LINES lines of one of these, the likest first."""
    mine, other = aliased(SignerRow), aliased(SignerRow)
    my_key, their_key = aliased(SignerKey), aliased(SignerKey)
    lines = sa.func.count(mine.signer_pk.distinct())
    query = (
        sa.select(
            mine.sheet,
            other.sheet,
            lines,
            sa.func.min(_as_text(other.signer_pk)) < sa.func.min(_as_text(mine.signer_pk)),
        )
        .join(my_key, _is_of(my_key, mine))
        .join(their_key, _shares(their_key, my_key))
        .join(other, _is_of(their_key, other))
        .where(
            mine.project_id == project_id,
            mine.sheet.in_(list(sheets)),
            mine.may_count,
            other.sheet.not_in(["", mine.sheet]),
            other.may_count,
        )
        .group_by(mine.sheet, other.sheet)
        .having(lines >= SAME_LINES)
        .order_by(lines.desc(), other.sheet)
    )
    return [
        Alike(sheet=row[0], other=row[1], lines=row[2], is_earlier=bool(row[3]))
        for row in connection.execute(query)
    ]


def _is_of(key: Any, row: Any) -> sa.ColumnElement[bool]:
    return sa.and_(key.project_id == row.project_id, key.signer_pk == row.signer_pk)


def _shares(one: Any, other: Any) -> sa.ColumnElement[bool]:
    return sa.and_(one.project_id == other.project_id, one.key == other.key)


def _as_text(key: Any) -> sa.ColumnElement[Any]:
    """PostgreSQL before its version 18 knows no smallest of UUIDs; as text they sort alike."""
    return sa.cast(key, sa.Text)


@dataclass(frozen=True, kw_only=True)
class Through:
    """Signatures of a day that came through one phone or collector."""

    sender: str
    signed_on: dt.date
    on_paper: bool
    count: int


def signed_through(
    connection: Connected, project_id: int, senders: Collection[str], days: Collection[dt.date]
) -> list[Through]:
    on_paper = SignerRow.sheet != ""
    query = (
        sa.select(SignerRow.sender, SignerRow.signed_on, on_paper, sa.func.count())
        .where(
            SignerRow.project_id == project_id,
            SignerRow.sender.in_(list(senders)),
            SignerRow.signed_on.in_(list(days)),
            SignerRow.may_count,
        )
        .group_by(SignerRow.sender, SignerRow.signed_on, on_paper)
    )
    return [
        Through(sender=row[0], signed_on=row[1], on_paper=bool(row[2]), count=row[3])
        for row in connection.execute(query)
    ]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A signature that stands out."""

    about: str
    signed_on: dt.date
    sheet: str
    submission_pk: uuid.UUID


def examples(connection: Connected, project_id: int, each: int) -> list[Example]:
    """Of whatever stands out and nobody has looked at, the first records."""
    open_ones = sa.union_all(
        *(
            sa.select(
                OddityRow.what,
                OddityRow.about,
                OddityRow.signed_on,
                SignerRow.sheet,
                SignerRow.submission_pk,
            )
            .join(SignerRow, on)
            .where(OddityRow.project_id == project_id, SignerRow.may_count, ~OddityRow.is_looked_at)
            .distinct()
            for on in (_on_sheet(), _in_burst())
        )
    ).subquery()
    of_each = (open_ones.c.what, open_ones.c.about, open_ones.c.signed_on)
    number = sa.func.row_number().over(
        partition_by=of_each, order_by=(open_ones.c.sheet, open_ones.c.submission_pk)
    )
    numbered = sa.select(open_ones, number.label("number")).subquery()
    columns = [numbered.c[name] for name in Example.__dataclass_fields__]
    query = sa.select(*columns).where(numbered.c.number <= each).order_by(numbered.c.number)
    return [Example(**row._mapping) for row in connection.execute(query)]


def _on_sheet() -> sa.ColumnElement[bool]:
    return sa.and_(
        OddityRow.project_id == SignerRow.project_id,
        OddityRow.what != Oddity.BURST,
        OddityRow.about == SignerRow.sheet,
    )


def _in_burst() -> sa.ColumnElement[bool]:
    return sa.and_(
        OddityRow.project_id == SignerRow.project_id,
        OddityRow.what == Oddity.BURST,
        OddityRow.about == SignerRow.sender,
        OddityRow.signed_on == SignerRow.signed_on,
    )


def put(connection: Connected, project_id: int, found: Sequence[Found]) -> None:
    """What people looked at already stays so."""
    if not found:
        return
    row = postgresql.insert(_TABLE)
    again = row.on_conflict_do_update(
        index_elements=list(_TABLE.primary_key.columns),
        set_={"beside": row.excluded.beside, "count": row.excluded["count"]},
    )
    connection.execute(again, [{"project_id": project_id, **vars(one)} for one in found])


def list_open(connection: Connected, project_id: int, limit: int) -> list[Found]:
    """That nobody has looked at, the newest first."""
    query = sa.select(*_FOUND).where(OddityRow.project_id == project_id, ~OddityRow.is_looked_at)
    ordered = query.order_by(OddityRow.signed_on.desc(), OddityRow.what, OddityRow.about)
    return [Found(**row._mapping) for row in connection.execute(ordered.limit(limit))]


def look(
    connection: Connected, project_id: int, what: Oddity, about: str, signed_on: dt.date
) -> bool:
    """Somebody looked. Whether there was such a thing to look at."""
    one = (
        OddityRow.project_id == project_id,
        OddityRow.what == what,
        OddityRow.about == about,
        OddityRow.signed_on == signed_on,
        ~OddityRow.is_looked_at,
    )
    done: Any = connection.execute(sa.update(OddityRow).where(*one).values(is_looked_at=True))
    return bool(done.rowcount)


def count_open(connection: Connected, project_id: int) -> int:
    """Signatures that count and stand out, each once."""
    each = [
        sa.select(SignerRow.signer_pk)
        .join(OddityRow, on)
        .where(
            SignerRow.project_id == project_id,
            SignerRow.status == Status.VALID,
            ~OddityRow.is_looked_at,
        )
        for on in (_on_sheet(), _in_burst())
    ]
    query = sa.select(sa.func.count()).select_from(sa.union(*each).subquery())
    return connection.execute(query).scalar_one()
