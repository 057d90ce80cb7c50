"""Cases as they were folded, written down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.cases.folding import CaseNow
from service.cases.tables import Case, CaseNeed
from service.foundation.db import Base
from service.foundation.prepared import InsertMany

_NEEDS = InsertMany(Base.metadata.tables[CaseNeed.__tablename__])
_fold = (
    sa.update(Case.__table__)  # type: ignore[arg-type]
    .where(Case.project_id == sa.bindparam("of_project"), Case.case_pk == sa.bindparam("of_case"))
    .values(
        {
            name: sa.bindparam(f"now_{name}", type_=Case.__table__.c[name].type)
            for name in (
                "state", "open_needs", "priority", "late_at", "due_on", "visits", "last_on",
                "may_contact", "may_share", "place", "joined_to", "last_record_pk",
                "last_ordinal",
            )
        }
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Folded:
    """How a case stands."""

    now: CaseNow
    place: str
    """Where the person is visited."""
    joined_to: uuid.UUID | None = None
    last: tuple[uuid.UUID, int] | None = None
    """Record and place in it where the person was assessed last; None: the case's own."""


def put_folded(
    connection: sa.Connection, project_id: int, folded: Mapping[uuid.UUID, Folded]
) -> None:
    """Three statements."""
    if not folded:
        return
    cases = [
        {
            "of_project": project_id,
            "of_case": case_pk,
            "now_state": one.now.status.value,
            "now_open_needs": len(one.now.open_needs),
            "now_priority": one.now.priority,
            "now_late_at": one.now.late_at,
            "now_due_on": one.now.due_on,
            "now_visits": one.now.visits,
            "now_last_on": one.now.last_on,
            "now_may_contact": one.now.may_contact,
            "now_may_share": one.now.may_share,
            "now_place": one.place,
            "now_joined_to": one.joined_to,
            "now_last_record_pk": one.last[0] if one.last else None,
            "now_last_ordinal": one.last[1] if one.last else None,
        }
        for case_pk, one in folded.items()
    ]
    connection.execute(_fold, cases)
    connection.execute(
        sa.delete(CaseNeed).where(
            CaseNeed.project_id == project_id, CaseNeed.case_pk.in_(list(folded))
        )
    )
    needs = [row for key, one in folded.items() for row in _needs(project_id, key, one.now)]
    _NEEDS.run(connection, needs)


def _needs(project_id: int, case_pk: uuid.UUID, now: CaseNow) -> Iterable[dict[str, Any]]:
    for one in now.needs.values():
        yield {
            "project_id": project_id,
            "case_pk": case_pk,
            "need_code": one.code,
            "status": one.status,
            "is_open": one.is_open,
            "priority": one.priority,
            "told_on": one.told_on,
            "late_at": one.late_at,
            "last_on": one.last_on,
            "why": one.why,
        }
