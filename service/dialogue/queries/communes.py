"""Communes in which somebody told something."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.facts import tables
from service.facts.scopes import Purpose


def told_from(session: Session, project_id: int, on: dt.date) -> set[str]:
    """Where people told their needs whose codes may be worked with."""
    person = facts.usable(tables.Person, Purpose.CODES, project_id, on)
    rows = session.scalars(sa.select(person.adm3).distinct())
    return {code for code in rows if code}
