"""Visits to cases, and how each need stands there."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.tables.common import OfSubmission
from service.foundation.columns import Json
from service.foundation.db import Base


class Visit(OfSubmission, Base):
    """One visit to somebody whose case is open."""

    __tablename__ = "visits"
    case_id: Mapped[str] = mapped_column(sa.String(40))
    visit_no: Mapped[int | None]
    found: Mapped[str] = mapped_column(sa.String(12))
    next_visit: Mapped[dt.date | None] = mapped_column(sa.Date)


class FollowUp(OfSubmission, Base):
    """How one need of a case stands at a visit."""

    __tablename__ = "follow_ups"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[str] = mapped_column(sa.String(40))
    need_id: Mapped[str | None] = mapped_column(sa.String(40))
    need_code: Mapped[str] = mapped_column(sa.String(24))
    is_new: Mapped[bool]
    status: Mapped[str] = mapped_column(sa.String(16))
    told_status: Mapped[str] = mapped_column(sa.String(16))
    confirmed: Mapped[str] = mapped_column(sa.String(12))
    priority: Mapped[str] = mapped_column(sa.String(12))
    barriers: Mapped[list[str]] = mapped_column(Json)
    referral_outcome: Mapped[str] = mapped_column(sa.String(24))
    provider: Mapped[str | None] = mapped_column(sa.String(30))
    service_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    cost_khr: Mapped[int | None]
    minutes: Mapped[int | None]
    quality: Mapped[int | None]
