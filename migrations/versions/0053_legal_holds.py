"""records that are kept although their period is over or somebody took them back, and uses that
end on a day that their person named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    for table in ("narrowed_consents", "withdrawals"):
        op.add_column(table, sa.Column("ends_on", sa.Date(), nullable=True))
    op.create_table(
        "legal_holds",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hold_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "hold_pk", name=op.f("pk_legal_holds")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_legal_holds_record", "legal_holds", ["project_id", "record_pk"])


def downgrade() -> None:
    op.drop_table("legal_holds")
    for table in ("withdrawals", "narrowed_consents"):
        op.drop_column(table, "ends_on")
