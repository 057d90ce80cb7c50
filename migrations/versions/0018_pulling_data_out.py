"""pulling data out.

A form's records as they stand, newest first, by an index of their own. Runs: files that are made
and kept for some days, sealed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    is_current = sa.text("state = 'current'")
    op.create_index(
        "ix_submissions_form",
        "submissions",
        ["project_id", "form_pk", "record_pk"],
        sqlite_where=is_current,
        postgresql_where=is_current,
    )
    op.create_table(
        "export_runs",
        sa.Column("project_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("run_pk", UID, nullable=False),
        sa.Column("form_pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("words", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("with_identity", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("why", sa.String(40)),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("agreed_by", sa.Integer()),
        sa.Column("started_at", AT),
        sa.Column("beat_at", AT),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", AT),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("blob", sa.String(64)),
        sa.Column("key_pk", UID),
        sa.Column("bound", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("project_id", "run_pk", name="pk_export_runs"),
        sqlite_with_rowid=False,
    )
    is_open = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "ix_export_runs_open",
        "export_runs",
        ["asked_at"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    # Files that were made can be made again; nothing of them is anywhere else.
    op.drop_table("export_runs")
    op.drop_index("ix_submissions_form", "submissions")
