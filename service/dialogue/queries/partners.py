"""Partners of a project: those that are known, as it sees them, and its own."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.dialogue.partners import KNOWN, Partner
from service.dialogue.tables import PartnerRow


def all_of(session: Session, project_id: int) -> dict[str, Partner]:
    """Code -> partner: the known ones in their order, then the project's own by code."""
    rows = session.scalars(
        sa.select(PartnerRow).where(PartnerRow.project_id == project_id).order_by(PartnerRow.code)
    )
    found = dict(KNOWN)
    for row in rows:
        known = KNOWN.get(row.code)
        if known is not None:
            found[row.code] = replace(known, sees=row.sees)
            continue
        found[row.code] = Partner(
            code=row.code,
            name={"en": row.name_en, "km": row.name_km},
            stands=row.stands,
            sees=row.sees,
            is_own=True,
        )
    return found


def put(session: Session, project_id: int, partner: Partner) -> None:
    """As it is now; of a known one only what it may see is kept."""
    names = partner.name if partner.is_own else {"en": "", "km": ""}
    row = {
        "project_id": project_id,
        "code": partner.code,
        "name_en": names["en"],
        "name_km": names["km"],
        "stands": partner.stands,
        "sees": partner.sees,
    }
    fresh = {name: value for name, value in row.items() if name not in ("project_id", "code")}
    session.execute(
        postgresql.insert(PartnerRow)
        .values(row)
        .on_conflict_do_update(index_elements=["project_id", "code"], set_=fresh)
    )
