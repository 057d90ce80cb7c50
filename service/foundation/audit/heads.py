"""Signed heads: where all strands of a project end at one moment.

A chain alone shows neither a cut tail nor one that was written anew from its beginning. A head that
was signed, and kept where this machine cannot reach it, shows both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.foundation import clock, ids
from service.foundation.audit.canonical import message, moment
from service.foundation.audit.tables import AuditEntry, AuditHead
from service.foundation.sealing import Signer, key_id

_ENTRIES = cast(sa.Table, AuditEntry.__table__)
_HEADS = cast(sa.Table, AuditHead.__table__)


def sign(session: Session, signer: Signer, project_id: int, day: dt.date | None = None) -> Any:
    """Sign where the strands end now, and keep the head; of a day only the first. Answers it as
    `line` does."""
    ends = session.execute(_ENDS, {"project_id": project_id}).all()
    row = {
        "project_id": project_id,
        "head_pk": ids.new_uuid(),
        "day": day,
        "at": clock.now(),
        "count": sum(end.seq for end in ends),
        "strands": [
            {"hash": bytes(end.hash).hex(), "seq": end.seq, "strand": end.strand} for end in ends
        ],
        "key_id": key_id(signer.public_key),
    }
    row["signature"] = signer.sign(message(_head(row)))
    session.execute(postgresql.insert(_HEADS).on_conflict_do_nothing(), [row])
    return line(row)


def hand_out(session: Session, signer: Signer, project_id: int) -> dict[str, Any]:
    """A head of all that was until now, signed to be kept where this machine cannot reach it. Like
    that of an export it belongs to no day: so it is known that it was asked for."""
    signed: dict[str, Any] = sign(session, signer, project_id)
    return signed


def kept_here_since(session: Session, project_ids: Collection[int]) -> dt.datetime | None:
    """The oldest daily head of any of these projects after which none was handed out."""
    mine, heads = _HEADS.c.project_id.in_(project_ids), _HEADS.alias("daily")
    handed = (
        sa.select(_HEADS.c.project_id, sa.func.max(_HEADS.c.at).label("at"))
        .where(mine, _HEADS.c.day.is_(None))
        .group_by(_HEADS.c.project_id)
        .subquery()
    )
    query = (
        sa.select(sa.func.min(heads.c.at))
        .outerjoin(handed, handed.c.project_id == heads.c.project_id)
        .where(
            heads.c.project_id.in_(project_ids),
            heads.c.day.is_not(None),
            sa.or_(handed.c.at.is_(None), heads.c.at > handed.c.at),
        )
    )
    oldest: dt.datetime | None = session.scalar(query)
    return oldest


def newest_of_strands(session: Session, project_id: int) -> dict[int, int]:
    """Strand -> number of its last entry."""
    ends = session.execute(_ENDS, {"project_id": project_id})
    return {end.strand: end.seq for end in ends}


def sign_day(session: Session, signer: Signer, project_id: int) -> None:
    """The head of this day (UTC), if it is not there."""
    day = clock.today()
    if head_of_day(session, project_id) is None:
        sign(
            session, signer, project_id, day
        )  # of two at once one stands: (project, day) is unique


def head_of_day(session: Session, project_id: int) -> dict[str, Any] | None:
    """The signed head of this day (UTC), as `line` writes it."""
    day = clock.today()
    query = sa.select(*_HEADS.c).where(_HEADS.c.project_id == project_id, _HEADS.c.day == day)
    row = session.execute(query).first()
    return None if row is None else line(row._asdict())


def heads_so_far(session: Session, project_id: int) -> Sequence[dict[str, Any]]:
    """All signed heads of a project, oldest first."""
    query = sa.select(*_HEADS.c).where(_HEADS.c.project_id == project_id)
    rows = session.execute(query.order_by(_HEADS.c.at, _HEADS.c.head_pk))
    return [line(row._asdict()) for row in rows]


def line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A signed head as it is printed and exported."""
    return {"head": _head(row), "signature": bytes(row["signature"]).hex()}


def _head(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": moment(row["at"]),
        "count": row["count"],
        "key_id": row["key_id"],
        "project_id": row["project_id"],
        "strands": row["strands"],
    }


def _ends() -> sa.Select[Any]:
    """strand, seq and hash of the last entry of each strand: from one strand to the next in the
    key, not through all entries."""
    project_id = sa.bindparam("project_id", type_=sa.Integer)
    mine = _ENTRIES.c.project_id == project_id
    found = (
        sa.select(sa.func.min(_ENTRIES.c.strand).label("strand"))
        .where(mine)
        .cte("found", recursive=True)
    )
    later = _ENTRIES.alias("later")
    following = (
        sa.select(sa.func.min(later.c.strand))
        .where(later.c.project_id == project_id, later.c.strand > found.c.strand)
        .correlate(found)
        .scalar_subquery()
    )
    found = found.union_all(sa.select(following).where(found.c.strand.is_not(None)))
    of_it = _ENTRIES.alias("of_it")
    last = (
        sa.select(sa.func.max(of_it.c.seq))
        .where(of_it.c.project_id == project_id, of_it.c.strand == found.c.strand)
        .correlate(found)
        .scalar_subquery()
    )
    return (
        sa.select(_ENTRIES.c.strand, _ENTRIES.c.seq, _ENTRIES.c.hash)
        .where(mine, _ENTRIES.c.strand == found.c.strand, _ENTRIES.c.seq == last)
        .order_by(_ENTRIES.c.strand)
    )


_ENDS = _ends()
