"""fact_changes: whose facts changed, so that figures are counted on and not counted anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_table(
            "fact_changes",
            sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(
                "xid",
                sa.BigInteger(),
                server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
                autoincrement=False,
                nullable=False,
            ),
            sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
            sa.Column("submission_pk", sa.Uuid(), nullable=True),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("project_id", "xid", "seq", name=op.f("pk_fact_changes")),
        )
    else:
        # A number that is never given twice, VACUUM or not, is SQLite's only of a key by itself.
        op.execute(
            "CREATE TABLE fact_changes ("
            "project_id INTEGER NOT NULL, "
            "xid BIGINT DEFAULT 0 NOT NULL, "
            "seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "
            "submission_pk BLOB, "
            "at DATETIME NOT NULL)"
        )
    op.create_index("ix_fact_changes_at", "fact_changes", ["project_id", "at"])


def downgrade() -> None:
    op.drop_table("fact_changes")
