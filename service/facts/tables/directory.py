"""Who helps: the service directory."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.tables.common import OfSubmission
from service.foundation.columns import Json
from service.foundation.db import Base


class Provider(OfSubmission, Base):
    """One place that serves people, as it was found. An office, never a person."""

    __tablename__ = "providers"
    code: Mapped[str] = mapped_column(sa.String(30))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    name_km: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(24))
    serves: Mapped[list[str]] = mapped_column(Json)
    opening: Mapped[list[str]] = mapped_column(Json)
    cost_khr: Mapped[int | None]
    is_accessible: Mapped[str] = mapped_column(sa.String(12))
    takes_equity_card: Mapped[str] = mapped_column(sa.String(12))
    is_open: Mapped[str] = mapped_column(sa.String(12))
    checked_on: Mapped[dt.date | None] = mapped_column(sa.Date)
