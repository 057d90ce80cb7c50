"""What somebody said of pictures, voices and films that they looked at or heard."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.testimonies.tables import ToldPicture
from service.testimonies.terms import MAY_LEAVE


def put(session: Session, row: Mapping[str, Any]) -> None:
    """In place of what was said before."""
    session.merge(ToldPicture(**row))


def may_leave(
    session: Session, project_id: int, prepared_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of these clean copies of which somebody said that they show nobody who did not
    agree."""
    query = sa.select(ToldPicture.prepared_pk).where(
        ToldPicture.project_id == project_id,
        ToldPicture.prepared_pk.in_(list(prepared_pks)),
        ToldPicture.faces.in_(sorted(MAY_LEAVE)),
    )
    return set(session.scalars(query))
