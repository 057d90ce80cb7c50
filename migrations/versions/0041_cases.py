"""cases: what came of people's needs, who is visited when, who was sent where.

Of needs there are facts of before: as they were told, so they stand. Cases of people who told them
are opened by the first daily round.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def uid() -> sa.types.TypeEngine[bytes]:
    return sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "need_states",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_pk", uid(), nullable=False),
        sa.Column("person_ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("need_code", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "record_pk", "person_ordinal", "need_code", name=op.f("pk_need_states")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_denials",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_pk", uid(), nullable=False),
        sa.Column("person_ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scopes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "record_pk", "person_ordinal", name=op.f("pk_person_denials")
        ),
        sqlite_with_rowid=False,
    )
    op.add_column("needs", sa.Column("told_status", sa.String(length=16), nullable=True))
    op.execute(sa.text("UPDATE needs SET told_status = status"))
    op.add_column("entities", sa.Column("person_ordinal", sa.Integer(), nullable=True))
    op.add_column("entities", sa.Column("place", sa.String(length=10), nullable=True))
    op.create_table(
        "cases",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_pk", uid(), nullable=False),
        sa.Column("record_pk", uid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("entity_id", uid(), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("open_needs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("priority", sa.String(length=12), server_default="", nullable=False),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("visits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("may_contact", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("may_share", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_cases_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "case_pk", name=op.f("pk_cases")),
        sa.UniqueConstraint("project_id", "record_pk", "ordinal", name="uq_cases_person"),
        sa.UniqueConstraint("project_id", "code", name="uq_cases_code"),
    )
    op.create_index("ix_cases_late", "cases", ["project_id", "late_at"], unique=False)
    op.create_index("ix_cases_due", "cases", ["project_id", "due_on"], unique=False)
    op.create_table(
        "case_ids",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_id", uid(), nullable=False),
        sa.Column("case_pk", uid(), nullable=False),
        _of_case("case_ids"),
        sa.PrimaryKeyConstraint("project_id", "entity_id", name=op.f("pk_case_ids")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_ids_case", "case_ids", ["project_id", "case_pk"], unique=False)
    op.create_table(
        "case_needs",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_pk", uid(), nullable=False),
        sa.Column("need_code", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=16), server_default="", nullable=False),
        _of_case("case_needs"),
        sa.PrimaryKeyConstraint("project_id", "case_pk", "need_code", name=op.f("pk_case_needs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_events",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_pk", uid(), nullable=False),
        sa.Column("case_pk", uid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("need_code", sa.String(length=24), nullable=False),
        sa.Column("provider", sa.String(length=30), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=24), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=16), server_default="", nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        _of_case("case_events"),
        sa.PrimaryKeyConstraint("project_id", "event_pk", name=op.f("pk_case_events")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_events_case", "case_events", ["project_id", "case_pk"], unique=False)
    op.create_table(
        "case_visits",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_pk", uid(), nullable=False),
        sa.Column("case_pk", uid(), nullable=False),
        _of_case("case_visits"),
        sa.PrimaryKeyConstraint("project_id", "record_pk", name=op.f("pk_case_visits")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_visits_case", "case_visits", ["project_id", "case_pk"], unique=False)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "case_pk"],
        ["cases.project_id", "cases.case_pk"],
        name=f"fk_{table}_case",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("case_visits")
    op.drop_table("case_events")
    op.drop_table("case_needs")
    op.drop_table("case_ids")
    op.drop_table("cases")
    op.drop_column("entities", "place")
    op.drop_column("entities", "person_ordinal")
    op.drop_column("needs", "told_status")
    op.drop_table("person_denials")
    op.drop_table("need_states")
