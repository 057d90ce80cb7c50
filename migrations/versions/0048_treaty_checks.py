"""samples of sheets that are looked at again, and what was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "treaty_checks",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "check_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("sheets", json, nullable=False),
        sa.Column("chosen", json, nullable=False),
        sa.Column("found", json, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "check_pk", name=op.f("pk_treaty_checks")),
    )


def downgrade() -> None:
    op.drop_table("treaty_checks")
