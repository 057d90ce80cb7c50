"""casualties that institutions counted: whom it happened to, who counted; moves with a mapping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    for name in ("sex", "reported_by"):
        op.add_column(
            "incidents",
            sa.Column(name, sa.String(length=12), server_default="not_asked", nullable=False),
        )
    op.add_column("move_runs", sa.Column("mapping", json, nullable=True))
    op.add_column("move_runs", sa.Column("groups", json, server_default="{}", nullable=False))
    op.create_table(
        "import_mappings",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mapping", json, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_import_mappings_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_import_mappings")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("import_mappings")
    op.drop_column("move_runs", "groups")
    op.drop_column("move_runs", "mapping")
    op.drop_column("incidents", "reported_by")
    op.drop_column("incidents", "sex")
