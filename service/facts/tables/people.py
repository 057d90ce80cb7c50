"""Households, people assessed, what happened to them, and what they need."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.tables.common import OfHousehold, OfPerson, OfSubmission
from service.foundation.columns import Json
from service.foundation.db import Base


class Household(OfSubmission, OfHousehold, Base):
    """One visited household (form F1)."""

    __tablename__ = "households"
    size: Mapped[int | None]
    head_sex: Mapped[str] = mapped_column(sa.String(12))
    id_docs: Mapped[list[str]] = mapped_column(Json, server_default="[]")
    remoteness: Mapped[str] = mapped_column(sa.String(8))
    """r0…r4 or unknown, by rule `remoteness_rule` (`facts/remoteness.py`)."""
    remoteness_rule: Mapped[int]
    minutes_health_centre: Mapped[int | None]
    minutes_town: Mapped[int | None]
    minutes_rehabilitation: Mapped[int | None]
    cost_khr: Mapped[int | None]
    wet_season_passable: Mapped[bool | None]
    phone_signal: Mapped[str] = mapped_column(sa.String(12))


class Person(OfSubmission, OfPerson, Base):
    """One person assessed, at one visit."""

    __tablename__ = "persons"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0-based place in the form's repeat of persons."""
    age_years: Mapped[int | None]
    age_known: Mapped[str] = mapped_column(sa.String(12))
    """exact | estimated | unknown."""
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    born_from: Mapped[int | None]
    born_to: Mapped[int | None]
    home: Mapped[str] = mapped_column(sa.String(10), server_default="")
    home_precision: Mapped[str] = mapped_column(sa.String(12), server_default="unknown")
    relation: Mapped[str] = mapped_column(sa.String(16), server_default="not_asked")
    impairments: Mapped[list[str]] = mapped_column(Json, server_default="[]")
    wg_see: Mapped[int | None]
    """Washington Group answers 1–4; 7 refused, 9 does not know; null = not asked."""
    wg_hear: Mapped[int | None]
    wg_walk: Mapped[int | None]
    wg_remember: Mapped[int | None]
    wg_selfcare: Mapped[int | None]
    wg_communicate: Mapped[int | None]
    wg_max: Mapped[int | None]
    """Highest of the answers 1–4, null if there is none."""
    open_needs: Mapped[int]
    """How many of the person's needs are open: figures over all needs count people once."""
    is_proxy: Mapped[bool | None]
    """Whether somebody else answered for the person; null = not asked."""
    cfm: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    device_in_use: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    device_years: Mapped[int | None]
    school: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    work: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    income_source: Mapped[str] = mapped_column(sa.String(24), server_default="not_asked")
    land_title: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    latrine_usable: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    disability_card: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    equity_card: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    cash_received: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    cash_problem: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    in_group: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    consulted: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    view_changed: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    has_seat: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")


class Need(OfSubmission, OfPerson, Base):
    """One need of one person. The same need told twice in one visit is one need, open if any is."""

    __tablename__ = "needs"
    person_ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    need_code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16))
    told_status: Mapped[str | None] = mapped_column(sa.String(16))
    is_open: Mapped[bool]
    priority: Mapped[str] = mapped_column(sa.String(12))
    barriers: Mapped[list[str]] = mapped_column(Json)
    since_year: Mapped[int | None]
    referral_to: Mapped[str | None] = mapped_column(sa.String(30))
    referral_agreed: Mapped[bool | None]
    served_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    met_on: Mapped[dt.date | None] = mapped_column(sa.Date)


class Incident(OfSubmission, Base):
    """What happened to one person, or to whoever of their family it happened to."""

    __tablename__ = "incidents"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    victim_type: Mapped[str] = mapped_column(sa.String(24))
    device: Mapped[str] = mapped_column(sa.String(24))
    era: Mapped[str] = mapped_column(sa.String(16))
    submunition: Mapped[str] = mapped_column(sa.String(12))
    incident_from: Mapped[dt.date | None] = mapped_column(sa.Date)
    incident_to: Mapped[dt.date | None] = mapped_column(sa.Date)
    place: Mapped[str] = mapped_column(sa.String(10))
    place_precision: Mapped[str] = mapped_column(sa.String(12))
    activity: Mapped[str] = mapped_column(sa.String(24))
    civil_status: Mapped[str] = mapped_column(sa.String(24))
    off_duty: Mapped[bool | None]
    outcome: Mapped[str] = mapped_column(sa.String(16))
    marked_area: Mapped[str] = mapped_column(sa.String(12))
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    was_child: Mapped[str] = mapped_column(sa.String(12))
    injuries: Mapped[list[str]] = mapped_column(Json)
    side: Mapped[str] = mapped_column(sa.String(12))
    sex: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
    reported_by: Mapped[str] = mapped_column(sa.String(12), server_default="not_asked")
