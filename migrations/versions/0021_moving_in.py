"""moves from other servers, and what became of each thing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "move_runs",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("run_pk", UID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("of_project", sa.String(64), nullable=False),
        sa.Column("form_ids", JSON, nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("problem", sa.String(64)),
        sa.Column("reason", sa.String(200), server_default="", nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("beat_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("mark", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("secret_key_pk", UID),
        sa.Column("key_pk", UID),
        sa.PrimaryKeyConstraint("project_id", "run_pk", name="pk_move_runs"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_move_runs_open", "move_runs", ["asked_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "move_pages",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("run_pk", UID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "run_pk"],
            ["move_runs.project_id", "move_runs.run_pk"],
            name="fk_move_pages_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "run_pk", "number", name="pk_move_pages"),
    )


def downgrade() -> None:
    op.drop_table("move_pages")
    op.drop_table("move_runs")
