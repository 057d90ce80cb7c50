"""Breaches of rights, places that should be cleared, testimonies."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.tables.common import OfSubmission
from service.foundation.columns import Json
from service.foundation.db import Base


class RightsIssue(OfSubmission, Base):
    """One breach of rights, as it was told. Never the story."""

    __tablename__ = "rights_issues"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_ordinal: Mapped[int | None]
    issue_code: Mapped[str] = mapped_column(sa.String(24))
    crpd: Mapped[list[int]] = mapped_column(Json)
    is_restricted: Mapped[bool]
    reporter: Mapped[str] = mapped_column(sa.String(12))
    issue_from: Mapped[dt.date | None] = mapped_column(sa.Date)
    issue_to: Mapped[dt.date | None] = mapped_column(sa.Date)
    place_type: Mapped[str] = mapped_column(sa.String(24))
    duty_bearer: Mapped[str] = mapped_column(sa.String(24))
    affected: Mapped[int | None]
    sex: Mapped[str] = mapped_column(sa.String(12))
    age_band: Mapped[str] = mapped_column(sa.String(12))
    disability: Mapped[str] = mapped_column(sa.String(16))
    safe_to_raise: Mapped[str] = mapped_column(sa.String(12))
    wants_action: Mapped[str] = mapped_column(sa.String(12))
    status: Mapped[str] = mapped_column(sa.String(24))
    raised_with: Mapped[str] = mapped_column(sa.String(24))
    answered_on: Mapped[dt.date | None] = mapped_column(sa.Date)


class Concern(OfSubmission, Base):
    """A place that a community fears. Never where it lies."""

    __tablename__ = "clearance_concerns"
    device: Mapped[str] = mapped_column(sa.String(24))
    seen: Mapped[str] = mapped_column(sa.String(12))
    land_use: Mapped[list[str]] = mapped_column(Json)
    hectares: Mapped[str] = mapped_column(sa.String(12))
    households: Mapped[int | None]
    incident_before: Mapped[str] = mapped_column(sa.String(12))
    people_hurt: Mapped[int | None]
    marked: Mapped[str] = mapped_column(sa.String(12))
    reported_to: Mapped[list[str]] = mapped_column(Json)
    reported_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    answer: Mapped[str] = mapped_column(sa.String(16))
    answered_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    is_urgent: Mapped[bool]
    women_asked: Mapped[str] = mapped_column(sa.String(12))
    persons_dis_asked: Mapped[str] = mapped_column(sa.String(12))


class Testimony(OfSubmission, Base):
    """That somebody told their story, and how. Never what."""

    __tablename__ = "testimonies"
    kind: Mapped[str] = mapped_column(sa.String(24))
    form: Mapped[str] = mapped_column(sa.String(16))
    language: Mapped[str] = mapped_column(sa.String(24))
    sex: Mapped[str] = mapped_column(sa.String(12))
    age_band: Mapped[str] = mapped_column(sa.String(12))
    distress: Mapped[str] = mapped_column(sa.String(16))
    read_back: Mapped[str] = mapped_column(sa.String(12))
    has_media: Mapped[bool]
    attribution: Mapped[str] = mapped_column(sa.String(16), server_default="not_asked")
