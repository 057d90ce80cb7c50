"""A project's campaign: its texts, and totals that others told of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import ids
from service.treaty.tables import Campaign, ReportedTotal, Statement

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class CampaignTold:
    code: str
    title_en: str
    title_km: str
    goal: int | None
    begins_on: dt.date | None
    ends_on: dt.date | None
    delivered_on: dt.date | None
    names_until: dt.date | None = None


_COLUMNS = [getattr(Campaign, name) for name in CampaignTold.__dataclass_fields__]


def find(connection: Connected, project_id: int) -> CampaignTold | None:
    row = connection.execute(sa.select(*_COLUMNS).where(Campaign.project_id == project_id)).first()
    return None if row is None else CampaignTold(**row._mapping)


def put(connection: Connected, project_id: int, values: Mapping[str, Any]) -> None:
    """These columns, in place of those of before."""
    if find(connection, project_id) is None:
        connection.execute(sa.insert(Campaign), [{"project_id": project_id, **values}])
    else:
        mine = Campaign.project_id == project_id
        connection.execute(sa.update(Campaign).where(mine).values(**values))


@dataclass(frozen=True, kw_only=True)
class StatementTold:
    version: str
    en: str
    km: str
    published_at: dt.datetime
    hands_over: bool = False
    """Whether its sheets say that they may be handed over in a sealed envelope."""


def list_statements(connection: Connected, project_id: int) -> list[StatementTold]:
    """The newest first."""
    columns = [getattr(Statement, name) for name in StatementTold.__dataclass_fields__]
    query = sa.select(*columns).where(Statement.project_id == project_id)
    ordered = query.order_by(Statement.published_at.desc(), Statement.version)
    return [StatementTold(**row._mapping) for row in connection.execute(ordered)]


def add_statement(connection: Connected, project_id: int, text: StatementTold) -> None:
    values = {name: getattr(text, name) for name in StatementTold.__dataclass_fields__}
    connection.execute(sa.insert(Statement), [{"project_id": project_id, **values}])


@dataclass(frozen=True, kw_only=True)
class Reported:
    reported_pk: uuid.UUID
    source: str
    reported_on: dt.date
    scope: str
    count: int


def list_reported(connection: Connected, project_id: int) -> list[Reported]:
    columns = [getattr(ReportedTotal, name) for name in Reported.__dataclass_fields__]
    query = sa.select(*columns).where(ReportedTotal.project_id == project_id)
    ordered = query.order_by(ReportedTotal.reported_on, ReportedTotal.reported_pk)
    return [Reported(**row._mapping) for row in connection.execute(ordered)]


def add_reported(connection: Connected, project_id: int, values: Mapping[str, Any]) -> uuid.UUID:
    key = ids.new_uuid()
    row = {"project_id": project_id, "reported_pk": key, **values}
    connection.execute(sa.insert(ReportedTotal), [row])
    return key


def drop_reported(connection: Connected, project_id: int, reported_pk: uuid.UUID) -> None:
    one = (ReportedTotal.project_id == project_id, ReportedTotal.reported_pk == reported_pk)
    connection.execute(sa.delete(ReportedTotal).where(*one))
