"""what people told: incidents, visits to cases, breaches of rights, clearance concerns,
testimonies, sheets and providers as facts, and more of each person.

Facts are computed again at the first start (`facts.are_outdated`). What is left of expired records
keeps the defaults, which say "not asked".
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_LISTS = {
    "relation": 16,
    "cfm": 12,
    "device_in_use": 12,
    "school": 12,
    "work": 12,
    "income_source": 24,
    "land_title": 12,
    "latrine_usable": 12,
    "disability_card": 12,
    "equity_card": 12,
    "cash_received": 12,
    "cash_problem": 12,
    "in_group": 12,
    "consulted": 12,
    "view_changed": 12,
    "has_seat": 12,
}
"""Columns of persons that hold a code, and their length."""
_NUMBERS = ("age_from", "age_to", "born_from", "born_to", "device_years")
_NEW = (
    "clearance_concerns",
    "follow_ups",
    "incidents",
    "providers",
    "rights_issues",
    "sheets",
    "testimonies",
    "visits",
)


def _key() -> list[sa.Column[Any]]:
    uid = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
    return [
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_pk", uid, nullable=False),
    ]


def _shared() -> list[sa.Column[Any]]:
    return [
        sa.Column("happened_on", sa.Date(), nullable=False),
        _text("month", 7),
        _text("adm1", 8),
        _text("adm2", 8),
        _text("adm3", 8),
        _text("adm4", 10),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("stats_until", sa.Date(), nullable=True),
        sa.Column("scopes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("scopes_until", sa.Date(), nullable=True),
        _text("standing", 12, "received"),
    ]


def _text(name: str, length: int, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), server_default=default, nullable=False)


def _json(name: str, default: str | None = None) -> sa.Column[Any]:
    held = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    return sa.Column(name, held, server_default=default, nullable=False)


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "submission_pk"],
        ["submissions.project_id", "submissions.submission_pk"],
        name=f"fk_{table}_submission",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "clearance_concerns",
        *_key(),
        _text("device", 24),
        _text("seen", 12),
        _json("land_use"),
        _text("hectares", 12),
        sa.Column("households", sa.Integer(), nullable=True),
        _text("incident_before", 12),
        sa.Column("people_hurt", sa.Integer(), nullable=True),
        _text("marked", 12),
        _json("reported_to"),
        sa.Column("reported_on", sa.Date(), nullable=True),
        _text("answer", 16),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        _text("women_asked", 12),
        _text("persons_dis_asked", 12),
        *_shared(),
        _belongs("clearance_concerns"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_clearance_concerns"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "follow_ups",
        *_key(),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        _text("case_id", 40),
        sa.Column("need_id", sa.String(length=40), nullable=True),
        _text("need_code", 24),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        _text("status", 16),
        _text("told_status", 16),
        _text("confirmed", 12),
        _text("priority", 12),
        _json("barriers"),
        _text("referral_outcome", 24),
        sa.Column("provider", sa.String(length=30), nullable=True),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("cost_khr", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("quality", sa.Integer(), nullable=True),
        *_shared(),
        _belongs("follow_ups"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_follow_ups"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "incidents",
        *_key(),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        _text("victim_type", 24),
        _text("device", 24),
        _text("era", 16),
        _text("submunition", 12),
        sa.Column("incident_from", sa.Date(), nullable=True),
        sa.Column("incident_to", sa.Date(), nullable=True),
        _text("place", 10),
        _text("place_precision", 12),
        _text("activity", 24),
        _text("civil_status", 24),
        sa.Column("off_duty", sa.Boolean(), nullable=True),
        _text("outcome", 16),
        _text("marked_area", 12),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        _text("was_child", 12),
        _json("injuries"),
        _text("side", 12),
        *_shared(),
        _belongs("incidents"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_incidents"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "providers",
        *_key(),
        _text("code", 30),
        _text("name_en", 120),
        _text("name_km", 120),
        _text("kind", 24),
        _json("serves"),
        _json("opening"),
        sa.Column("cost_khr", sa.Integer(), nullable=True),
        _text("is_accessible", 12),
        _text("takes_equity_card", 12),
        _text("is_open", 12),
        sa.Column("checked_on", sa.Date(), nullable=True),
        *_shared(),
        _belongs("providers"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_providers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rights_issues",
        *_key(),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_ordinal", sa.Integer(), nullable=True),
        _text("issue_code", 24),
        sa.Column("crpd", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        _text("reporter", 12),
        sa.Column("issue_from", sa.Date(), nullable=True),
        sa.Column("issue_to", sa.Date(), nullable=True),
        _text("place_type", 24),
        _text("duty_bearer", 24),
        sa.Column("affected", sa.Integer(), nullable=True),
        _text("sex", 12),
        _text("age_band", 12),
        _text("disability", 16),
        _text("safe_to_raise", 12),
        _text("wants_action", 12),
        _text("status", 24),
        _text("raised_with", 24),
        sa.Column("answered_on", sa.Date(), nullable=True),
        *_shared(),
        _belongs("rights_issues"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_rights_issues"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sheets",
        *_key(),
        _text("number", 40),
        _text("campaign", 40),
        _text("statement", 40),
        sa.Column("declared_lines", sa.Integer(), nullable=True),
        _json("tallies"),
        sa.Column("is_reconciled", sa.Boolean(), nullable=False),
        *_shared(),
        _belongs("sheets"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_sheets"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "testimonies",
        *_key(),
        _text("kind", 24),
        _text("form", 16),
        _text("language", 24),
        _text("sex", 12),
        _text("age_band", 12),
        _text("distress", 16),
        _text("read_back", 12),
        sa.Column("has_media", sa.Boolean(), nullable=False),
        *_shared(),
        _belongs("testimonies"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_testimonies"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visits",
        *_key(),
        _text("case_id", 40),
        sa.Column("visit_no", sa.Integer(), nullable=True),
        _text("found", 12),
        sa.Column("next_visit", sa.Date(), nullable=True),
        *_shared(),
        _belongs("visits"),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_visits"),
        sqlite_with_rowid=False,
    )
    op.add_column("households", _json("id_docs", "[]"))
    op.add_column("households", sa.Column("minutes_town", sa.Integer()))
    op.add_column("needs", sa.Column("since_year", sa.Integer()))
    op.add_column("needs", sa.Column("referral_to", sa.String(30)))
    op.add_column("needs", sa.Column("referral_agreed", sa.Boolean()))
    for name in _NUMBERS:
        op.add_column("persons", sa.Column(name, sa.Integer()))
    op.add_column("persons", _text("home", 10, ""))
    op.add_column("persons", _text("home_precision", 12, "unknown"))
    op.add_column("persons", _json("impairments", "[]"))
    for name, length in _LISTS.items():
        op.add_column("persons", _text(name, length, "not_asked"))
    for name in ("incident_year", "incident_outcome", "injuries"):
        op.drop_column("persons", name)


def downgrade() -> None:
    op.add_column("persons", sa.Column("incident_year", sa.Integer()))
    op.add_column("persons", sa.Column("incident_outcome", sa.String(16)))
    op.add_column("persons", _json("injuries", "[]"))
    for name in (*_LISTS, *_NUMBERS, "impairments", "home_precision", "home"):
        op.drop_column("persons", name)
    for name in ("since_year", "referral_to", "referral_agreed"):
        op.drop_column("needs", name)
    for name in ("id_docs", "minutes_town"):
        op.drop_column("households", name)
    for table in _NEW:
        op.drop_table(table)
