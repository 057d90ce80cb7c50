"""what about a record wants a second look, and what is remembered to see it.

Records of before are looked at by the worker, some at a time, after the first start.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag_looks",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "record_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("form_pk", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Integer(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("commune", sa.String(length=8), nullable=True),
        sa.Column("village", sa.String(length=10), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("cell_row", sa.Integer(), nullable=True),
        sa.Column("cell_column", sa.Integer(), nullable=True),
        sa.Column("household", sa.String(length=16), nullable=True),
        sa.Column("alike", sa.String(length=80), nullable=True),
        sa.Column(
            "people", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_flag_looks_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name=op.f("pk_flag_looks")),
    )
    op.create_index(
        "ix_flag_looks_alike",
        "flag_looks",
        ["project_id", "alike", "submission_pk"],
        unique=False,
        sqlite_where=sa.text("alike IS NOT NULL"),
        postgresql_where=sa.text("alike IS NOT NULL"),
    )
    op.create_index(
        "ix_flag_looks_household",
        "flag_looks",
        ["project_id", "household", "submission_pk"],
        unique=False,
        sqlite_where=sa.text("household IS NOT NULL"),
        postgresql_where=sa.text("household IS NOT NULL"),
    )
    op.create_index(
        "ix_flag_looks_pace",
        "flag_looks",
        ["project_id", "form_pk", "submission_pk"],
        unique=False,
        sqlite_where=sa.text("seconds IS NOT NULL"),
        postgresql_where=sa.text("seconds IS NOT NULL"),
    )
    op.create_index("ix_flag_looks_record", "flag_looks", ["project_id", "record_pk"], unique=False)
    op.create_index(
        "ix_flag_looks_taken",
        "flag_looks",
        ["project_id", "commune", "submission_pk"],
        unique=False,
        sqlite_where=sa.text("cell_row IS NOT NULL"),
        postgresql_where=sa.text("cell_row IS NOT NULL"),
    )
    op.create_table(
        "flag_progress",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column(
            "done_before",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_flag_progress_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_flag_progress")),
    )
    op.create_table(
        "record_flags",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column(
            "record_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_by", sa.Integer(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_record_flags_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "submission_pk", "code", name=op.f("pk_record_flags")
        ),
    )
    op.create_index(
        "ix_record_flags_open",
        "record_flags",
        ["project_id", "submission_pk"],
        unique=False,
        sqlite_where=sa.text("looked_at IS NULL"),
        postgresql_where=sa.text("looked_at IS NULL"),
    )
    op.create_index(
        "ix_record_flags_record", "record_flags", ["project_id", "record_pk"], unique=False
    )


def downgrade() -> None:
    op.drop_table("record_flags")
    op.drop_table("flag_progress")
    op.drop_table("flag_looks")
